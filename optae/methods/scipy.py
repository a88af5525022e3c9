"""scipy.optimize's methods on all the data of one frozen draw, with SciPy's defaults.

SciPy's limits on iterations and evaluations are lifted, because the trace enforces the budget. So a run that
SciPy reports as a success has met one of the method's own tolerances. `scipy_work` charges the operations
that methods spend outside of the objective.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import optimize
from scipy.sparse.linalg import LinearOperator

from ..engines.cost import product
from ..training.contract import Ending
from ..training.problem import Problem
from ..training.trace import Trace
from ..training.watched import Watched
from .scipy_options import check
from .scipy_work import Options, OwnWork, minpack, trf

UNLIMITED = 10**9  # iterations or evaluations that no run reaches
MEMORY = 4e9  # bytes that a Jacobian can take
LONGEST = 1e12  # operations of a step inside SciPy, up to about 20 seconds, that no budget can end


@dataclass(frozen=True)
class Minimize:
    """One of the methods of scipy.optimize.minimize."""

    name: str
    options: Options = field(default_factory=dict)
    gradient: bool = True
    curvature: str = ""  # "product" or "matrix" of the Hessian
    up_to: float = np.inf  # parameters
    limits: tuple[str, ...] = ("maxiter",)

    def __post_init__(self) -> None:
        check(self.options, self.name)

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""
        return too_large(self.name, problem, self.up_to)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and SciPy's message."""
        f = trace.watch(problem.objective())
        own = OwnWork(self.name, problem.model.size, self.options, trace)

        def callback(*_: object, **__: object) -> None:
            own()
            trace.iteration()

        curvature: dict[str, Callable[..., np.ndarray]] = {}
        if self.curvature:
            curvature = {"hessp": f.hvp} if self.curvature == "product" else {"hess": hessian(f)}
        found = optimize.minimize(
            f.value_and_grad if self.gradient else f,
            theta,
            jac=self.gradient or None,
            method=self.name,
            callback=callback,
            options={**dict.fromkeys(self.limits, UNLIMITED), **self.options},
            **curvature,
        )
        return ending_of(found)


@dataclass(frozen=True)
class LeastSquares:
    """scipy.optimize.least_squares; an iteration is an accepted step, and ends at the next Jacobian.

    A step factorises the Jacobian inside SciPy, where no budget can end it, so more than `LONGEST` operations
    are refused. With tr_solver=lsmr a step takes many products, and the budget can end it after any of them.
    """

    name: str  # trf, dogbox, lm
    options: Options = field(default_factory=dict)

    def __post_init__(self) -> None:
        check(self.options, self.name)

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""
        if reason := problem.model.residual_reason(problem.target):
            return f"least-squares needs residuals, but {reason}"
        rows, size = (
            problem.target.size * (problem.samples if problem.model.random else 1),
            problem.model.size,
        )
        if self.name == "lm" and rows < size:
            return f"least-squares-lm needs as many residuals as parameters, but there are {rows} and {size}"
        if (bytes := 8 * rows * size) > MEMORY:
            return f"least-squares stores a Jacobian of {rows} x {size}, {bytes / 1e9:.0f} GB; use l-bfgs"
        if self.options.get("tr_solver") != "lsmr" and (count := self._factorises(rows, size)) > LONGEST:
            return (
                f"a step of least-squares factorises a Jacobian of {rows} x {size}, {count:.0e} operations"
                " that no budget can end; use lm, or trf with tr_solver=lsmr"
            )
        return None

    def _factorises(self, rows: int, size: int) -> float:
        return (minpack if self.name == "lm" else trf)(rows, size)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and SciPy's message."""
        f, last = trace.watch(problem.objective()), theta.copy()

        def jacobian(theta: np.ndarray) -> np.ndarray | _Products:
            if not np.array_equal(theta, last):  # SciPy may take the first Jacobian twice
                trace.iteration()
                last[:] = theta
            found = f.jacobian(theta)
            if self.options.get("tr_solver") == "lsmr":
                return _Products(found, trace)
            trace.operate(self._factorises(*found.shape))
            return found

        known = {name: _or_none(name, value) for name, value in self.options.items()}
        options = {"max_nfev": UNLIMITED, **known}
        return ending_of(
            optimize.least_squares(f.residuals, theta, jac=jacobian, method=self.name, **options)
        )


def _or_none(name: str, value: Any) -> Any:
    """Return an option; a tolerance below rounding is None, as SciPy warns that it has no effect."""
    small = name.endswith("tol") and isinstance(value, float) and value < np.finfo(float).eps
    return None if small else value


class _Products(LinearOperator):  # type: ignore[misc]
    """A Jacobian (rows, size) whose products are charged; the budget can end a long step at any of them."""

    def __init__(self, jacobian: np.ndarray, trace: Trace) -> None:
        super().__init__(jacobian.dtype, jacobian.shape)
        self._jacobian, self._trace = jacobian, trace
        self._price = product(len(jacobian), jacobian.shape[1], 1)

    def _matvec(self, v: np.ndarray) -> np.ndarray:
        self._trace.operate(self._price)
        return self._jacobian @ v

    def _rmatvec(self, v: np.ndarray) -> np.ndarray:
        self._trace.operate(self._price)
        return self._jacobian.T @ v


def hessian(f: Watched) -> Callable[[np.ndarray], np.ndarray]:
    """Return the whole Hessian, one product for each column."""
    return lambda theta: np.stack([f.hvp(theta, e) for e in np.eye(len(theta))])


def too_large(name: str, problem: Problem, up_to: float) -> str | None:
    """Return why a method cannot run on so many parameters, or None if it can."""
    if problem.model.size <= up_to:
        return None
    return f"{name} works for at most {up_to:,.0f} parameters, and this network has {problem.model.size:,}"


def ending_of(found: optimize.OptimizeResult) -> Ending:
    """Return the status and message of a result of SciPy's."""
    return ("converged" if found.success else "stopped"), text_of(found)


def text_of(found: optimize.OptimizeResult) -> str:
    """Return SciPy's message in one line."""
    message = found.message
    return " ".join((", ".join(message) if isinstance(message, list | tuple) else str(message)).split())
