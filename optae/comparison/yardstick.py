"""What runs are compared by: the cost until a target, or a metric at the end of the budget."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..evaluation.definitions import larger_is_better
from ..evaluation.metrics import Target
from ..experiments.experiment import Experiment
from ..registry import lookup
from .moments import COSTS
from .targets import reached


class Outcome(NamedTuple):
    """What became of a run; smaller is better."""

    score: float  # the cost until the target, inf for a miss; without a target, the metric
    spent: float  # the whole cost
    end: float  # the metric at the end, inf if the run failed


@dataclass(frozen=True)
class Yardstick:
    """What runs are compared by: the cost until a target, or a metric at the end of the budget."""

    target: Target | None = None
    cost: str = "seconds"
    metric: str = "value"

    def __post_init__(self) -> None:
        lookup("cost", self.cost, COSTS)

    @classmethod
    def of(
        cls, problems: Iterable[Experiment], cost: str | None = None, metric: str = "value"
    ) -> "Yardstick":
        """Return the yardstick of problems. Raises ValueError if their targets differ, or none has a cost."""
        targets = {one.target for one in problems}
        if len(targets) > 1:
            raise ValueError("the problems have different targets: give one `target` for all")
        target = targets.pop()
        if target is None and cost is not None:
            raise ValueError(
                f"`cost` {cost} is spent until a target: add `target`, such as max_pixel_error=0"
            )
        return cls(None if target is None else Target.parse(target).versioned(), cost or "seconds", metric)

    def scores(self, frame: pd.DataFrame) -> dict[str, float]:
        """Return each cell's score by its name, smaller is better, inf for a miss or a failure."""
        return {name: outcome.score for name, outcome in self.outcomes(frame).items()}

    def outcomes(self, frame: pd.DataFrame) -> dict[str, Outcome]:
        """Return the outcome of each cell by its name."""
        ends = self._at_the_end(frame, self.metric if self.target is None else _kept(self.target.metric))
        if self.target is None:
            columns = ends, ends, ends
        else:
            spent = np.nan_to_num(frame[self.cost].to_numpy(dtype=float), nan=0.0)
            columns = _finite(reached(frame, self.target).cost[self.cost]), spent, ends
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return {name: Outcome(*row) for name, row in zip(frame["cell"], rows, strict=True)}

    def value(self, score: float) -> float:
        """Return a score as it is measured: a metric of which more is better had its sign turned."""
        return -score if self.target is None and larger_is_better(self.metric) else score

    def _at_the_end(self, frame: pd.DataFrame, metric: str) -> np.ndarray:
        sign = -1.0 if larger_is_better(metric) else 1.0
        return _finite(sign * frame[metric].to_numpy(dtype=float))


def _kept(metric: str) -> str:
    """Return the column of a target's metric: the trained loss is the referee's value."""
    return "value" if metric == "loss" else metric


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values), math.inf, values)
