"""A tuning in words: a table of its trials, what was chosen, and the line below a table of tuned methods."""

import math
from collections.abc import Iterable, Sequence
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from ...experiments.sameness import tails
from ...text import counted, number
from .record import Row, Tuned, load

if TYPE_CHECKING:
    from pandas import DataFrame

NEVER = "never"


def trials_table(tuned: Tuned, most: int) -> list[dict[str, str]]:
    """Return a row for each of the best trials, and one for the method as given."""
    order = sorted(tuned.trials, key=lambda row: _rank(tuned, row))
    given = tuned.trials[0]
    shown = [row for row in order[:most] if row is not given]
    return [_row(tuned, row) for row in [*shown, given]]


def verdict(tuned: Tuned) -> list[str]:
    """Return what was chosen, out of what, and how it compares with the method as given."""
    best, given = tuned.best, tuned.trials[0]
    cost = f"{counted(len(tuned.drawn), 'trial')} ({counted(tuned.runs, 'run')})"
    if tuned.chosen == 0:
        why = "none was better" if any(row.hits for row in tuned.trials) else "none has a score"
        return [f"{best.label}, as given: {why} of {cost}."]
    said = f"{best.label} is the best of {cost}."
    return [said, f"{_capital(tuned.measure)}: {_score(best)}; as given: {_score(given)}{_times(tuned)}."]


def note(tuned: Tuned) -> str:
    """Return the line that a table of tuned methods has below it."""
    ranges = ", ".join(f"{name} {text}" for name, text in tuned.ranges.items())
    seeds = f"at most {counted(len(tuned.seeds), 'seed')} from {tuned.seeds[0]:,}"
    tried = f"{counted(len(tuned.drawn), 'trial')} of {ranges} on {seeds} ({counted(tuned.runs, 'run')})"
    chosen = "kept as given" if tuned.chosen == 0 else f"{tuned.best.label} was chosen"
    by = tuned.measure if tuned.best.score is not None else "how its runs ended, as none met the target"
    return f"{tuned.given}: {tried}; {chosen}, by {by}"


def notes(folders: Iterable[Path], frame: "DataFrame") -> list[str]:
    """Return the lines below a table of runs in these folders, for the methods among them that were tuned."""
    parts = apart(among(frame, [one for folder in folders for one in load(folder)]))
    return [f"{head(name)}{note(one)}" for name, many in parts.items() for one in many]


def among(frame: "DataFrame", tuned: Sequence[Tuned]) -> list[Tuned]:
    """Return the tunings of methods that are among these runs; of several problems, those on their data."""
    labels, data = {*frame["label"]}, {*frame["dataset"]}
    known = [one for one in tuned if {one.given, one.best.label} & labels]
    if len({one.problems for one in known}) < 2:
        return known
    return [one for one in known if data & {*one.datasets}]


def apart(tuned: Sequence[Tuned]) -> dict[str, list[Tuned]]:
    """Return the tunings of each problem, or of problems that were tuned for together, by their data sets.

    The only one has an empty name. A number is added to a name that is taken already.
    """
    parts: dict[tuple[str, ...], list[Tuned]] = {}
    for one in tuned:
        parts.setdefault(one.problems, []).append(one)
    if len(parts) < 2:
        return dict(zip([""], parts.values(), strict=False))
    short = tails({word for many in parts.values() for word in many[0].datasets})
    found: dict[str, list[Tuned]] = {}
    for many in parts.values():
        name = ", ".join(short[word] for word in many[0].datasets)
        names = chain([name], (f"{name} {k}" for k in count(2)))
        found[next(one for one in names if one not in found)] = many
    return found


def head(name: str) -> str:
    """Return what a line about a tuning begins with if there are several problems."""
    return f"{name}: " if name else ""


def curve_values(tuned: Tuned) -> list[float]:
    """Return the scores of the drawn trials, smaller is better."""
    return [ordered(tuned, row) for row in tuned.drawn]


def ordered(tuned: Tuned, row: Row) -> float:
    """Return the score of a trial with the sign of which less is better, inf if it has none."""
    if row.score is None:
        return math.inf
    return -row.score if tuned.larger_is_better else row.score


def _rank(tuned: Tuned, row: Row) -> tuple[int, float, int]:
    return -row.seeds, ordered(tuned, row), -row.hits


def _row(tuned: Tuned, row: Row) -> dict[str, str]:
    drawn = {name: str(row.drawn.get(name, "as given")) for name in tuned.ranges}
    mark = "chosen" if row is tuned.best else "as given" if row is tuned.trials[0] else ""
    return {**drawn, "score": _score(row), "runs": f"{row.hits} of {row.runs}", "": mark}


def _score(row: Row) -> str:
    return NEVER if row.score is None else number(row.score)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _times(tuned: Tuned) -> str:
    """Return how many times better the chosen trial is, if both scores are costs or losses."""
    best, given = tuned.best.score, tuned.trials[0].score
    if tuned.larger_is_better or best is None or given is None or best <= 0:
        return ""
    return f", {number(given / best, 3)} times as much"
