"""An objective whose every call is counted, remembered and, when the budget is spent, ended."""

from math import inf
from typing import Any, Protocol

import numpy as np

from .history import Counts


class Ledger(Protocol):
    """What a watched objective tells its trace."""

    counts: Counts
    calls: float
    operations: float

    def met(self, theta: np.ndarray, value: float) -> None:
        """Hears of a value at theta (size,)."""

    def spent(self) -> None:
        """Hears of a call that gave no value."""

    def operate(self, count: float) -> None:
        """Hears of the method's own operations."""


class Watched:
    """An objective as a method sees it; NaN values are reported as inf."""

    def __init__(self, objective: Any, trace: Ledger) -> None:
        self._f, self._trace, self._counts = objective, trace, trace.counts
        self.model, self.draw, self._prices = objective.model, objective.draw, objective.prices

    def __call__(self, theta: np.ndarray) -> float:
        """The loss at theta (size,)."""
        value = self._f(theta)
        self._counts.value += 1
        self._spend(self._prices.value)
        self._trace.met(theta, value)
        return value if value == value else inf

    def value_and_grad(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Both, (size,)."""
        value, grad = self._f.value_and_grad(theta)
        self._counts.value += 1
        self._counts.grad += 1
        self._spend(self._prices.value + self._prices.grad)
        self._trace.met(theta, value)
        return (value, grad) if value == value else (inf, np.nan_to_num(grad))

    def grad(self, theta: np.ndarray) -> np.ndarray:
        """The gradient (size,)."""
        return self.value_and_grad(theta)[1]

    def charge(self, kind: str, operations: float) -> None:
        """A method that differentiates by itself spends one "grad", "hvp" or "jacobian" on all the data."""
        setattr(self._counts, kind, getattr(self._counts, kind) + 1)
        self._spend(operations)
        self._trace.spent()

    def operate(self, count: float) -> None:
        """A method does so many operations of its own; the budget is looked at."""
        self._trace.operate(count)

    def _spend(self, operations: float) -> None:
        self._trace.calls += 1
        self._trace.operations += operations

    def hvp(self, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Hessian times v (size,)."""
        product = self._f.hvp(theta, v)
        self._counts.hvp += 1
        self._spend(self._prices.hvp)
        self._trace.spent()
        return product

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """(n d,)."""
        residuals = self._f.residuals(theta)
        self._counts.value += 1
        self._spend(self._prices.value)
        self._trace.met(theta, 0.5 * float(residuals @ residuals))
        return residuals

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """(n d, size)."""
        jacobian = self._f.jacobian(theta)
        self._counts.jacobian += 1
        self._spend(self._prices.jacobian)
        self._trace.spent()
        return jacobian
