"""Operations that SciPy's methods spend on their own matrices, outside of the objective.

The formulas follow SciPy's implementation, for n parameters at the k-th callback. Methods that are not listed
work with vectors only. Where SciPy iterates inside a step, the formula takes the usual number of iterations,
which its docstring states.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engines.cost import cholesky, eigh, product, qr, svd, triangular
from ..training.trace import Trace

Options = Mapping[str, Any]  # SciPy's options of a method


def bfgs(n: int, k: int, options: Options) -> float:
    """Return two products of n x n matrices for the inverse Hessian, and one of it with the gradient."""
    return 2 * product(n, n, n) + product(n, n, 1)


def l_bfgs(n: int, k: int, options: Options) -> float:
    """Return, for m <= maxcor pairs, two products with an n x 2m matrix and new rows of m x m matrices."""
    return 16.0 * min(k, options.get("maxcor", 10)) * n


def l_bfgs_in_a_box(n: int, k: int, options: Options) -> float:
    """Return the operations of `l_bfgs` and of two more products, for the Cauchy point and its residual."""
    return 1.5 * l_bfgs(n, k, options)


def slsqp(n: int, k: int, options: Options) -> float:
    """Return the least-squares subproblem's QR factorisation by Householder (Lawson & Hanson, 1974)."""
    return qr(n, n)


def trust_exact(n: int, k: int, options: Options) -> float:
    """Return 6 factorisations of shifted Hessians (runs average 3 to 8), half of them with 3 solutions."""
    return 6 * cholesky(n) + 3 * 3 * triangular(n) + product(n, n, 1)


def nelder_mead(n: int, k: int, options: Options) -> float:
    """Return the sum of the simplex's points."""
    return float(n * n)


def cobyqa(n: int, k: int, options: Options) -> float:
    """Return the interpolation's eigenvectors and the choice of a point to replace, after 2 n + 1 points."""
    points, side = 2 * n + 1, 3 * n + 2
    return eigh(side) + 2 * product(side, side, points) if k > points else 0.0


PER_ITERATION: dict[str, Callable[[int, int, Options], float]] = {
    "BFGS": bfgs,
    "L-BFGS-B": l_bfgs,
    "L-BFGS-B in a box": l_bfgs_in_a_box,
    "SLSQP": slsqp,
    "trust-exact": trust_exact,
    "Nelder-Mead": nelder_mead,
    "COBYQA": cobyqa,
}


@dataclass
class OwnWork:
    """A callback for SciPy that charges the method's own operations since the last call."""

    name: str
    size: int
    options: Options
    trace: Trace
    calls: int = 0  # since the search began

    def __call__(self, *_: object, **__: object) -> None:
        self.calls += 1
        if self.name in PER_ITERATION:
            self.trace.operate(PER_ITERATION[self.name](self.size, self.calls, self.options))


def trf(rows: int, n: int) -> float:
    """Return a Jacobian's singular value decomposition, the gradient, and the residuals in the new basis."""
    return svd(rows, n) + 2 * product(rows, n, 1)


def minpack(rows: int, n: int) -> float:
    """Return a Jacobian's QR decomposition and one damped solution by Givens rotations, the usual number."""
    return qr(rows, n) + n**3
