"""Levenberg-Marquardt on any residuals, in SciPy's calling convention."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np

from ...training.budget import Stop
from .damping import Damping, descend
from .linear import Solver, by_parameters, by_samples

Function = Callable[[np.ndarray], np.ndarray]
PROBE = 0.1  # of a step: where its bend is measured


@dataclass(frozen=True, eq=False)
class Solution:
    """What `levenberg_marquardt` came to."""

    theta: np.ndarray  # (size,)
    value: float  # half the sum of squares there
    message: str
    iterations: int
    evaluations: int  # of the residuals
    jacobians: int


@dataclass(frozen=True, eq=False)
class Dense:
    """r + J q / lengths about theta: a `Local` of a Jacobian (rows, size) as it is."""

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
        """A^T v (size,)."""
        return self.a.T @ v

    def product(self, q: np.ndarray) -> np.ndarray:
        """A^T A q (size,)."""
        return self.a.T @ (self.a @ q)

    def gram(self) -> np.ndarray:
        """A A^T (rows, rows)."""
        return self.a @ self.a.T

    def normal(self) -> np.ndarray:
        """A^T A (size, size)."""
        return self.a.T @ self.a

    def operate(self, count: float) -> None:
        """Nobody counts them here."""

    def step(self, q: np.ndarray) -> np.ndarray:
        """q in the units of theta (size,)."""
        return q / self.lengths

    def bend(self, q: np.ndarray) -> np.ndarray:
        """The residuals' second derivative along the step, by one more evaluation a little way along it."""
        ahead = self.f(self.theta + PROBE * self.step(q))
        return (ahead - self.residuals - PROBE * (self.a @ q)) * (2 / PROBE**2)


class _Watch:
    """Both functions, counted; the best vector, and the last residuals, which are then linearised."""

    def __init__(self, residuals: Function, jacobian: Function, max_iterations: float) -> None:
        self._residuals, self._jacobian, self._most = residuals, jacobian, max_iterations
        self._lengths, self._last = np.zeros(1), (np.empty(0), np.empty(0))
        self.best, self.theta = inf, np.empty(0)
        self.evaluations = self.jacobians = self.iterations = 0

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """(rows,)."""
        self.evaluations += 1
        return np.asarray(self._residuals(theta), dtype=float)

    def value(self, theta: np.ndarray) -> float:
        """Half the sum of squares, and infinity where that is no number."""
        r = self.residuals(theta)
        self._last, value = (theta, r), 0.5 * float(r @ r)
        if value < self.best:
            self.best, self.theta = value, theta
        return value if value == value else inf

    def locally(self, theta: np.ndarray) -> Dense:
        """Columns scaled by the greatest length that each has had so far (More, 1978)."""
        at, r = self._last
        r = r if np.array_equal(at, theta) else self.residuals(theta)
        jacobian = np.asarray(self._jacobian(theta), dtype=float)
        self.jacobians += 1
        lengths = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
        self._lengths = np.maximum(self._lengths, lengths)
        safe = np.maximum(self._lengths, 1e-12 * self._lengths.max() or 1.0)
        return Dense(self.residuals, theta, r, jacobian / safe, safe)

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
    """Lowers half the sum of squares of `residuals` (rows,) from theta (size,), to `target` if it can.

    `jacobian` is their derivative (rows, size). The smaller of the two normal forms is solved, and steps
    follow their geodesic acceleration.

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
