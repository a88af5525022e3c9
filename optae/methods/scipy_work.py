"""What SciPy's methods do with matrices of their own, beside the calls that a trace sees.

Formulas of the algorithms as SciPy carries them out, n parameters, at the k-th callback. What is not listed
works with vectors alone. Where SciPy iterates unseen inside a step, the usual number is taken, and said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engines.cost import cholesky, eigh, product, qr, svd, triangular
from ..training.trace import Trace

Options = Mapping[str, Any]  # SciPy's, of a method


def bfgs(n: int, k: int, options: Options) -> float:
    """Two products of n x n matrices for the inverse Hessian, one with the gradient."""
    return 2 * product(n, n, n) + product(n, n, 1)


def l_bfgs(n: int, k: int, options: Options) -> float:
    """Of at most m pairs: the step by two products with an n x 2m matrix, and new rows of m x m matrices."""
    return 16.0 * min(k, options.get("maxcor", 10)) * n


def l_bfgs_in_a_box(n: int, k: int, options: Options) -> float:
    """Two more such products: for the Cauchy point, and for the residual there."""
    return 1.5 * l_bfgs(n, k, options)


def slsqp(n: int, k: int, options: Options) -> float:
    """The least-squares subproblem by Householder (Lawson & Hanson, 1974)."""
    return qr(n, n)


def trust_exact(n: int, k: int, options: Options) -> float:
    """Some 6 shifted Hessians are factorised (3 to 8 on average over a run), half of them for a step."""
    return 6 * cholesky(n) + 3 * 3 * triangular(n) + product(n, n, 1)


def nelder_mead(n: int, k: int, options: Options) -> float:
    """The sum of the simplex's points."""
    return float(n * n)


def cobyqa(n: int, k: int, options: Options) -> float:
    """After the 2 n + 1 first points: the interpolation's eigenvectors, and which point they replace."""
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
    """A callback of SciPy's, which charges what the method has done by itself since the last one."""

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
    """Of a Jacobian: its singular value decomposition, the gradient, the residuals in its coordinates."""
    return svd(rows, n) + 2 * product(rows, n, 1)


def minpack(rows: int, n: int) -> float:
    """Of a Jacobian: its QR decomposition, then one damped solution by Givens' rotations, as is usual."""
    return qr(rows, n) + n**3
