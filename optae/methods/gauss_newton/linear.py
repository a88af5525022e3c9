"""Damped linear least squares: min over q of |v + A q|^2 / 2 + damping |q|^2 / 2, solved in three ways.

A has a row for each residual and a column for each parameter, and need not be formed. By samples the
matrix to factorise has the side of v, by parameters that of q, and the solution is exact; conjugate gradients
factorise nothing, end early and give an inexact one.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy import linalg

from ...engines.cost import cholesky, product, triangular

Solve = Callable[[np.ndarray], np.ndarray]  # v (rows,) -> q (size,)
Solver = Callable[[float], Solve]  # of a damping; a new one costs a factorisation
Operate = Callable[[float], None]  # hears how many operations are done
WHOLE, PIECE = 2048, 512  # columns of a matrix that is factorised in one go, and of a part of a larger one


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

    def operate(self, count: float) -> None:
        """So many operations are done with its matrices; may end the run."""


def by_samples(linear: Linear) -> Solver:
    """q = -A^T (A A^T + damping I)^-1 v."""
    inverse = _shifted(linear.gram(), linear.operate)

    def solver(damping: float) -> Solve:
        solve = inverse(damping)
        return lambda v: -linear.pull(solve(v))

    return solver


def by_parameters(linear: Linear) -> Solver:
    """q = -(A^T A + damping I)^-1 A^T v."""
    inverse = _shifted(linear.normal(), linear.operate)

    def solver(damping: float) -> Solve:
        solve = inverse(damping)
        return lambda v: -solve(linear.pull(v))

    return solver


def by_cg(linear: Linear, most: int = 250, progress: float = 5e-4) -> Solver:
    """The same inexactly, by at most `most` conjugate gradients, ended where the quadratic gains little more.

    The rule of Martens (2010), which leaves a step some per cent off the exact one: when the last k =
    max(10, i / 10) of i steps have together gained less than the share k `progress` of all that was gained.
    """
    return lambda damping: lambda v: _conjugate(linear, damping, -linear.pull(v), most, progress)


def _conjugate(linear: Linear, damping: float, b: np.ndarray, most: int, progress: float) -> np.ndarray:
    """(A^T A + damping I)^-1 b, approximately (Hestenes & Stiefel, 1952)."""
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


SOLVERS: dict[str, Callable[[Linear], Solver]] = {
    "samples": by_samples,
    "parameters": by_parameters,
    "cg": by_cg,
}


def _idle(values: list[float], progress: float) -> bool:
    """Whether the quadratic's `values`, from 0 down, have stopped falling."""
    k = max(10, len(values) // 10)
    return len(values) > k and values[-1] - values[-1 - k] >= k * progress * values[-1]


def _shifted(matrix: np.ndarray, operate: Operate) -> Callable[[float], Solve]:
    """damping -> (v -> (matrix + damping I)^-1 v) by Cholesky, of a symmetric matrix's upper triangle.

    Raises LinAlgError where the sum is not positive definite in double precision.
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


def factorised(a: np.ndarray, operate: Operate, whole: int = WHOLE, piece: int = PIECE) -> np.ndarray:
    """Cholesky's factor of a (n, n), which is read and overwritten in its lower triangle.

    One of more than `whole` columns is factorised `piece` columns at a time, and `operate` hears of each
    before it begins. Raises LinAlgError where a is not positive definite.
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
