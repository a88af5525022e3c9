"""The moment at which a run first met a target, bracketed by two measurements."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..text import Record

COSTS = {
    "seconds": "seconds of solving",
    "operations": "operations with matrices",
    "evaluations": "evaluations on all the data",
    "iterations": "iterations of the method",
}
TIGHT = 0.05  # share of the evaluations: a narrower bracket counts as one moment
ROUNDING = 1e-9  # relative: measurements this much further apart than `TIGHT` still count as close
Costs = dict[str, float]


def traced(cost: str) -> str:
    """Return the column of a history that holds a cost."""
    return "iteration" if cost == "iterations" else cost


class Moment(NamedTuple):
    """What a run had spent when it met the target; nan if that is not on record."""

    by: Costs
    after: Costs  # at the last measurement before, which did not meet it; zeros if there was none

    @property
    def loose(self) -> bool:
        """Whether the last measurement was earlier by more than one evaluation and 5 % of all."""
        return bool(apart(self.after["evaluations"], self.by["evaluations"]))


def apart(after: Any, by: Any) -> Any:
    """Return whether two numbers or arrays of evaluations are too far apart to count as one moment."""
    return by - after > np.maximum(1.0, TIGHT * by) * (1 + ROUNDING)


def first_seen(reached: Mapping[Any, Record], limit: float) -> Moment | None:
    """Return when a run's record first has at most this many wrong pixels, or None."""
    seen = [wrong for wrong in reached if float(wrong) <= limit]
    if not seen:
        return None
    entry = reached[max(seen, key=float)]
    before = entry.get("after") or dict.fromkeys(COSTS, 0.0)
    return Moment(costs_of(entry), costs_of(before))


def costs_of(spent: Record) -> Costs:
    """Return the costs in a record, nan for those that are missing."""
    return {cost: math.nan if spent.get(cost) is None else float(spent[cost]) for cost in COSTS}
