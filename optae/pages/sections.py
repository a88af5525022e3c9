"""The sections of a spec that describe its page: [[table]], [[figure]] and [denoise], as frozen dataclasses.

remark = "What a reader should know before the tables."

[denoise]                              # scores on fresh noise, stored beside the cells
levels = [0.1, 0.2]                    # of each cell's own noise; by default, the trained level
draws = 250

[[table]]                              # the options of `optae table`; tables come in this order
title = "Who gets every letter right"
by = ["arch", "label"]
metric = "max_pixel_error"
target = "max_pixel_error=0"
columns = ["success", "median", "q90 of seconds"]   # "STATISTIC of METRIC" is another metric's
where = ["loss=bce"]
reference = "deck_a.csv"               # beside the spec

[[table]]
rows = "denoised"                      # the scores of [denoise]
spec = "other.toml"                    # the cells of another spec

[[figure]]
kind = "ecdf"                          # see `optae.pages.drawings`
target = "max_pixel_error=0"
caption = "Share of runs without a wrong pixel."
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ..evaluation.pass_line import PASS_LINE
from ..experiments.spec import Spec
from ..figures.kinds import Words
from ..registry import unknown
from ..storage.fresh_noise import FreshNoise

ROWS = ("runs", "denoised", "flips")
Section = TypeVar("Section")


@dataclass(frozen=True)
class TableSection:
    """One table of a page: the arguments of `summarise`, and the order of its rows."""

    title: str = ""
    note: str = ""  # a paragraph below the table
    rows: str = "runs"  # one of `ROWS`; flips are the verdicts that tuning changes
    spec: str = ""  # another spec, whose cells the table is of
    by: tuple[str, ...] | None = None
    metric: str = "value"
    columns: tuple[str, ...] | None = None
    where: tuple[str, ...] = ()
    target: str | None = None
    goal: float | None = None  # an epoch's loss, for the scores of `histories` that need one
    against: str | None = None
    pivot: str | None = None  # put this column's values side by side, with the first statistic
    sort: str | None = None
    reverse: bool = False
    reference: str | None = None  # a file of published figures, beside the spec

    def __post_init__(self) -> None:
        if self.rows not in ROWS:
            raise ValueError(unknown("kind of rows", self.rows, ROWS))


@dataclass(frozen=True)
class FigureSection:
    """One picture of a page: its kind, its runs, and the options of that kind."""

    kind: str
    name: str = ""  # the end of the file's name, behind the page's; by default the kind
    caption: str = ""
    where: tuple[str, ...] = ()
    cost: str = "operations"
    metric: str = "loss"
    target: str = PASS_LINE
    tau: float = Words.tau
    by: tuple[str, ...] = ()
    spread: str = Words.spread

    @property
    def words(self) -> Words:
        """The options of the picture."""
        return Words(
            **{field.name: vars(self)[field.name] for field in fields(Words) if field.name in vars(self)}
        )


@dataclass(frozen=True)
class Sections:
    """All sections of a spec's page."""

    remark: str
    noise: FreshNoise
    tables: tuple[TableSection, ...]
    figures: tuple[FigureSection, ...]

    @classmethod
    def of(cls, spec: Spec) -> "Sections":
        """Read the sections of a spec. Raises ValueError for an unknown name or a value of the wrong type."""
        remark, noise = spec.page.get("remark", ""), spec.page.get("denoise", {})
        if not isinstance(remark, str):
            raise ValueError(f"remark = {remark!r}: give a text in quotation marks")
        return cls(
            remark.strip(),
            read(FreshNoise, noise, "[denoise]"),
            _every(TableSection, spec.page.get("table", []), "[[table]]"),
            _every(FigureSection, spec.page.get("figure", []), "[[figure]]"),
        )


def read(kind: type[Section], words: object, where: str) -> Section:
    """Return a section as its dataclass; a single value becomes a list of one.

    Raises ValueError for an unknown name or a value of the wrong type.
    """
    if not isinstance(words, Mapping):
        raise ValueError(f"{where} holds lines of name = value, not {words!r}")
    kinds = {name: _entry(hint) for name, hint in get_type_hints(kind).items()}
    values = {}
    for name, value in words.items():
        if name not in kinds:
            raise ValueError(f"{where}: {unknown('word', name, kinds)}")
        entry, many = kinds[name]
        entries = _listed(value) if many else (value,)
        if not all(isinstance(one, entry) and isinstance(one, bool) <= (entry is bool) for one in entries):
            raise ValueError(f"{where} {name} = {value!r}: give {EXPECTED[entry]}")
        values[name] = entries if many else value
    if "kind" in kinds and "kind" not in values:
        raise ValueError(f"{where} names no kind: add kind = ...")
    return kind(**values)


def _every(kind: type[Section], entries: object, where: str) -> tuple[Section, ...]:
    if not isinstance(entries, list):
        raise ValueError(f"write {where}, in two brackets, above each section")
    return tuple(read(kind, entry, where) for entry in entries)


def _entry(hint: Any) -> tuple[Any, bool]:
    """Return the type of a field's values, and whether the field is a list of them."""
    hint = next((part for part in get_args(hint) if get_origin(part) is tuple), hint)
    many = get_origin(hint) is tuple
    entry = next(iter(get_args(hint)), hint)
    return (float | int if entry is float else entry), many


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


EXPECTED = {
    str: "text in quotation marks",
    bool: "true or false",
    int: "a whole number",
    float | int: "a number",
}
