"""When a run is over."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ..evaluation.metrics import Target
from .account import Account

CLOSE = 1e-9  # of a step: what rounding may leave of a budget that is spent


class Stop(Exception):
    """Raised inside a method when its run is over: `status` says why in a word."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Budget:
    """When to stop, whatever the method.

    Seconds are of solving: compilation and the referee's looks are apart. An evaluation is one call of the
    objective on all the data, of any kind: a value with or without its gradient, a Hessian product,
    residuals, a Jacobian. An iteration is the method's own. Neither is cut in two: a limit of 1.5 ends a run
    after the second. Raises ValueError for a budget of nothing.
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
        """The loss that is good enough; -inf where the target is no loss."""
        return self.target.value if self.target and self.target.metric == "loss" else -math.inf

    @property
    def measures(self) -> bool:
        """Whether the target is a metric, which only a measurement shows."""
        return self.target is not None and self.target.metric != "loss"

    def check_target(self, known: Mapping[str, float]) -> None:
        """Raise `Stop` where what is known of the best vector reaches the target."""
        target = self.target
        if target and target.met(reached := known.get(target.metric, math.nan)):
            raise Stop("target", f"{target.metric} reached {reached:.6g}, the target {target.value:g}")

    def check(self, spent: Account, seconds: float) -> None:
        """Raise `Stop` where a limit is spent."""
        if spent.calls >= self.max_evaluations:
            raise Stop("max_evaluations", f"spent {spent.calls:g} evaluations")
        if spent.iterations >= self.max_iterations:
            raise Stop("max_iterations", f"spent {spent.iterations} iterations")
        if seconds >= self.max_seconds:
            raise Stop("max_seconds", f"spent {seconds:.3g} seconds")

    def allowance(self, spent: Account, cost: float, most: int, per_iteration: int = 1) -> int:
        """Return how many more steps, each `cost` of an evaluation, fit into the budget: 1 to `most`."""
        left = min(
            (self.max_evaluations - spent.calls) / cost,
            (self.max_iterations - spent.iterations) * per_iteration,
        )
        return max(1, min(most, math.ceil(left - CLOSE))) if left < math.inf else most
