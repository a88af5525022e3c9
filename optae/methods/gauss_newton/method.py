"""Gauss-Newton in sample space, damped as by Levenberg and Marquardt.

Solvers "samples" and "parameters" take the damped step exactly, by a Cholesky factor. Solver "cg" takes it
inexactly: conjugate gradients that Martens' rule ends early, a truncated Gauss-Newton method.
"""

from dataclasses import dataclass, field
from functools import partial
from math import inf

import numpy as np

from ...registry import lookup
from ...streams import RESTART, stream
from ...training.budget import Budget, Stop
from ...training.contract import Ending
from ...training.problem import Problem
from ...training.trace import Trace
from .damping import Damping, descend
from .linear import SOLVERS
from .linearised import Linearised

MEMORY = 1e9  # bytes that a matrix and its factor take at most, where the solver is ours to choose
LIMIT = 8e9  # and where it is not
PRODUCTS = 1e4  # operations for each parameter and sample that a solution by conjugate gradients takes
CALLS = 2e9  # and the time of calling them, in operations


@dataclass(frozen=True)
class GaussNewton:
    """Damped steps by the generalised Gauss-Newton matrix, on all the data of one frozen draw.

    An iteration is a linearisation and the step from it. A descent that has ended while a target or a
    budget remains is followed by another from a fresh start of the same seed; the trace keeps the best.
    Values are the engine's; derivatives are NumPy's, by hand, on every engine.
    """

    rules: Damping = field(default_factory=Damping)
    restarts: int = 100
    solver: str = "auto"  # the cheapest of `SOLVERS`, of which cg takes inexact steps; or one of them

    def __post_init__(self) -> None:
        lookup("solver", self.solver, {"auto": None, **SOLVERS})
        if self.restarts < 0:
            raise ValueError(f"restarts={self.restarts}: give 0 or more")

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, if it cannot: where the given solver needs too large a matrix."""
        _, rows, size = _extent(problem)
        side = {"samples": rows, "parameters": size}.get(self.solver, 0)
        if (bytes := 16 * side**2) > LIMIT:
            return f"lm stores two matrices of {side} x {side}, {bytes / 1e9:.0f} GB; use solver=cg"
        return None

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and message; the trace is told the number of `restarts`."""
        f, solver = trace.watch(problem.objective()), SOLVERS[self._solver(problem)]
        draw, restarts = f.draw.map(lambda a: np.asarray(a, dtype=float)), 0
        trace.tell("restarts", restarts)
        locally = partial(Linearised, f.model, draw, charge=f.charge, operate=f.operate)
        while True:
            try:
                found = descend(f, locally, solver, theta, self.rules, trace.iteration)
            except Stop as stop:
                raise Stop(stop.status, f"{stop}{_after(restarts)}") from None
            if restarts >= self.restarts or not _remains(trace.budget):
                return "converged", f"{found.reason}{_after(restarts)}"
            restarts += 1
            trace.tell("restarts", restarts)
            theta = problem.model.init(stream(problem.seed, RESTART, restarts))

    def _solver(self, problem: Problem) -> str:
        """The given solver, or the one of the fewest operations whose matrix fits."""
        if self.solver != "auto":
            return self.solver
        samples, rows, size = _extent(problem)
        costs = {"cg": PRODUCTS * samples * size + CALLS}
        if 16 * rows**2 <= MEMORY:
            costs["samples"] = rows**3 / 3
        if 16 * size**2 <= MEMORY:
            costs["parameters"] = rows * size**2 + size**3 / 3
        return min(costs, key=costs.__getitem__)


def _extent(problem: Problem) -> tuple[int, int, int]:
    """Samples, residual rows and parameters."""
    model = problem.model
    samples = len(problem.x) * (problem.samples if model.random else 1)
    penalties = model.bottleneck.width(model.latent_width) if model.bottleneck.samples else 0
    return samples, samples * (model.widths[-1] + penalties), model.size


def _remains(budget: Budget) -> bool:
    """Whether anything is left to reach or to spend."""
    limits = budget.max_seconds, budget.max_evaluations, budget.max_iterations
    return budget.target is not None or min(limits) < inf


def _after(restarts: int) -> str:
    return f" after {restarts} restart{'s' * (restarts != 1)}" if restarts else ""
