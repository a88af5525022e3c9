"""Damped linear least squares: min over q of |r + A q|^2 / 2 + damping |q|^2 / 2, solved in three ways.

A has a row for each residual and a column for each parameter, and need not be formed. By samples the
matrix to factorise has the side of r, by parameters that of q; conjugate gradients factorise nothing.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy import linalg

Solver = Callable[[float], np.ndarray]  # damping -> q (size,)


class Linear(Protocol):
    """r + A q: residuals (rows,) to first order in q (size,)."""

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, size)."""

    @property
    def residuals(self) -> np.ndarray:
        """r (rows,)."""

    def pull(self, v: np.ndarray) -> np.ndarray:
        """A^T v (size,), of v (rows,)."""

    def product(self, q: np.ndarray) -> np.ndarray:
        """A^T A q (size,)."""

    def gram(self) -> np.ndarray:
        """A A^T (rows, rows): the upper triangle; the lower one may hold anything."""

    def normal(self) -> np.ndarray:
        """A^T A (size, size), likewise."""


def by_samples(linear: Linear) -> Solver:
    """q = -A^T (A A^T + damping I)^-1 r."""
    solve = _shifted(linear.gram())
    return lambda damping: -linear.pull(solve(damping, linear.residuals))


def by_parameters(linear: Linear) -> Solver:
    """q = -(A^T A + damping I)^-1 A^T r."""
    solve, grad = _shifted(linear.normal()), linear.pull(linear.residuals)
    return lambda damping: -solve(damping, grad)


def by_cg(linear: Linear, most: int = 250, progress: float = 5e-4) -> Solver:
    """The same by conjugate gradients, at most `most` of them, ended where the model gains no more.

    The rule of Martens (2010): when the last k = max(10, i / 10) of i steps have together gained less than
    the share k `progress` of all that was gained.
    """
    grad = linear.pull(linear.residuals)

    def solve(damping: float) -> np.ndarray:
        q, rest, towards = np.zeros_like(grad), -grad, -grad
        square, values = rest @ rest, [0.0]
        while square > 0 and len(values) <= most and not _idle(values, progress):
            product = linear.product(towards) + damping * towards
            length = square / (towards @ product)
            q = q + length * towards
            rest = rest - length * product
            before, square = square, rest @ rest
            towards = rest + square / before * towards
            values.append(0.5 * (grad - rest) @ q)
        return q

    return solve


SOLVERS: dict[str, Callable[[Linear], Solver]] = {
    "samples": by_samples,
    "parameters": by_parameters,
    "cg": by_cg,
}


def _idle(values: list[float], progress: float) -> bool:
    """Whether the quadratic model's `values`, from 0 down, have stopped falling."""
    k = max(10, len(values) // 10)
    return len(values) > k and values[-1] - values[-1 - k] >= k * progress * values[-1]


def _shifted(matrix: np.ndarray) -> Callable[[float, np.ndarray], np.ndarray]:
    """(damping, b) -> (matrix + damping I)^-1 b by Cholesky, for a symmetric matrix in its upper triangle.

    Raises LinAlgError where the sum is not positive definite in double precision.
    """
    lower, diagonal = matrix.T, matrix.diagonal().copy()  # LAPACK reads by columns

    def solve(damping: float, b: np.ndarray) -> np.ndarray:
        work = lower.copy(order="F")
        np.fill_diagonal(work, diagonal + damping)
        factor = linalg.cho_factor(work, lower=True, overwrite_a=True, check_finite=False)
        return linalg.cho_solve(factor, b, check_finite=False)

    return solve
