"""Specs: TOML files that describe grids.

    title = "Who gets every letter right?"
    question = "Which method reaches 0 wrong pixels, how often, how fast?"   # optional, as is the title

    dataset = ["font2", "$OPTAE_DATA/font.h:Font3"]    # keys up here apply to every grid below
    arch = ["35,20,15,2", "35,60,50,30,2"]             # the encoder's half, or all the widths
    max_seconds = 10
    target = "max_pixel_error=0"
    seed = 10                                          # 0 to 9; or a list, or "5-9"

    [[grid]]                                           # the product of its axes; its own keys come first
    method = ["powell", "l-bfgs", {name = "adam", lr = 3e-3, batch = 8}]

    [[grid]]
    method = ["adam", "lm"]
    noise = ["flip:0.1", "shift:p=0.2,range=0.5"]      # and regime, copies, redraw, as `optae train` has them
    copies = [1, 5]

    [[grid]]
    method = "adam"
    engine = ["numpy", "jax"]
    activations = [{encoder = "relu"}, {encoder = "identity", decoder = "logistic:1.6"}]   # vary together

With `tune = {trials = 20, seeds = 3}`, for all grids or in one, `optae bench` first tunes the options of
every method there that has ranges, on seeds of their own, and runs it as given and as chosen. Other ranges
are words of `vary`, as in `tune = {trials = 20, vary = {adam = {lr = "1e-4..1e-1"}}}`.

`problem = "deep-mnist"` stands for the data, network, start and loss of a problem of the literature, which
other keys override (see `classics`).

Every field of an `Experiment` is a value or a list of values; a spec without [[grid]] is one grid. A method
with options is a table, or text: "adam:lr=3e-3,batch=8". The order of keys and values does not matter, and
duplicates run once. A data set's path is relative to the current folder; environment variables in it are
replaced. The keys of the page, `remark`, [denoise], [[table]] and [[figure]], are kept as `Spec.page`, which
`optae.pages.sections` reads.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..text import Record
from .experiment import Experiment
from .grid import ALIASES, AXES, check_names, grid, in_order
from .schema import Words

PAGE = ("remark", "denoise", "table", "figure")  # keys that describe the page
LONGEST = 200_000  # characters of a spec
PARTS = 20  # of a key; TOML takes quadratic time to read it
DEEP = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')\s*\.\s*)""" f"{{{PARTS}}}")
OWN = ("title", "question", "grid", "tune", *PAGE)  # keys of a spec that are not axes


@dataclass(frozen=True)
class ToTune:
    """A grid whose methods are to be tuned first, and how, as the file has it."""

    protocol: object
    experiments: Sequence[Experiment]


@dataclass(frozen=True)
class Spec:
    """A spec file's title, question and experiments, and those of them whose methods are tuned."""

    title: str
    question: str
    experiments: Sequence[Experiment]
    tuned: tuple["ToTune", ...] = ()
    page: Record = field(default_factory=dict)  # its sections, as the file has them


def read_spec(path: str | Path) -> Spec:
    """Return the spec in a TOML file. Raises ValueError if it cannot be read or describes no experiment."""
    path = Path(path)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ValueError(f"cannot read the spec '{path}': {reason}") from None
    try:
        words = _words(text)
    except ValueError as error:
        raise ValueError(f"'{path}' is no spec: {error}") from None
    try:
        return parse_spec(words, path.stem)
    except ValueError as error:
        raise ValueError(f"'{path}': {str(error).replace('`', '')}") from None  # keys, not options


def _words(text: str) -> dict[str, Any]:
    """The words of a TOML text. Raises ValueError, also for a text that would take too long to read."""
    if len(text) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} characters")
    if DEEP.search(text):
        raise ValueError("it has a key of many parts: write each field by its name alone")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not TOML: {error}") from None
    except RecursionError:
        raise ValueError("it has too many brackets inside brackets") from None


def parse_spec(words: Record, title: str = "") -> Spec:
    """Return the spec in these words, with `title` if they have none. Raises ValueError for invalid words."""
    defaults = {name: value for name, value in words.items() if name not in OWN}
    check_names(defaults, (*AXES, *ALIASES, *OWN))
    tables = words.get("grid", [{}])
    if not isinstance(tables, list) or not tables or not all(isinstance(t, Mapping) for t in tables):
        raise ValueError("'grid' is not a list of tables: write [[grid]], in two brackets, above each grid")
    grids = [(table, grid(**_axes(_merge(defaults, table)))) for table in tables]
    found = (experiment for _, experiments in grids for experiment in experiments)
    protocols = [(table.get("tune", words.get("tune")), experiments) for table, experiments in grids]
    tuned = tuple(ToTune(how, experiments) for how, experiments in protocols if how not in (None, False))
    title, question = words.get("title", title), words.get("question", "")
    if not isinstance(title, str) or not isinstance(question, str):
        raise ValueError("title and question are texts: put them in quotation marks")
    page = {name: words[name] for name in PAGE if name in words}
    return Spec(title, question, in_order(found), tuned, page)


def _axes(words: Words) -> Words:
    return {name: value for name, value in words.items() if name != "tune"}


def _merge(defaults: Record, table: Record) -> Words:
    """Return the defaults with a grid's own words; its `encoder` also replaces those of `activations`."""
    merged = {**defaults, **table}
    if "activations" in defaults and "activations" not in table:
        entries = defaults["activations"]
        entries = entries if isinstance(entries, list) else [entries]
        merged["activations"] = [
            {name: word for name, word in entry.items() if name not in table}
            if isinstance(entry, dict)
            else entry
            for entry in entries
        ]
    return merged
