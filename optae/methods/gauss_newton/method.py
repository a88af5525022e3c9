"""Gauss-Newton in sample space, with the damping of Levenberg and Marquardt.

The solvers "samples" and "parameters" find the exact damped step by a Cholesky factor. The solver "cg" finds
an inexact one by conjugate gradients, which Martens' rule ends early: a truncated Gauss-Newton method.
"""

from dataclasses import dataclass, field

import numpy as np

from ...engines.slices import slices
from ...registry import lookup
from ...training.contract import Ending
from ...training.problem import Problem
from ...training.trace import Trace
from .damping import Damping, Local, descend
from .decayed import Decayed
from .linear import SOLVERS
from .linearised import Linearised
from .sliced import SLICE, Sliced

MEMORY = 1e9  # most bytes of a matrix and its factor if solver=auto chooses
LIMIT = 8e9  # most bytes of a matrix and its factor if the user chooses the solver
PRODUCTS = 1e4  # operations of a solution by conjugate gradients, for each parameter and sample
CALLS = 2e9  # the time that a solution's calls take, in operations


@dataclass(frozen=True)
class GaussNewton:
    """Damped steps by the generalised Gauss-Newton matrix, on all the data of one frozen draw.

    An iteration is a linearisation and the step from it. The engine computes values; derivatives are those
    written by hand in NumPy, on every engine.
    """

    rules: Damping = field(default_factory=Damping)
    solver: str = "auto"  # one of `SOLVERS`, or auto for the cheapest of them

    def __post_init__(self) -> None:
        lookup("solver", self.solver, {"auto": None, **SOLVERS})

    def refuses(self, problem: Problem) -> str | None:
        """Return the reason if the given solver needs too large a matrix, else None."""
        _, rows, size = _extent(problem)
        if self.solver == "samples" and problem.model.l2:
            return "solver=samples of lm does not support L2; use solver=cg or parameters"
        side = {"samples": rows, "parameters": size}.get(self.solver, 0)
        if (bytes := 16 * side**2) > LIMIT:
            return f"lm stores two matrices of {side} x {side}, {bytes / 1e9:.0f} GB; use solver=cg"
        return None

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and message."""
        f, solver = trace.watch(problem.objective()), self._solver(problem)
        draw = f.draw.map(lambda a: np.asarray(a, dtype=float))
        parts = slices(len(draw.x), draw.x.shape[1], SLICE)
        sliced = len(parts) > 1 and solver != "samples"

        def fitted(theta: np.ndarray) -> Linearised | Sliced:
            if sliced:
                return Sliced(parts, f.model, draw, theta, f.charge, f.operate)
            return Linearised(f.model, draw, theta, f.charge, f.operate)

        def locally(theta: np.ndarray) -> Local:
            local = fitted(theta)
            return Decayed(local, theta, f.model.l2) if f.model.l2 else local

        return "converged", descend(f, locally, SOLVERS[solver], theta, self.rules, trace.iteration).reason

    def _solver(self, problem: Problem) -> str:
        """Return the given solver, or the one with the fewest operations whose matrix fits into memory."""
        if self.solver != "auto":
            return self.solver
        samples, rows, size = _extent(problem)
        costs = {"cg": PRODUCTS * samples * size + CALLS}
        if 16 * rows**2 <= MEMORY and not problem.model.l2:
            costs["samples"] = rows**3 / 3
        if 16 * size**2 <= MEMORY:
            costs["parameters"] = rows * size**2 + size**3 / 3
        return min(costs, key=costs.__getitem__)


def _extent(problem: Problem) -> tuple[int, int, int]:
    """Return the numbers of samples, residual rows and parameters."""
    model = problem.model
    samples = len(problem.x) * (problem.samples if model.random else 1)
    return samples, samples * (model.widths[-1] + model.penalty_rows), model.size
