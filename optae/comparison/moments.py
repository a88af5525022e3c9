"""When a run first had so few wrong pixels: between the last look by which it had not, and the next."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

COSTS = ("seconds", "evaluations", "operations")
TIGHT = 0.05  # of the evaluations: a narrower bracket is as good as a moment
Costs = dict[str, float]


class Moment(NamedTuple):
    """What had been spent by then; nan where that is not on record."""

    by: Costs
    after: Costs  # at the last look before; zeros where that is not on record

    @property
    def loose(self) -> bool:
        """Whether the last look was more than one evaluation, and 5 % of all, earlier."""
        return bool(apart(self.after["evaluations"], self.by["evaluations"]))


def apart(after: Any, by: Any) -> Any:
    """Whether so many evaluations of two looks, numbers or arrays, leave more than a moment between them."""
    return by - after > np.maximum(1.0, TIGHT * by) * (1 + 1e-9)


def first_seen(reached: Mapping[Any, Mapping[str, Any]], limit: float) -> Moment | None:
    """Returns when a run's record first has at most this many wrong pixels, or None."""
    seen = [int(wrong) for wrong in reached if float(wrong) <= limit]
    if not seen:
        return None
    entry = {int(wrong): spent for wrong, spent in reached.items()}[max(seen)]
    before = entry.get("after") or dict.fromkeys(COSTS, 0.0)
    return Moment(costs_of(entry), costs_of(before))


def costs_of(spent: Mapping[str, Any]) -> Costs:
    """The costs of a record, nan where one is missing."""
    return {cost: math.nan if spent.get(cost) is None else float(spent[cost]) for cost in COSTS}
