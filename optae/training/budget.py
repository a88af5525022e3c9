"""When a run is over."""

import math
from dataclasses import dataclass

from ..evaluation.metrics import Target


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
