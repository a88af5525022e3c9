"""Which numbers of a stored run differ from those of the same run again.

A second run cannot check what depends on time and place, or merely asks: seconds, the environment, the
budget, the seeds it was trained together with. Rows of a history are as many again only where the looks at
the metrics never had to wait for the clock; elsewhere the rows at equal evaluations are compared.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..training.looks import LEAST

UNCHECKED = frozenset(
    ("seconds", "environment", "clock_note", "budget", "recipe", "cell", "together", "streams", "format")
)
ENDING = frozenset(("status", "message"))  # of a run that a clock ended, and that is run again by count
LOOKED = frozenset(("reached",))  # known from looks, which a clock may put off
KEY = "evaluations"  # of rows that are compared where some are missing
Files = Mapping[str, bytes]
Table = list[dict[str, str]]


def differences(then: Files, now: Files, by_the_clock: bool, same_version: bool) -> list[str]:
    """A line for each number that differs between the files of two runs of one vector.

    Numbers that only one has count where the same version wrote both.
    """
    old, new = json.loads(then["run.json"]), json.loads(now["run.json"])
    punctual = all(_punctual(facts) for facts in (old, new))
    skipped = UNCHECKED | (ENDING if by_the_clock else set()) | (LOOKED if not punctual else set())
    lines = _of_records(old, new, skipped, same_version)
    tables = sorted(name for name in {*then, *now} if name.endswith(".csv"))
    for name in tables:
        lines += _of_tables(name, _table(then, name), _table(now, name), punctual and same_version)
    return lines


def _punctual(facts: Mapping[str, Any]) -> bool:
    """Whether no look at the metrics had to wait: they took less than what they may take in any case."""
    paused = facts["seconds"].get("paused")
    return paused is not None and paused < LEAST


def _of_records(
    then: Mapping[str, Any], now: Mapping[str, Any], skipped: frozenset[str], whole: bool
) -> list[str]:
    old, new = (
        dict(_leaves({name: value for name, value in facts.items() if name not in skipped}))
        for facts in (then, now)
    )
    names = dict.fromkeys([*old, *new]) if whole else [name for name in old if name in new]
    pairs = [(name, old.get(name, "missing"), new.get(name, "missing")) for name in names]
    return [f"{name} {_shown(a)} then, {_shown(b)} now" for name, a, b in pairs if a != b]


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every number and word below a value of JSON by its path, seconds left out."""
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


def _of_tables(name: str, then: Table, now: Table, whole: bool) -> list[str]:
    if whole and len(then) != len(now):
        return [f"{name} {len(then)} rows then, {len(now)} now"]
    if not whole:
        places = {row.get(KEY): row for row in now}
        then = [row for row in then if row.get(KEY) in places]
        now = [places[row.get(KEY)] for row in then]
    lines = []
    for i, (old, new) in enumerate(zip(then, now, strict=True), start=2):
        lines += [
            f"{name} line {i} {column} {old[column]} then, {new[column]} now"
            for column in old
            if column in new and column != "seconds" and not _same(old[column], new[column], whole)
        ]
    return lines


def _same(a: str, b: str, whole: bool) -> bool:
    """Whether two cells of a table hold one number; what was not measured in one is no difference, unless `whole`."""
    try:
        x, y = float(a), float(b)
    except (TypeError, ValueError):
        return a == b
    return x == y or (math.isnan(x) and math.isnan(y)) or (not whole and (math.isnan(x) or math.isnan(y)))
