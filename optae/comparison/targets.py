"""When runs first met a target, and what they had spent by then, for tables, figures and pages."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..evaluation.metrics import Target, larger_is_better
from ..evaluation.own import brief
from ..storage.history import read_history
from .curves import column_of
from .moments import COSTS, Moment, costs_of, first_seen, traced
from .reading import records

SAME = 1e-5  # relative tolerance between a history's loss and the referee's
PERFECT = {"exact": 0, "within_one": 1}  # most wrong pixels of the worst sample if all samples count
Row = Mapping[str, Any]  # one run of a frame
History = Mapping[str, np.ndarray]  # columns (rows,)
Histories = Callable[[str], History]  # reads the history of a run's path


@dataclass(frozen=True, eq=False)
class Reached:
    """Which runs met the target, (runs,), and their costs at that moment: inf for a miss, nan if unknown.

    `cost` is an upper bound of the moment of the hit, and `least` a lower bound, which is smaller if the run
    was not measured shortly before.
    """

    hit: np.ndarray
    cost: dict[str, np.ndarray]
    least: dict[str, np.ndarray]


def reached(frame: pd.DataFrame, target: Target, histories: Histories = read_history) -> Reached:
    """Return when each run of a frame first met the target. Raises ValueError as `first_met` does."""
    moments = first_met(records(frame), target, histories)
    cost = {name: np.array([math.inf if m is None else m.by[name] for m in moments]) for name in COSTS}
    least = {name: np.array([math.inf if m is None else _least(m)[name] for m in moments]) for name in COSTS}
    return Reached(np.array([m is not None for m in moments]), cost, least)


def first_met(rows: Sequence[Row], target: Target, histories: Histories) -> list[Moment | None]:
    """Return the moment at which each run first met the target, or None if it never did.

    Wrong pixels are known from the run's record, and so are exact and within_one of all samples; the trained
    loss is read from the history, and the referee's loss at the end must agree. Other metrics are read from
    the history too; if it has none, as in older versions, only the value at the end is known, and the
    moment is not. Raises ValueError for a target of more samples than there are.
    """
    samples = _samples(rows)
    limits = {data: _wrong_pixels(target, samples.get(data), data) for data in {r["dataset"] for r in rows}}
    return [_first(row, target, limits[row["dataset"]], histories) for row in rows]


def name(target: Target) -> str:
    """Return the target in words.

    >>> name(Target(0, "max_pixel_error")), name(Target(0.1)), name(Target(32, "exact"))
    ('max_pixel_error <= 0', 'loss <= 0.1', 'exact >= 32')
    """
    sign = ">=" if target.met(target.value + 1) else "<="
    return f"{brief(target.metric)} {sign} {target.value:g}"


def shared_target(frame: pd.DataFrame) -> Target | None:
    """Return the target that every run had, if the histories record when it was met."""
    known = set(frame["target"].dropna().map(str)) if "target" in frame else set()
    if len(known) != 1 or frame["target"].isna().any():
        return None
    target = Target.parse(known.pop())
    return target if target.metric in ("loss", "max_pixel_error") else None


def _least(moment: Moment) -> dict[str, float]:
    return moment.after if moment.loose else moment.by


def _samples(rows: Sequence[Row]) -> dict[str, float]:
    """Return the number of samples of each data set if some run's `exact` or `within_one` counts them all."""
    found: dict[str, float] = {}
    for row in rows:
        whole = [_known(row, at) for at, most in PERFECT.items() if _known(row, "max_pixel_error") <= most]
        found[row["dataset"]] = max([found.get(row["dataset"], 0.0), *whole])
    return {data: count for data, count in found.items() if count}


def _wrong_pixels(target: Target, samples: float | None, dataset: str) -> float | None:
    """Return the most wrong pixels of the worst sample that meet the target, None if pixels do not decide."""
    if target.metric == "max_pixel_error":
        return target.value
    if target.metric not in PERFECT or samples is None:
        return None
    if target.value > samples:
        raise ValueError(f"target {name(target)}: '{dataset}' has {samples:g} samples; give at most that")
    return PERFECT[target.metric] if target.value == samples else None


def _first(row: Row, target: Target, limit: float | None, histories: Histories) -> Moment | None:
    if row["status"] == "refused":
        return None
    if limit is not None:
        return _seen(row, limit, histories)
    if target.metric in ("loss", row["loss"]):
        return _in_history(row, target, histories)
    return _measured(row, target, histories) or _at_the_end(row, target)


def _seen(row: Row, limit: float, histories: Histories) -> Moment | None:
    """Look the moment up in the record of wrong pixels, or in the history if there is no record."""
    if not isinstance(row.get("reached"), Mapping) or not row["reached"]:
        return _looked_up(row, "max_pixel_error", limit, histories)
    if moment := first_seen(row["reached"], limit):
        return moment
    at_the_end = _known(row, "max_pixel_error") <= limit
    return Moment(costs_of(row), dict.fromkeys(COSTS, 0.0)) if at_the_end else None


def _in_history(row: Row, target: Target, histories: Histories) -> Moment | None:
    if not _known(row, "value") <= target.value + SAME * abs(target.value):
        return None
    return _looked_up(row, "loss", target.value, histories) or _exactly(costs_of(row))


def _measured(row: Row, target: Target, histories: Histories) -> Moment | None:
    """Return the first moment at which a metric met the target."""
    sign = -1 if larger_is_better(target.metric) else 1
    return _looked_up(row, target.metric, target.value, histories, sign)


def _looked_up(row: Row, what: str, limit: float, histories: Histories, sign: int = 1) -> Moment | None:
    """Return the first row of the history at or below the limit, or at or above it for sign -1, else None."""
    if math.isnan(_known(row, "value")):
        return None
    history = histories(str(row["path"]))
    values = sign * column_of(history, what, _pixels(row))
    looks = np.flatnonzero(~np.isnan(values))
    met = np.flatnonzero(values[looks] <= sign * limit)
    if not met.size:
        return None
    at, before = looks[met[0]], looks[max(0, met[0] - 1)]
    return Moment(_spent(history, at), _spent(history, before))


def _pixels(row: Row) -> int:
    return int(str(row["arch"]).split("-")[0])


def _spent(history: History, place: int) -> dict[str, float]:
    known = {cost: history[traced(cost)] for cost in COSTS if traced(cost) in history}
    return {cost: float(np.asarray(known[cost])[place]) if cost in known else math.nan for cost in COSTS}


def _at_the_end(row: Row, target: Target) -> Moment | None:
    if not target.met(_known(row, target.metric)):
        return None
    stopped_there = row["status"] == "target" and Target.parse(str(row["target"])) == target
    return _exactly(costs_of(row) if stopped_there else dict.fromkeys(COSTS, math.nan))


def _exactly(costs: dict[str, float]) -> Moment:
    return Moment(costs, costs)


def _known(row: Row, name: str) -> float:
    """Return a number of the run's record, nan if there is none."""
    value = row.get(name)
    return math.nan if value is None else float(value)
