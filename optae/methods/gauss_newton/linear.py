"""Damped linear least squares, min over q of |v + A q|^2 / 2 + damping |q|^2 / 2, solved in three ways.

A has a row for each residual and a column for each parameter, and need not be formed. The solution is exact
by samples, where the matrix to factorise has the side of v, and by parameters, where it has the side of q.
Conjugate gradients factorise nothing, end early and give an inexact solution.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy import linalg

from ...engines.cost import cholesky, product, triangular

Solve = Callable[[np.ndarray], np.ndarray]  # v (rows,) -> q (size,)
Solver = Callable[[float], Solve]  # damping -> Solve; each new damping costs a factorisation
Operate = Callable[[float], None]  # charges a number of operations, and can end the run
WHOLE = 2048  # columns up to which a matrix is factorised at once
PIECE = 512  # columns of a larger matrix that are factorised at a time
LEAST_STEPS, LATE_SHARE = 10, 10  # Martens looks back over 10 steps, or a tenth of all if that is more


class Linear(Protocol):
    """r + A q: residuals (rows,) to first order in q (size,)."""

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, size)."""

    @property
    def residuals(self) -> np.ndarray:
        """r (rows,)."""

    def pull(self, v: np.ndarray) -> np.ndarray:
        """Return A^T v (size,) for v (rows,)."""

    def product(self, q: np.ndarray) -> np.ndarray:
        """Return A^T A q (size,)."""

    def gram(self) -> np.ndarray:
        """Return A A^T (rows, rows); only its upper triangle is read."""

    def normal(self) -> np.ndarray:
        """Return A^T A (size, size); only its upper triangle is read."""

    def operate(self, count: float) -> None:
        """Charge a number of operations; this can end the run."""


def by_samples(linear: Linear) -> Solver:
    """Return the solver q = -A^T (A A^T + damping I)^-1 v."""
    inverse = _shifted(linear.gram(), linear.operate)

    def solver(damping: float) -> Solve:
        solve = inverse(damping)
        return lambda v: -linear.pull(solve(v))

    return solver


def by_parameters(linear: Linear) -> Solver:
    """Return the solver q = -(A^T A + damping I)^-1 A^T v."""
    inverse = _shifted(linear.normal(), linear.operate)

    def solver(damping: float) -> Solve:
        solve = inverse(damping)
        return lambda v: -solve(linear.pull(v))

    return solver


def by_cg(linear: Linear, most: int = 250, progress: float = 5e-4) -> Solver:
    """Return an inexact solver of at most `most` conjugate gradient steps.

    The rule of Martens (2010) ends it when the last k = max(10, i / 10) of i steps have together gained less
    than the share k `progress` of the total gain, which leaves the result a few per cent off the exact one.
    """
    return lambda damping: lambda v: _conjugate(linear, damping, -linear.pull(v), most, progress)


SOLVERS: dict[str, Callable[[Linear], Solver]] = {
    "samples": by_samples,
    "parameters": by_parameters,
    "cg": by_cg,
}


def factorised(a: np.ndarray, operate: Operate, whole: int = WHOLE, piece: int = PIECE) -> np.ndarray:
    """Return the Cholesky factor of a (n, n), whose lower triangle is read and overwritten.

    More than `whole` columns are factorised `piece` columns at a time, and `operate` is told the operations
    of each piece before it begins. Raises LinAlgError if a is not positive definite.
    """
    if len(a) <= whole:
        operate(cholesky(len(a)))
        return linalg.cho_factor(a, lower=True, overwrite_a=True, check_finite=False)[0]
    for start in range(0, len(a), piece):
        own, below = slice(start, start + piece), slice(start + piece, None)
        side, rest = a[own, own], a[below, own]
        operate(product(len(a) - start, start, len(side)) + cholesky(len(side)) + len(rest) * len(side) ** 2)
        a[start:, own] -= a[start:, :start] @ a[own, :start].T
        side[...] = linalg.cholesky(side, lower=True, check_finite=False)
        rest[...] = linalg.solve_triangular(side, rest.T, lower=True, check_finite=False).T
    return a


def _conjugate(linear: Linear, damping: float, b: np.ndarray, most: int, progress: float) -> np.ndarray:
    """Return (A^T A + damping I)^-1 b approximately (Hestenes & Stiefel, 1952)."""
    q, rest, towards = np.zeros_like(b), b, b
    square, values = b @ b, [0.0]
    while square > 0 and len(values) <= most and not _idle(values, progress):
        product = linear.product(towards) + damping * towards
        length = square / (towards @ product)
        q, rest = q + length * towards, rest - length * product
        before, square = square, rest @ rest
        towards = rest + square / before * towards
        values.append(-0.5 * (b + rest) @ q)
    return q


def _idle(values: list[float], progress: float) -> bool:
    """Return whether the quadratic's `values`, which fall from 0, have almost stopped falling."""
    k = max(LEAST_STEPS, len(values) // LATE_SHARE)
    return len(values) > k and values[-1] - values[-1 - k] >= k * progress * values[-1]


def _shifted(matrix: np.ndarray, operate: Operate) -> Callable[[float], Solve]:
    """Return damping -> (v -> (matrix + damping I)^-1 v), by Cholesky; only the upper triangle is read.

    Factorising raises LinAlgError if the sum is not positive definite in double precision.
    """
    lower, diagonal = matrix.T, matrix.diagonal().copy()  # LAPACK reads by columns

    def factorise(damping: float) -> Solve:
        work = lower.copy(order="F")
        np.fill_diagonal(work, diagonal + damping)
        factor = factorised(work, operate)

        def solve(v: np.ndarray) -> np.ndarray:
            operate(2 * triangular(len(v)))
            return linalg.cho_solve((factor, True), v, check_finite=False)

        return solve

    return factorise
