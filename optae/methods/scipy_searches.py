"""scipy.optimize's random searches on all the data of one frozen draw."""

from dataclasses import dataclass, field
from math import ceil

import numpy as np
from scipy import optimize

from ..engines.streams import ANNEALING, EVOLUTION, HOPPING, stream
from ..training.contract import Ending
from ..training.problem import Problem
from ..training.trace import Trace
from .scipy import UNLIMITED, ending_of, text_of, too_large
from .scipy_options import check
from .scipy_work import Options, OwnWork


@dataclass(frozen=True)
class Annealing:
    """scipy.optimize.dual_annealing in a box around zero, with local searches by exact gradients.

    It has no tolerance and never converges. It does not report its iterations while it runs, so it is the one
    method that is given the budget's limit on them, rounded up.
    """

    bound: float
    options: Options = field(default_factory=dict)
    up_to: float = np.inf
    endless = True

    def __post_init__(self) -> None:
        check({"bound": self.bound, **self.options})

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""
        return too_large("dual annealing", problem, self.up_to)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and SciPy's message."""
        f, most = trace.watch(problem.objective()), min(trace.budget.max_iterations, UNLIMITED)
        own = OwnWork("L-BFGS-B in a box", problem.model.size, {}, trace)
        found = optimize.dual_annealing(
            f,
            _box(theta, self.bound),
            x0=theta,
            rng=stream(problem.seed, ANNEALING, problem.redrawn, problem.restarted),
            maxiter=ceil(most),
            maxfun=UNLIMITED,
            minimizer_kwargs={"method": "L-BFGS-B", "jac": f.grad, "callback": own},
            **self.options,
        )
        trace.iterated(int(found.nit))
        return "stopped", text_of(found)


@dataclass(frozen=True)
class Evolution:
    """scipy.optimize.differential_evolution in a box around zero; an iteration is a generation."""

    bound: float
    options: Options = field(default_factory=dict)
    up_to: float = np.inf

    def __post_init__(self) -> None:
        check({"bound": self.bound, **self.options})

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""
        return too_large("differential evolution", problem, self.up_to)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and SciPy's message."""
        found = optimize.differential_evolution(
            trace.watch(problem.objective()),
            _box(theta, self.bound),
            x0=theta,
            rng=stream(problem.seed, EVOLUTION, problem.redrawn, problem.restarted),
            maxiter=UNLIMITED,
            polish=False,
            callback=trace.iteration,
            **self.options,
        )
        return ending_of(found)


@dataclass(frozen=True)
class BasinHopping:
    """scipy.optimize.basinhopping over L-BFGS-B; an iteration is a hop."""

    options: Options = field(default_factory=dict)
    endless = True

    def __post_init__(self) -> None:
        check(self.options)

    def refuses(self, problem: Problem) -> str | None:
        """Return None, as it can always run."""
        return None

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and SciPy's message."""
        own = OwnWork("L-BFGS-B", problem.model.size, {}, trace)

        def callback(*_: object, **__: object) -> None:
            own.calls = 0
            trace.iteration()

        found = optimize.basinhopping(
            trace.watch(problem.objective()).value_and_grad,
            theta,
            niter=UNLIMITED,
            rng=stream(problem.seed, HOPPING, problem.redrawn, problem.restarted),
            callback=callback,
            minimizer_kwargs={"method": "L-BFGS-B", "jac": True, "callback": own},
            **self.options,
        )
        return ending_of(found)


def _box(theta: np.ndarray, bound: float) -> list[tuple[float, float]]:
    """Return [-bound, bound] for every parameter, widened if the start is outside."""
    edges = np.maximum(bound, np.abs(theta))
    return list(zip(-edges, edges, strict=True))
