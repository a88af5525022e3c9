"""The best vector that a run has met so far, and a check that its values are finite."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from ..engines import Array
from .budget import Stop

HOPELESS = 1000  # values in a row that are not finite


@dataclass(slots=True)
class Best:
    """The lowest value and a copy of its vector."""

    value: float = inf
    theta: np.ndarray | None = None  # (size,)
    bad: int = 0  # infinite or nan values since the last finite one

    def start(self, theta: np.ndarray, value: float) -> None:
        """Begin with theta (size,), whatever its value."""
        self.theta = np.array(theta, dtype=float)
        self.measured(value)

    def measured(self, value: float) -> None:
        """Replace the value of the same vector by another function's."""
        self.value = value if value < inf else inf

    def met(self, theta: np.ndarray, value: float) -> bool:
        """Take a value that the method has evaluated; return whether it improves on the best."""
        if value < self.value:
            self.value, self.bad = value, 0
            np.copyto(self.theta, theta)  # type: ignore[arg-type]
            return True
        self.bad = 0 if value < inf else self.bad + 1
        return False

    def offer(self, theta: Array, value: float) -> None:
        """Take a value that the method has not evaluated itself."""
        if value < self.value:
            self.value, self.theta = value, np.array(theta, dtype=float)

    def check(self) -> None:
        """Raise `Stop` if the last `HOPELESS` values were not finite."""
        if self.bad >= HOPELESS:
            raise Stop("diverged", f"the last {self.bad} values were no numbers")


def check_finite(losses: Iterable[float], after: str) -> None:
    """Raise `Stop` for the first loss that is infinite or nan; `after` says when it was."""
    for loss in losses:
        if not isfinite(loss):
            raise Stop("diverged", f"the loss became {loss} after {after}")
