"""Levenberg-Marquardt for arbitrary residuals, with SciPy's calling convention."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np

from ...training.budget import Stop
from .damping import Damping, descend
from .linear import Solver, by_parameters, by_samples

Function = Callable[[np.ndarray], np.ndarray]
PROBE = 0.1  # share of a step after which the residuals' second derivative is measured
DEAD = 1e-12  # share of the longest column's length that a column of zeros is given


@dataclass(frozen=True, eq=False)
class Solution:
    """The result of `levenberg_marquardt`."""

    theta: np.ndarray  # (size,)
    value: float  # half the sum of squares at theta
    message: str
    iterations: int
    evaluations: int  # of the residuals
    jacobians: int


@dataclass(frozen=True, eq=False)
class Dense:
    """r + J q / lengths about theta: a `Local` that holds its Jacobian (rows, size)."""

    f: Function
    theta: np.ndarray
    residuals: np.ndarray
    a: np.ndarray  # (rows, size), J / lengths
    lengths: np.ndarray  # (size,)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, size)."""
        return len(self.residuals), len(self.theta)

    def pull(self, v: np.ndarray) -> np.ndarray:
        """Return A^T v (size,)."""
        return self.a.T @ v

    def product(self, q: np.ndarray) -> np.ndarray:
        """Return A^T A q (size,)."""
        return self.a.T @ (self.a @ q)

    def gram(self) -> np.ndarray:
        """Return A A^T (rows, rows)."""
        return self.a @ self.a.T

    def normal(self) -> np.ndarray:
        """Return A^T A (size, size)."""
        return self.a.T @ self.a

    def operate(self, count: float) -> None:
        """Ignore the count of operations, which nothing reads here."""

    def step(self, q: np.ndarray) -> np.ndarray:
        """Return q in the units of theta (size,)."""
        return q / self.lengths

    def bend(self, q: np.ndarray) -> np.ndarray:
        """Return the residuals' second derivative along the step, by one evaluation `PROBE` of the way."""
        ahead = self.f(self.theta + PROBE * self.step(q))
        return (ahead - self.residuals - PROBE * (self.a @ q)) * (2 / PROBE**2)


class _Watch:
    """Count the calls of both functions, and keep the best vector and the last residuals."""

    def __init__(self, residuals: Function, jacobian: Function, max_iterations: float) -> None:
        self._residuals, self._jacobian, self._most = residuals, jacobian, max_iterations
        self._lengths, self._last = np.zeros(1), (np.empty(0), np.empty(0))
        self.best, self.theta = inf, np.empty(0)
        self.evaluations = self.jacobians = self.iterations = 0

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """Return the residuals (rows,)."""
        self.evaluations += 1
        return np.asarray(self._residuals(theta), dtype=float)

    def value(self, theta: np.ndarray) -> float:
        """Return half the sum of squares; nan becomes inf."""
        r = self.residuals(theta)
        self._last, value = (theta, r), 0.5 * float(r @ r)
        if value < self.best:
            self.best, self.theta = value, theta
        return value if value == value else inf

    def locally(self, theta: np.ndarray) -> Dense:
        """Return the problem about theta, each column scaled by its greatest length so far (More, 1978)."""
        at, r = self._last
        r = r if np.array_equal(at, theta) else self.residuals(theta)
        jacobian = np.asarray(self._jacobian(theta), dtype=float)
        self.jacobians += 1
        lengths = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
        self._lengths = np.maximum(self._lengths, lengths)
        safe = np.maximum(self._lengths, DEAD * self._lengths.max() or 1.0)
        return Dense(self.residuals, theta, r, jacobian / safe, safe)

    def iteration(self) -> None:
        """Count an iteration. Raises Stop at the limit."""
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
    """Lower half the sum of squares of `residuals` (rows,) from theta (size,) until it is at most `target`.

    `jacobian` returns their derivative (rows, size). It solves the smaller of the two normal equations, and
    bends steps by the geodesic acceleration (Levenberg, 1944; Marquardt, 1963; Transtrum & Sethna, 2012).

    >>> found = levenberg_marquardt(lambda theta: theta**2 - 2, np.ones(1), lambda theta: 2 * np.diag(theta))
    >>> round(float(found.theta[0]), 9)
    1.414213562
    """
    watch = _Watch(residuals, jacobian, max_iterations)
    start = np.array(theta, dtype=float)
    try:
        found = descend(
            watch.value, watch.locally, _smaller, start, rules or Damping(), watch.iteration, target
        )
        message = found.reason
    except Stop as stop:
        message = str(stop)
    return Solution(watch.theta, watch.best, message, watch.iterations, watch.evaluations, watch.jacobians)


def _smaller(local: Dense) -> Solver:
    rows, size = local.shape
    return by_samples(local) if rows < size else by_parameters(local)
