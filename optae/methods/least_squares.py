"""Levenberg-Marquardt on any residuals, in SciPy's calling convention."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..budget import Stop
from .damping import Damping, descend
from .linear import Solver, by_parameters, by_samples

Function = Callable[[np.ndarray], np.ndarray]


class Dense:
    """r + J D q: a Jacobian (rows, size) as it is, its columns of length 1 (Marquardt, 1963)."""

    def __init__(self, residuals: np.ndarray, jacobian: np.ndarray) -> None:
        lengths = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
        self.scales = 1 / np.maximum(lengths, 1e-12 * lengths.max() or 1.0)
        self.residuals, self._a = residuals, jacobian * self.scales
        self.shape = self._a.shape

    def pull(self, v: np.ndarray) -> np.ndarray:
        """A^T v (size,)."""
        return self._a.T @ v

    def product(self, q: np.ndarray) -> np.ndarray:
        """A^T A q (size,)."""
        return self._a.T @ (self._a @ q)

    def gram(self) -> np.ndarray:
        """A A^T (rows, rows)."""
        return self._a @ self._a.T

    def normal(self) -> np.ndarray:
        """A^T A (size, size)."""
        return self._a.T @ self._a

    def step(self, q: np.ndarray) -> np.ndarray:
        """D q (size,)."""
        return self.scales * q


@dataclass(frozen=True, eq=False)
class Solution:
    """What `levenberg_marquardt` came to."""

    theta: np.ndarray  # (size,)
    value: float  # half the sum of squares there
    message: str
    iterations: int
    evaluations: int  # of the residuals
    jacobians: int


class _Watch:
    """Both functions, counted; the last residuals kept, for a step is tried before it is linearised."""

    def __init__(self, residuals: Function, jacobian: Function, max_iterations: float) -> None:
        self._residuals, self._jacobian, self._most = residuals, jacobian, max_iterations
        self._theta, self._r = np.empty(0), np.empty(0)
        self.best, self.theta = np.inf, np.empty(0)
        self.evaluations = self.jacobians = self.iterations = 0

    def value(self, theta: np.ndarray) -> float:
        """Half the sum of squares, and infinity where that is no number."""
        self._theta, self._r = theta, np.asarray(self._residuals(theta), dtype=float)
        self.evaluations += 1
        value = 0.5 * float(self._r @ self._r)
        if value < self.best:
            self.best, self.theta = value, theta
        return value if value == value else np.inf

    def locally(self, theta: np.ndarray) -> Dense:
        """Both at theta."""
        if not np.array_equal(theta, self._theta):
            self.value(theta)
        self.jacobians += 1
        return Dense(self._r, np.asarray(self._jacobian(theta), dtype=float))

    def iteration(self) -> None:
        """Counts, and ends the run."""
        self.iterations += 1
        if self.iterations >= self._most:
            raise Stop("max_iterations", f"spent {self.iterations} iterations")


def levenberg_marquardt(
    residuals: Function,
    theta: np.ndarray,
    jacobian: Function,
    *,
    target: float = 0.0,
    max_iterations: float = 1000,
    rules: Damping | None = None,
) -> Solution:
    """Lowers half the sum of squares of `residuals` (rows,) from theta (size,) to `target`, or while that goes.

    `jacobian` gives their derivative (rows, size). The smaller of the two normal forms is solved.

    >>> found = levenberg_marquardt(lambda theta: theta**2 - 2, np.ones(1), lambda theta: 2 * np.diag(theta))
    >>> round(float(found.theta[0]), 9)
    1.414213562
    """
    watch = _Watch(residuals, jacobian, max_iterations)
    try:
        found = descend(
            watch.value,
            watch.locally,
            _smaller,
            np.array(theta, dtype=float),
            rules or Damping(),
            watch.iteration,
            target,
        )
        message = found.reason
    except Stop as stop:
        message = str(stop)
    return Solution(watch.theta, watch.best, message, watch.iterations, watch.evaluations, watch.jacobians)


def _smaller(local: Dense) -> Solver:
    rows, size = local.shape
    return by_samples(local) if rows < size else by_parameters(local)
