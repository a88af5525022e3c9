"""The moment at which a run first met a target: after one look at it, and by the next."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

COSTS = {
    "seconds": "seconds of solving",
    "operations": "operations with matrices",
    "evaluations": "evaluations on all the data",
    "iterations": "iterations of the method",
}
TIGHT = 0.05  # of the evaluations: a narrower bracket is as good as a moment
ROUNDING = 1e-9  # relative: two looks that are this much further apart than `TIGHT` still count as close
Costs = dict[str, float]


def traced(cost: str) -> str:
    """The column of a history that holds a cost."""
    return "iteration" if cost == "iterations" else cost


class Moment(NamedTuple):
    """What a run had spent when it met the target; nan where that is not on record."""

    by: Costs
    after: Costs  # at the last look before, which did not meet it; zeros where there was none

    @property
    def loose(self) -> bool:
        """Whether the last look was more than one evaluation, and 5 % of all, earlier."""
        return bool(apart(self.after["evaluations"], self.by["evaluations"]))


def apart(after: Any, by: Any) -> Any:
    """Whether two looks, at numbers or arrays of evaluations, are too far apart to count as one moment."""
    return by - after > np.maximum(1.0, TIGHT * by) * (1 + ROUNDING)


def first_seen(reached: Mapping[Any, Mapping[str, Any]], limit: float) -> Moment | None:
    """Return when a run's record first has at most this many wrong pixels, or None."""
    seen = [int(wrong) for wrong in reached if float(wrong) <= limit]
    if not seen:
        return None
    entry = {int(wrong): spent for wrong, spent in reached.items()}[max(seen)]
    before = entry.get("after") or dict.fromkeys(COSTS, 0.0)
    return Moment(costs_of(entry), costs_of(before))


def costs_of(spent: Mapping[str, Any]) -> Costs:
    """The costs in a record, nan where one is missing."""
    return {cost: math.nan if spent.get(cost) is None else float(spent[cost]) for cost in COSTS}
