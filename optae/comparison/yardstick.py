"""What runs are compared by: the cost until a target, or a metric at the end of the budget."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..evaluation.definitions import larger_is_better
from ..evaluation.metrics import Target
from ..evaluation.own import among, brief
from ..experiments.experiment import Experiment
from ..registry import lookup
from .clocks import alike, check_clocks, check_starved, untimed
from .moments import COSTS
from .scores import check_had
from .series import Comparison, StoredCell, score
from .targets import name, reached, shared_target


class Outcome(NamedTuple):
    """What became of a run; smaller is better."""

    score: float  # the cost until the target, inf for a miss; without a target, the metric
    spent: float  # the whole cost
    end: float  # the metric at the end, inf if the run failed


@dataclass(frozen=True)
class Yardstick:
    """What runs are compared by: the cost until a target, or a metric at the end of the budget.

    Without a target, pages and pictures that show a cost show this one.
    """

    target: Target | None = None
    cost: str = "seconds"
    metric: str = "value"

    def __post_init__(self) -> None:
        lookup("cost", self.cost, COSTS)

    def __str__(self) -> str:
        return brief(self.word) if self.target is None else f"{self.cost} until {name(self.target)}"

    @property
    def word(self) -> str:
        """The word of the metric: the column `value` holds the trained loss."""
        return "loss" if self.metric == "value" else self.metric

    @property
    def measure(self) -> str:
        """The word of what is measured: the metric, or the cost."""
        return self.word if self.target is None else self.cost

    @property
    def larger(self) -> bool:
        """Whether larger is better."""
        return self.target is None and larger_is_better(self.word)

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

    @classmethod
    def of_runs(cls, frame: pd.DataFrame, metric: str | None, target: str | None) -> "Yardstick":
        """Return the yardstick of stored runs.

        The default is the time to the target that all share, else the loss. If times may not be compared,
        operations replace them. Raises ValueError for a cost without a target.
        """
        shared = shared_target(frame)
        if metric is None and shared is not None:
            return cls(shared, "seconds" if alike(frame) else untimed(frame))
        if metric not in COSTS:
            return cls.named(metric or "loss", None, frame, untimed(frame))
        if metric == "seconds":
            check_clocks(frame, "metric 'seconds'")
            check_starved(frame, "metric 'seconds'")
        return cls.named(metric, target or shared, frame)

    @classmethod
    def named(
        cls, metric: str, target: str | Target | None, frame: pd.DataFrame, cost: str = "operations"
    ) -> "Yardstick":
        """Return the yardstick of a metric of these runs, or of a cost until a target. Raises ValueError."""
        if metric not in COSTS:
            word = among(metric, [*frame])
            check_had(word, frame)
            return cls(None, cost, "value" if word == "loss" else word)
        if target is None:
            raise ValueError(f"`metric` {metric}: until when? give `target` too, such as max_pixel_error=0")
        goal = Target.parse(target).among([*frame]) if isinstance(target, str) else target
        return cls(goal, metric)

    def measured(self, runs: Comparison) -> Callable[[StoredCell], float]:
        """Return a function of a cell: its measure, nan if it has none, inf if it never met the target."""
        return runs.until(self.target) if self.target else lambda cell: score(cell, self.word)

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

    def value(self, found: float) -> float:
        """Return a score as it is measured: a metric of which more is better had its sign turned."""
        return -found if self.larger else found

    def _at_the_end(self, frame: pd.DataFrame, metric: str) -> np.ndarray:
        sign = -1.0 if larger_is_better(metric) else 1.0
        return _finite(sign * frame[metric].to_numpy(dtype=float))


def _kept(metric: str) -> str:
    """Return the column of a target's metric: the trained loss is the referee's value."""
    return "value" if metric == "loss" else metric


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values), math.inf, values)
