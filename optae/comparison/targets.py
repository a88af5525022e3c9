"""Which runs reached a target, and what each had spent by then."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..evaluation.metrics import Target
from .moments import COSTS, Moment, costs_of, first_seen

SAME = 1e-5  # relative, between a history's loss and the referee's
Histories = Callable[[Any], Any]  # a run's path to its history


@dataclass(frozen=True, eq=False)
class Reached:
    """Who hit the target, (runs,), and the costs at that moment, inf for a miss, nan where nobody knows.

    A hit is never later than `cost`; where nobody looked shortly before, it may be as early as `least`.
    """

    hit: np.ndarray
    cost: dict[str, np.ndarray]
    least: dict[str, np.ndarray]


def reached(frame: Any, target: Target, histories: Histories | None = None) -> Reached:
    """When each run first met the target.

    Wrong pixels are known from the run's record, as are exact and within_one of all samples; the trained loss
    is read from its history, and the referee must agree in the end. Of other metrics only the end is known.
    Raises ValueError for a target above the number of samples.
    """
    samples = _samples(frame)
    limits = {name: _wrong_pixels(target, samples.get(name), name) for name in frame["dataset"].unique()}
    rows = frame.to_dict("records")
    firsts = [_first(row, target, limits[row["dataset"]], histories or _stored) for row in rows]
    cost = {name: np.array([math.inf if f is None else f.by[name] for f in firsts]) for name in COSTS}
    least = {name: np.array([math.inf if f is None else _least(f)[name] for f in firsts]) for name in COSTS}
    return Reached(np.array([f is not None for f in firsts]), cost, least)


def _least(moment: Moment) -> dict[str, float]:
    return moment.after if moment.loose else moment.by


def _stored(path: Any) -> Any:
    from ..storage.frame import load_history

    return load_history(path)


def _samples(frame: Any) -> dict[str, float]:
    """How many samples a data set has, where a run got them all."""
    perfect = frame[frame["max_pixel_error"] == 0].groupby("dataset")["exact"].max()
    close = frame[frame["max_pixel_error"] <= 1].groupby("dataset")["within_one"].max()
    return {**close.to_dict(), **perfect.to_dict()}


def _wrong_pixels(target: Target, samples: float | None, dataset: str) -> float | None:
    """The target as wrong pixels of the worst sample, where it is one."""
    if target.metric == "max_pixel_error":
        return target.value
    if target.metric not in ("exact", "within_one") or samples is None:
        return None
    if target.value > samples:
        raise ValueError(f"target {name(target)}: '{dataset}' has {samples:g} samples; give at most that")
    limit = 0.0 if target.metric == "exact" else 1.0
    return limit if target.value == samples else None


def name(target: Target) -> str:
    """The target in words.

    >>> name(Target(0, "max_pixel_error")), name(Target(0.1)), name(Target(32, "exact"))
    ('max_pixel_error <= 0', 'loss <= 0.1', 'exact >= 32')
    """
    sign = ">=" if target.met(target.value + 1) else "<="
    return f"{target.metric} {sign} {target.value:g}"


def _first(
    row: Mapping[str, Any], target: Target, limit: float | None, histories: Histories
) -> Moment | None:
    if row["status"] == "refused":
        return None
    if limit is not None:
        return _seen(row, limit, histories)
    if target.metric in ("loss", row["loss"]):
        return _in_history(row, target, histories)
    return _at_the_end(row, target)


def _seen(row: Mapping[str, Any], limit: float, histories: Histories) -> Moment | None:
    if not isinstance(row["reached"], dict) or not row["reached"]:
        return _looked_up(row, "max_pixel_error", limit, histories)
    if moment := first_seen(row["reached"], limit):
        return moment
    at_the_end = _number(row["max_pixel_error"]) <= limit
    return Moment(costs_of(row), dict.fromkeys(COSTS, 0.0)) if at_the_end else None


def _in_history(row: Mapping[str, Any], target: Target, histories: Histories) -> Moment | None:
    if not _number(row["value"]) <= target.value + SAME * abs(target.value):
        return None
    return _looked_up(row, "best", target.value, histories) or _exactly(costs_of(row))


def _looked_up(row: Mapping[str, Any], what: str, limit: float, histories: Histories) -> Moment | None:
    """The first row of the history at or below the limit; a run without a value has none."""
    if math.isnan(_number(row["value"])):
        return None
    history = histories(row["path"])
    known = history[history[what].notna()]
    met = (known[what] <= limit).to_numpy()
    if not met.any():
        return None
    place = int(met.argmax())
    by, after = (costs_of(known.iloc[at]) for at in (place, max(0, place - 1)))
    return Moment(by, after)


def _at_the_end(row: Mapping[str, Any], target: Target) -> Moment | None:
    if not target.met(_number(row[target.metric])):
        return None
    stopped_there = row["status"] == "target" and Target.parse(str(row["target"])) == target
    return _exactly(costs_of(row) if stopped_there else dict.fromkeys(COSTS, math.nan))


def _exactly(costs: dict[str, float]) -> Moment:
    return Moment(costs, costs)


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
