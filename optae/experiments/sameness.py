"""When two runs are of the same problem, of the same series, or the same run, by the roles of `schema`.

Every field of an `Experiment` is a column of the frame that `load_cells` reads, and belongs to one of these:

problem  the columns `PROBLEM`; data count by their content, whatever the name of their file
series   on one problem: the label, and the fields of `HOW` and `BUDGET` that differ for this label
run      of a series on a problem: the seed
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from ..engines.streams import numbering_of
from ..text import Record, closed, shortest
from .experiment import Experiment
from .identity import renumbered
from .labels import in_order, label, options_text
from .schema import ALWAYS, IF_GIVEN, ROLES, Words, grouped, named, naming, numeric

if TYPE_CHECKING:
    from pandas import DataFrame, Series


PROBLEM, BUDGET = (named(Experiment, role) for role in ("problem", "budget"))
HOW = (*named(Experiment, "how"), "streams")  # the numbering of random streams, if the run depends on it
SOURCE = "method_source"  # of a method of one's own: its label says it where two versions meet
RECIPE = (*PROBLEM, "label", *HOW, *BUDGET)  # all but the seed; a label is a method with its options
FIELDS = named(Experiment, *ROLES)
NUMERIC = (*(name for name in numeric(Experiment) if name != "seed"), "streams")
WORDS = tuple(name for name in (*PROBLEM, SOURCE, *HOW) if name not in NUMERIC)
NOISE = grouped(Experiment, "noise")
SHOWN = naming(Experiment, ALWAYS)  # fields of a problem that are in every name
GIVEN = naming(Experiment, IF_GIVEN)  # fields that are in every name if a run has them
DIGITS = 8  # digits of a digest in names
Rows = Sequence[Record]


# one record


def recipe_of(facts: Record) -> Words:
    """Return every field of the recipe in a record (run.json) as a frame has it, with the label.

    A field that the record lacks is the word none, or nan if it is a number. `data` is the digest of the
    data's content.
    """
    budget, model = facts.get("budget", {}), facts.get("model", {})
    said = {**facts.get("recipe", {}), **facts, **model, **budget}
    options = in_order(facts["method"], facts.get("options") or {})
    found = {name: said.get(name) for name in FIELDS}
    return {name: "none" if value is None and name in WORDS else value for name, value in found.items()} | {
        "arch": "-".join(map(str, facts["arch"])),
        "options": " ".join(options_text(options)),
        "label": facts.get("label") or label(facts["method"], options),
        "data": content(facts["environment"]["data"]),
        "streams": numbering_of(facts) if renumbered({**said, "options": options}) else None,
    }


def content(data: Record) -> str:
    """Return 16 hex digits for the content of a record's data and of their held-out part, if any."""
    whole = str(data["sha256"])
    if "heldout" in data:
        whole = sha256(f"{whole} {data['heldout']}".encode()).hexdigest()
    return whole[:16]


# names


def shown(value: object) -> str:
    """Return a field's value in words, different for different values; None and no limit read 'none'.

    >>> shown(None), shown(float("inf")), shown(5.0), shown(True), shown("flip:0.1")
    ('none', 'none', '5', 'true', 'flip:0.1')
    """
    missing = value is None or value != value or value == float("inf")
    return "none" if missing else shortest(value)


def phrase(row: Record, names: Iterable[str]) -> str:
    """Return fields and their values, such as 'noise flip:0.1, copies 5'."""
    return ", ".join(f"{name} {shown(row.get(name))}" for name in names)


def differing(rows: Rows, names: Iterable[str]) -> list[str]:
    """Return which of these fields have several values in the rows."""
    return [name for name in names if _several([row.get(name) for row in rows])]


def _several(values: Sequence[object]) -> bool:
    """Return whether values are shown differently; each is written once, as True and 1 are equal in a set."""
    return len({shown(value) for _, value in set(zip(map(type, values), values, strict=True))}) > 1


def problem_names(rows: Rows, without: Sequence[str] = ()) -> list[str]:
    """Return the name of each row's problem: data set, network, loss, noise, and other fields that vary.

    Fields of `without` are left out of the name.
    """
    given = [name for name in GIVEN if any(shown(row.get(name)) != "none" for row in rows)]
    varying = differing(rows, [name for name in PROBLEM if name not in SHOWN])
    also = [name for name in PROBLEM if name in (*given, *varying) and name not in without]
    first = [name for name in SHOWN if name not in without]
    brief = briefly(rows, (*first, *also))
    words = [(*(row[name] for name in first), phrase(row, also)) for row in brief]
    return [", ".join(str(word) for word in parts if word) for parts in words]


def briefly(rows: Rows, names: Sequence[str]) -> list[Words]:
    """Return these fields of the rows, with each data set's path shortened to what distinguishes it."""
    short = tails({str(row["dataset"]) for row in rows})
    return [{name: row.get(name) for name in names} | {"dataset": short[str(row["dataset"])]} for row in rows]


def setting_names(rows: Rows, by: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names of each row's problem and series if the values of the fields `by` are the series.

    All other fields of the recipe that differ are part of the problem, so that no series pools them.
    """
    problems = problem_names(rows, by)
    methods = series_names(rows, problems, by)
    values = [_setting(row, by) for row in briefly(rows, by)]
    if "label" in by:
        return problems, [", ".join(filter(None, pair)) for pair in zip(values, methods, strict=True)]
    if len(set(methods)) > 1:
        problems = [", ".join(filter(None, pair)) for pair in zip(problems, methods, strict=True)]
    return problems, values


def _setting(row: Record, by: Sequence[str]) -> str:
    """Return the values of the fields, with the field's name unless the value speaks for itself."""
    plain = [shown(row.get(name)) for name in by if name in SHOWN]
    named = phrase(row, [name for name in by if name not in (*SHOWN, "label")])
    return ", ".join(filter(None, [*plain, named]))


def series_names(rows: Rows, problems: Sequence[str], without: Sequence[str] = ()) -> list[str]:
    """Return the name of each row's series: its label, and fields that differ for this label on one problem.

    A budget that differs only between problems does not split a label, nor does a field of `without`.
    """
    parts = [name for name in (*HOW, *BUDGET) if name not in without]
    groups: dict[tuple[str, str], list[Record]] = {}
    for row, problem in zip(rows, problems, strict=True):
        groups.setdefault((str(row["label"]), problem), []).append(row)
    apart: dict[str, list[str]] = {}
    for (name, _), group in groups.items():
        apart[name] = list(dict.fromkeys([*apart.get(name, []), *differing(group, parts)]))
    words = [(str(row["label"]), phrase(row, apart[str(row["label"])])) for row in rows]
    return [f"{label} ({word})" if word else label for label, word in words]


def tails(paths: Iterable[str]) -> dict[str, str]:
    r"""Return each path's shortest tail that no other path shares, or the whole path if it has none.

    >>> tails(["a/x.npy", "b/x.npy", "c/y.npy", "a/faces/"])
    {'a/x.npy': 'a/x.npy', 'b/x.npy': 'b/x.npy', 'c/y.npy': 'y.npy', 'a/faces/': 'faces'}
    """
    ends = {path: _ends(path) for path in paths}
    many = Counter(end for own in ends.values() for end in own)
    return {path: next((end for end in own if many[end] == 1), path) for path, own in ends.items()}


def _ends(path: str) -> list[str]:
    parts = closed(path).replace("\\", "/").split("/")
    return ["/".join(parts[-n:]) for n in range(1, len(parts) + 1)]


# frames


def codes(frame: "DataFrame", names: Sequence[str]) -> np.ndarray:
    """Return one whole number for each combination of values, (runs,); a missing value counts as a value."""
    return frame.groupby(list(names), sort=False, dropna=False).ngroup().to_numpy()


def known(frame: "DataFrame", names: Iterable[str]) -> list[str]:
    """Return those of the columns that the frame has."""
    return [name for name in names if name in frame]


def varies(frame: "DataFrame", name: str) -> bool:
    """Return whether a column has more than one value."""
    return name in frame and frame[name].nunique(dropna=False) > 1


def settled(frame: "DataFrame") -> "DataFrame":
    """Return the frame with one name for each data set's content, and one content for each name.

    Of several names the shortest is used. Two contents with one name get the first digits of their digests,
    and so do labels of a method of one's own whose file has changed.
    """
    if "data" not in frame or frame.empty:
        return frame
    frame = frame.assign(label=_versions(frame)) if varies(frame, SOURCE) else frame
    names: dict[str, str] = {}
    for digest, group in frame.groupby("data")["dataset"]:
        names[digest] = min(map(str, group.unique()), key=lambda name: (len(name), name))
    many = Counter(names.values())
    names = {digest: _numbered(name, digest) if many[name] > 1 else name for digest, name in names.items()}
    return frame.assign(dataset=frame["data"].map(names).fillna(frame["dataset"]))


def _versions(frame: "DataFrame") -> "Series":
    """The labels, with the digest of the method's file where one method has two."""
    many = frame.groupby("method")[SOURCE].transform("nunique", dropna=False) > 1
    marks = frame[SOURCE].map(lambda source: _numbered("", source.rpartition(" ")[2]))
    bare = [label.removesuffix(mark) for label, mark in zip(frame["label"], marks, strict=True)]
    return frame["label"].where(~many, bare + marks)


def _numbered(name: str, digest: str) -> str:
    return f"{name} ({digest[:DIGITS]})"


def aliases(frame: "DataFrame") -> list[str]:
    """Return a line for each content that has several names."""
    found = [sorted(map(str, names.unique())) for _, names in frame.groupby("data")["dataset"]]
    several = [" and ".join(map(repr, names)) for names in found if len(names) > 1]
    return [f"{names} hold the same data: they are one problem" for names in several]


def changed(frame: "DataFrame") -> list[str]:
    """Return a note if one name stands for several contents, which `settled` has distinguished."""
    if "data" not in frame:
        return []
    pairs = frame[["dataset", "data"]].drop_duplicates().itertuples(index=False)
    apart = sorted(str(name) for name, digest in pairs if str(name).endswith(_numbered("", str(digest))))
    if not apart:
        return []
    return [f"data of one name and several contents are several problems: {', '.join(apart)}"]


def repeated(frame: "DataFrame") -> np.ndarray:
    """Return which runs repeat the recipe and seed of another, (runs,); the first not interrupted is kept."""
    code = codes(frame, known(frame, (*RECIPE, "seed")))
    order = (frame["status"] == "interrupted").to_numpy().argsort(kind="stable")
    again = np.ones(len(frame), dtype=bool)
    again[order[np.unique(code[order], return_index=True)[1]]] = False
    return again
