"""An objective that counts and records every call, and stops the method when the budget is spent."""

from math import inf
from typing import Protocol

import numpy as np

from .account import Account, Kind
from .objective import Objective


class Ledger(Protocol):
    """What a watched objective needs of its trace."""

    @property
    def account(self) -> Account:
        """The account of what was spent so far."""

    def met(self, theta: np.ndarray, value: float) -> None:
        """Take a value at theta (size,)."""

    def spent(self) -> None:
        """Take a call that returned no value."""

    def operate(self, count: float) -> None:
        """Take the method's own operations."""


class Watched:
    """The objective that a method sees; NaN values are reported as inf."""

    def __init__(self, objective: Objective, trace: Ledger) -> None:
        self._f, self._account = objective, trace.account
        self._met, self._spent, self.operate = trace.met, trace.spent, trace.operate
        self.model, self.draw, self._prices = objective.model, objective.draw, objective.prices
        self._both = self._prices.value + self._prices.grad

    def __call__(self, theta: np.ndarray) -> float:
        """Return the loss at theta (size,)."""
        value = self._f(theta)
        self._account.call("value", self._prices.value)
        self._met(theta, value)
        return value if value == value else inf

    def value_and_grad(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient (size,)."""
        value, grad = self._f.value_and_grad(theta)
        self._account.call_with_grad(self._both)
        self._met(theta, value)
        return (value, grad) if value == value else (inf, np.nan_to_num(grad))

    def grad(self, theta: np.ndarray) -> np.ndarray:
        """Return the gradient (size,)."""
        return self.value_and_grad(theta)[1]

    def charge(self, kind: Kind, operations: float) -> None:
        """Charge a call on all the data, for a method that computes derivatives itself."""
        self._account.call(kind, operations)
        self._spent()

    def hvp(self, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the Hessian times v (size,)."""
        product = self._f.hvp(theta, v)
        self._account.call("hvp", self._prices.hvp)
        self._spent()
        return product

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """Return the residuals (n d,)."""
        residuals = self._f.residuals(theta)
        self._account.call("value", self._prices.value)
        self._met(theta, 0.5 * float(residuals @ residuals))
        return residuals

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """Return the Jacobian (n d, size) of the residuals."""
        jacobian = self._f.jacobian(theta)
        self._account.call("jacobian", self._prices.jacobian)
        self._spent()
        return jacobian
