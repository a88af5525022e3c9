"""scipy.optimize's methods: all the data, one frozen draw, SciPy's own defaults.

SciPy's own limits on iterations and evaluations are lifted, for the budget is the trace's. So a success of
SciPy's was decided by a tolerance of the method's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
from scipy import optimize

from ..problem import Problem
from ..trace import Trace, Watched

UNLIMITED = 10**9
MEMORY = 4e9  # bytes that a Jacobian may take


@dataclass(frozen=True)
class Minimize:
    """scipy.optimize.minimize by one of its methods."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    gradient: bool = True
    curvature: str = ""  # "product" or "matrix" of the Hessian
    up_to: float = np.inf  # parameters
    limits: tuple[str, ...] = ("maxiter",)

    def refuses(self, problem: Problem) -> str | None:
        """Why this cannot run, if it cannot."""
        return _too_large(self.name, problem, self.up_to)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> tuple[str, str]:
        """Status and SciPy's message."""
        f = trace.watch(problem.objective())
        curvature: dict[str, Callable[..., Any]] = {}
        if self.curvature:
            curvature = {"hessp": f.hvp} if self.curvature == "product" else {"hess": _hessian(f)}
        found = optimize.minimize(
            f.value_and_grad if self.gradient else f,
            theta,
            jac=self.gradient or None,
            method=self.name,
            callback=trace.iteration,
            options={**dict.fromkeys(self.limits, UNLIMITED), **self.options},
            **curvature,
        )
        return _ending(found)


@dataclass(frozen=True)
class LeastSquares:
    """scipy.optimize.least_squares; an iteration is a step that was taken, over at the next Jacobian."""

    name: str  # trf, dogbox, lm
    options: Mapping[str, Any] = field(default_factory=dict)

    def refuses(self, problem: Problem) -> str | None:
        """Why this cannot run, if it cannot."""
        if reason := problem.model.residual_reason(problem.x):
            return f"least-squares needs residuals, but {reason}"
        rows, size = problem.x.size * (problem.samples if problem.model.random else 1), problem.model.size
        if self.name == "lm" and rows < size:
            return f"least-squares-lm needs as many residuals as parameters, but there are {rows} and {size}"
        if (bytes := 8 * rows * size) > MEMORY:
            return f"least-squares stores a Jacobian of {rows} x {size}, {bytes / 1e9:.0f} GB; use l-bfgs"
        return None

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> tuple[str, str]:
        """Status and SciPy's message."""
        f, start = trace.watch(problem.objective()), trace.counts.jacobian

        def jacobian(theta: np.ndarray) -> np.ndarray:
            if trace.counts.jacobian > start:
                trace.iteration()
            return f.jacobian(theta)

        options = {"max_nfev": UNLIMITED, **self.options}
        return _ending(optimize.least_squares(f.residuals, theta, jac=jacobian, method=self.name, **options))


@dataclass(frozen=True)
class Annealing:
    """scipy.optimize.dual_annealing in a box around zero, local searches by exact gradients.

    It has no tolerance and never converges. It tells nobody of its iterations while it runs, so it alone is
    given the budget's limit on them, rounded up.
    """

    bound: float
    options: Mapping[str, Any] = field(default_factory=dict)
    up_to: float = np.inf

    def refuses(self, problem: Problem) -> str | None:
        """Why this cannot run, if it cannot."""
        return _too_large("dual annealing", problem, self.up_to)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> tuple[str, str]:
        """Status and SciPy's message."""
        f, most = trace.watch(problem.objective()), min(trace.budget.max_iterations, UNLIMITED)
        found = optimize.dual_annealing(
            f,
            _box(theta, self.bound),
            x0=theta,
            rng=np.random.default_rng(problem.seed),
            maxiter=ceil(most),
            maxfun=UNLIMITED,
            minimizer_kwargs={"method": "L-BFGS-B", "jac": f.grad},
            **self.options,
        )
        trace.iterations = int(found.nit)
        trace.check()
        return "stopped", _text(found)


@dataclass(frozen=True)
class Evolution:
    """scipy.optimize.differential_evolution in a box around zero; an iteration is a generation."""

    bound: float
    options: Mapping[str, Any] = field(default_factory=dict)
    up_to: float = np.inf

    def refuses(self, problem: Problem) -> str | None:
        """Why this cannot run, if it cannot."""
        return _too_large("differential evolution", problem, self.up_to)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> tuple[str, str]:
        """Status and SciPy's message."""
        found = optimize.differential_evolution(
            trace.watch(problem.objective()),
            _box(theta, self.bound),
            x0=theta,
            rng=np.random.default_rng(problem.seed),
            maxiter=UNLIMITED,
            polish=False,
            callback=trace.iteration,
            **self.options,
        )
        return _ending(found)


@dataclass(frozen=True)
class BasinHopping:
    """scipy.optimize.basinhopping over L-BFGS-B; an iteration is a hop."""

    options: Mapping[str, Any] = field(default_factory=dict)

    def refuses(self, problem: Problem) -> str | None:
        """It always can run."""
        return None

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> tuple[str, str]:
        """Status and SciPy's message."""
        found = optimize.basinhopping(
            trace.watch(problem.objective()).value_and_grad,
            theta,
            niter=UNLIMITED,
            rng=np.random.default_rng(problem.seed),
            callback=trace.iteration,
            minimizer_kwargs={"method": "L-BFGS-B", "jac": True},
            **self.options,
        )
        return _ending(found)


def _hessian(f: Watched) -> Callable[[np.ndarray], np.ndarray]:
    """The whole matrix, a product a column."""
    return lambda theta: np.stack([f.hvp(theta, e) for e in np.eye(len(theta))])


def _box(theta: np.ndarray, bound: float) -> list[tuple[float, float]]:
    """[-bound, bound] for every parameter, wider only where the start is."""
    edges = np.maximum(bound, np.abs(theta))
    return list(zip(-edges, edges, strict=True))


def _too_large(name: str, problem: Problem, up_to: float) -> str | None:
    if problem.model.size <= up_to:
        return None
    return f"{name} works for at most {up_to:,.0f} parameters, and this network has {problem.model.size:,}"


def _ending(found: Any) -> tuple[str, str]:
    return ("converged" if found.success else "stopped"), _text(found)


def _text(found: Any) -> str:
    message = found.message
    return " ".join((", ".join(message) if isinstance(message, list | tuple) else str(message)).split())
