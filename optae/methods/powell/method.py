"""Powell's method, compiled: SciPy's algorithm step for step, with a loss that recomputes only what changed.

SciPy's Powell is chaotic: the last bit of a value, such as the order of a sum, decides where a weight on a
plateau goes. On the same loss the iterates are SciPy's, bit for bit. They are also SciPy's on NumPy's loss if
the compiled loss (`network`) has the same bits, which requires that every layer is at least two units wide,
the number of samples is a multiple of four, a squared error is not below `ROUNDED`, and NumPy's BLAS adds in
the order of OpenBLAS on x86-64. Otherwise BLAS uses other kernels, and values differ in their last bits.
Counts of evaluations follow the path, so they can differ between kinds of processors.
"""

import time
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from ...engines import Array
from ...engines.clock import compiling
from ...model.activations import Identity, LeakyRelu, Logistic, Relu, Softplus, Tanh
from ...model.chain import Chain
from ...model.derivatives import ROUNDED
from ...model.losses import CrossEntropy, SoftmaxEntropy, SquaredError
from ...training.contract import Ending
from ...training.objective import Objective
from ...training.problem import Problem
from ...training.trace import Trace

SCORED = SquaredError, CrossEntropy, SoftmaxEntropy  # the losses that are compiled
BRISK = 0.01  # seconds that one compiled call should take, during which Ctrl-C waits
UNLIMITED = 10**9  # evaluations that no run reaches
TINY = 1e-20  # SciPy's: the change of the value that counts as none, even at the value 0


@dataclass(frozen=True)
class PowellFast:
    """Powell's method (Powell, 1964) with SciPy's changes; an iteration searches along every direction."""

    xtol: float = 1e-4
    ftol: float = 1e-4

    def __post_init__(self) -> None:
        for name, value in {"xtol": self.xtol, "ftol": self.ftol}.items():
            if not value >= 0:
                raise ValueError(f"{name}={value}: give a number from 0")

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""
        if find_spec("numba") is None:
            return "powell-fast is compiled by numba, which is missing: pip install optae[fast]"
        if problem.model.penalty_rows:
            return "powell-fast does not support a sampled bottleneck; use powell, or a model without one"
        if not _compilable(problem.model):
            return "powell-fast is compiled for optae's own losses and activations; use powell"
        return None

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and message."""
        descent = Descent(problem.objective(), theta, trace, 100 * self.xtol)
        while True:
            before = descent.value
            gain, place = descent.sweep()
            value = descent.value
            trace.iteration(descent.theta)
            if 2.0 * (before - value) <= self.ftol * (abs(before) + abs(value)) + TINY:
                return "converged", "Optimization terminated successfully."
            descent.extrapolate(before, gain, place)


class Descent:
    """A descent: its point and its set of directions, reported to the trace."""

    def __init__(self, objective: Objective, theta: np.ndarray, trace: Trace, tol: float) -> None:
        size = objective.model.size
        self._objective, self._trace, self._tol = objective, trace, tol
        self._order = np.arange(size)  # directions: a parameter, or -1 - slot for a stored direction
        self._stored, self._free = np.zeros((1, size)), [0]
        self._rate = 0.0  # evaluations a second
        self._anchor = theta.copy()  # where the last sweep ended
        with compiling():
            from .setup import compiled, prepare

            self._sweep, self._memory = compiled(), prepare(objective)
            self._run(self._order[:0], 0, 0, 0)
        self.visit(theta, charge=1)

    @property
    def theta(self) -> np.ndarray:
        """The current vector (size,), as a view."""
        return self._memory.view("theta", len(self._order))

    @property
    def value(self) -> float:
        """The loss at theta."""
        return float(self._memory.view("values", 1)[0])

    @property
    def _operations(self) -> float:
        """The operations of the last call of the compiled code."""
        return 2.0 * int(self._memory.view("counts", 3)[2])

    def sweep(self) -> tuple[float, int]:
        """Search along every direction; return the greatest gain and the place of its direction."""
        at, gain, place = 0, 0.0, 0
        while at < len(self._order):
            at, most, where, _ = self._search(self._order, at)
            if most > gain:
                gain, place = most, where
        return gain, place

    def extrapolate(self, before: float, gain: float, place: int) -> None:
        """Make the step between two sweeps' ends a direction and search along it, if that promises a gain."""
        theta, value = self.theta.copy(), self.value
        step, self._anchor = theta - self._anchor, theta
        far = self.visit(theta + step, charge=1)
        self.visit(theta)
        if before > far:
            t = 2.0 * (before + far - 2.0 * value) * (before - value - gain) ** 2
            if t - gain * (before - far) ** 2 < 0.0 and step.any():
                self._learn(step, place)

    def _learn(self, step: np.ndarray, place: int) -> None:
        """Search along the step, and replace the direction of the greatest gain by it."""
        if not self._free:
            self._free = [*range(len(self._stored), 2 * len(self._stored))]
            self._stored = np.vstack([self._stored, np.zeros_like(self._stored)])
        slot = self._free.pop()
        self._stored[slot] = step
        *_, alpha = self._search(np.array([-1 - slot]), 0)
        self._stored[slot] = alpha * step
        if not self._stored[slot].any():
            self._free.append(slot)
            return
        if (old := self._order[place]) < 0:
            self._free.append(-1 - old)
        self._order[place], self._order[-1] = self._order[-1], -1 - slot

    def visit(self, theta: np.ndarray, charge: int = 0) -> float:
        """Move to theta and return the loss there; `charge` evaluations are reported to the trace."""
        self._memory.view("trial", len(theta))[:] = theta
        self._run(np.array([len(theta)]), 0, 1, 0)
        if charge:
            self._report(theta, self.value, charge)
        return self.value

    def _report(self, theta: np.ndarray, value: float, count: int) -> None:
        """Report the lowest value to the trace; below `ROUNDED` the model's own, which is more precise."""
        value = self._objective(theta) if value < ROUNDED else value
        self._trace.batch(theta, value, count, self._operations)

    def _search(self, order: np.ndarray, first: int) -> tuple[int, float, int, float]:
        """Take as many line searches as fit into `BRISK` seconds."""
        trace, size = self._trace, len(self._order)
        seconds = min(BRISK, trace.budget.max_seconds - trace.seconds)
        quota = trace.stride(1, max(1, int(self._rate * seconds)))
        allowed, started = trace.allowance(1, UNLIMITED, UNLIMITED), time.perf_counter()
        found = self._run(order, first, quota, allowed)
        count = int(self._memory.view("counts", 1)[0])
        rate = count / (time.perf_counter() - started)
        self._rate = min(rate, 1.1 * self._rate or rate)  # grows slowly: the slowest recent layer counts
        self._report(self._memory.view("best", size), float(self._memory.view("values", 2)[1]), count)
        return found

    def _run(self, order: np.ndarray, first: int, quota: int, allowed: int) -> Array:
        memory = self._memory
        memory.view("counts", 3)[:] = 0, allowed, 0
        return self._sweep(memory.at, memory.ints, memory.reals, self._stored, order, first, quota, self._tol)


def _compilable(model: Chain) -> bool:
    """Return whether its criterion and activations are among those that are compiled."""
    activations = [f for network in model.networks for *_, f in network.layers]
    return isinstance(model.criterion, SCORED) and all(
        isinstance(f, Identity | LeakyRelu | Logistic | Relu | Softplus | Tanh) for f in activations
    )
