"""The best vector that a run has met so far, and whether its values are numbers at all."""

from dataclasses import dataclass
from math import inf

import numpy as np

from ..engines import Array
from .budget import Stop

HOPELESS = 1000  # values in a row that are no finite numbers


@dataclass(slots=True)
class Best:
    """The lowest value with its vector, which is this object's own copy."""

    value: float = inf
    theta: np.ndarray | None = None  # (size,)
    bad: int = 0  # infinite or undefined values since the last good one

    def start(self, theta: np.ndarray, value: float) -> None:
        """Begin with theta (size,), whatever its value."""
        self.theta = np.array(theta, dtype=float)
        self.measured(value)

    def measured(self, value: float) -> None:
        """Take another function's value of the same vector."""
        self.value = value if value < inf else inf

    def met(self, theta: np.ndarray, value: float) -> bool:
        """Take a value of the method's; return whether it improves on the best."""
        if value < self.value:
            self.value, self.bad = value, 0
            np.copyto(self.theta, theta)  # type: ignore[arg-type]
            return True
        self.bad = 0 if value < inf else self.bad + 1
        return False

    def offer(self, theta: Array, value: float) -> None:
        """Take a value that no method has asked for."""
        if value < self.value:
            self.value, self.theta = value, np.array(theta, dtype=float)

    def check(self) -> None:
        """Raise `Stop` where the method is lost among values that are no numbers."""
        if self.bad >= HOPELESS:
            raise Stop("diverged", f"the last {self.bad} values were no numbers")
