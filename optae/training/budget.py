"""The budget of a run: limits and a target."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ..evaluation.metrics import Target
from ..evaluation.own import brief
from .account import Account

CLOSE = 1e-9  # share of a step that rounding may leave of a budget that is spent


class Stop(Exception):
    """Raised inside a method when its run is over; `status` says why in one word."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Budget:
    """The limits and the target of a run, for any method.

    Seconds count solving only, without compilation and measurements. An evaluation is one call of the
    objective on all the data, of any kind: a value with or without its gradient, a Hessian product,
    residuals, a Jacobian. What an iteration is depends on the method. Neither is split: a limit of 1.5 ends a
    run after the second one. But compiled epochs keep to the seconds: after the first, one that would end too
    late is not begun. Raises ValueError for a limit that is not positive.
    """

    max_seconds: float = math.inf
    max_evaluations: float = math.inf
    max_iterations: float = math.inf
    target: Target | None = None

    def __post_init__(self) -> None:
        for name in ("max_seconds", "max_evaluations", "max_iterations"):
            value = getattr(self, name)
            if not value > 0:
                raise ValueError(f"`{name}` {value:g} leaves nothing to run: give a positive number")

    @property
    def goal(self) -> float:
        """The loss to reach, or -inf if the target is not a loss."""
        return self.target.value if self.target and self.target.metric == "loss" else -math.inf

    @property
    def unlimited(self) -> bool:
        """Whether nothing ends a run but its method."""
        return (
            self.target is None
            and min(self.max_seconds, self.max_evaluations, self.max_iterations) == math.inf
        )

    @property
    def measures(self) -> bool:
        """Whether the target is a metric, which has to be measured."""
        return self.target is not None and self.target.metric != "loss"

    def check_target(self, known: Mapping[str, float]) -> None:
        """Raise `Stop` if the known metrics of the best vector reach the target."""
        target = self.target
        if target and target.met(reached := known.get(target.metric, math.nan)):
            raise Stop("target", f"{brief(target.metric)} reached {reached:.6g}, the target {target.value:g}")

    def check(self, spent: Account, seconds: float) -> None:
        """Raise `Stop` if a limit is spent."""
        if spent.calls >= self.max_evaluations:
            raise Stop("max_evaluations", f"spent {spent.calls:g} evaluations")
        if spent.iterations >= self.max_iterations:
            raise Stop("max_iterations", f"spent {spent.iterations} iterations")
        if seconds >= self.max_seconds:
            raise Stop("max_seconds", f"spent {seconds:.3g} seconds")

    def check_room(self, seconds: float, more: float) -> None:
        """Raise `Stop` if `more` seconds do not fit in after those that were spent."""
        if seconds + more > self.max_seconds:
            raise Stop("max_seconds", f"spent {seconds:.3g} seconds, and an epoch takes {more:.3g}")

    def allowance(self, spent: Account, cost: float, most: int, per_iteration: int = 1) -> int:
        """Return how many more steps, each `cost` of an evaluation, fit into the budget: 1 to `most`."""
        left = min(
            (self.max_evaluations - spent.calls) / cost,
            (self.max_iterations - spent.iterations) * per_iteration,
        )
        return max(1, min(most, math.ceil(left - CLOSE))) if left < math.inf else most
