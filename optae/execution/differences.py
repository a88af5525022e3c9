"""Compare the numbers of a stored run with those of a second run of the same recipe.

Numbers that depend on time and place, or are only settings, are not compared: seconds, the environment, the
budget, the seeds that it was trained together with. If a clock decided when the history has a row (with a
limit of seconds, or looks at the metrics that had to wait), then the stored history must only agree with
itself and with its record, and the operations and `reached` are not compared.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..storage.history import TRACE
from ..text import Record
from ..training.looks import LEAST

UNCHECKED = frozenset(
    ("seconds", "environment", "clock_note", "budget", "recipe", "cell", "together", "streams", "format")
) | {"warm_start"}  # whose vector is checked when it is read, wherever it lies by then
OF_CELLS = frozenset(
    ("label", "calls", "reached")
)  # fields that only the record of a cell has, not that of `optae train`
ENDING = frozenset(("status", "message"))  # not compared for a run that a clock ended
TIMED = frozenset(("reached", "operations"))  # not compared for a run whose rows a clock has placed
Files = Mapping[str, bytes]
Table = list[dict[str, str]]


def differences(then: Files, now: Files, by_the_clock: bool, same_version: bool) -> list[str]:
    """Return a line for each number that differs between the files of two runs with the same vector.

    Numbers that only one run has count as differing if the same version wrote both.
    """
    old, new = json.loads(then["run.json"]), json.loads(now["run.json"])
    limited = old["budget"]["max_seconds"] is not None
    timed = by_the_clock or limited or _waited(old) or _waited(new)
    skipped = UNCHECKED | (ENDING if by_the_clock else set()) | (TIMED if timed else set())
    skipped |= set() if "cell" in old else OF_CELLS
    lines = _of_records(old, new, skipped, same_version)
    for name in sorted(name for name in {*then, *now} if name.endswith(".csv")):
        stored, again = _table(then, name), _table(now, name)
        if name != TRACE or not timed:
            lines += _of_tables(name, stored, again)
        elif fault := _fault(old, stored):
            lines.append(f"{name}: {fault}")
    return lines


def _waited(facts: Record) -> bool:
    """Return whether a look at the metrics may have had to wait for the clock."""
    paused = facts["seconds"].get("paused")
    return paused is None or paused >= LEAST


def _of_records(then: Record, now: Record, skipped: frozenset[str], whole: bool) -> list[str]:
    old, new = (
        dict(_leaves({name: value for name, value in facts.items() if name not in skipped}))
        for facts in (then, now)
    )
    names = dict.fromkeys([*old, *new]) if whole else [name for name in old if name in new]
    pairs = [(name, old.get(name, "missing"), new.get(name, "missing")) for name in names]
    return [f"{name} {_shown(a)} then, {_shown(b)} now" for name, a, b in pairs if a != b]


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every number and word inside a JSON value with its path, except seconds."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "seconds":
                yield from _leaves(item, f"{name} {key}".strip())
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _leaves(item, f"{name} {i}")
    else:
        yield name, value


def _shown(value: object) -> str:
    return "none" if value is None else str(value)


def _table(files: Files, name: str) -> Table:
    return list(csv.DictReader(io.StringIO(files.get(name, b"").decode("utf-8", "replace"), newline="")))


def _of_tables(name: str, then: Table, now: Table) -> list[str]:
    if len(then) != len(now):
        return [f"{name} {len(then)} rows then, {len(now)} now"]
    return [
        f"{name} line {i} {column} {old[column]} then, {new[column]} now"
        for i, (old, new) in enumerate(zip(then, now, strict=True), start=2)
        for column in old
        if column in new and column != "seconds" and not _same(old[column], new[column])
    ]


def _same(a: str, b: str) -> bool:
    try:
        return float(a) == float(b) or (math.isnan(float(a)) and math.isnan(float(b)))
    except (TypeError, ValueError):
        return a == b


def _fault(facts: Record, table: Table) -> str | None:
    """Return how a history contradicts itself or its record, or None if it does not."""
    try:
        columns = {name: [float(row[name]) for row in table] for name in table[0]}
    except (IndexError, KeyError, TypeError, ValueError):
        return "it is not a table of numbers"
    last = {name: column[-1] for name, column in columns.items()}
    counts = {f"{kind}_evaluations": count for kind, count in facts["evaluations"].items()}
    counts |= {"iteration": facts["iterations"]}
    counts |= {"operations": facts["operations"]} if "operations" in columns else {}
    for name, count in counts.items():
        if last[name] != count:
            return f"its last {name} is {last[name]:.10g}, and the record's {count:.10g}"
    for name, column in columns.items():
        falls = name == "best" and not facts.get("redraw")  # then the best is measured on other draws later
        rises = name in ("seconds", "evaluations", *counts)
        if (rises and column != sorted(column)) or (falls and column != sorted(column, reverse=True)):
            return f"its {name} goes up and down"
    return None
