"""The loop over compiled epochs, the same for every method that has them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NoReturn, Protocol, runtime_checkable

import numpy as np

from ...engines import Tree
from ...engines.contract import Epoch
from ...engines.hardware import Hardware
from ...engines.streams import DEVICE, words
from ...evaluation.heldout import looked_at
from ...training.checkpoint import Checkpoint
from ...training.contract import Method
from ...training.problem import Problem
from ...training.thread_rule import forward
from ...training.trace import Trace

Work = Callable[[int, int, int, float], float]  # (steps before, steps, batch, counted) -> operations


def nothing(before: int, steps: int, batch: int, counted: float) -> float:
    """Return no operations, for steps that take only the loss and its gradient."""
    return 0.0


def uncounted(carry: Tree) -> float:
    """Return 0, for a carry that counts nothing."""
    return 0.0


@dataclass(frozen=True)
class Plan:
    """What a method runs in each epoch, and what its carry holds."""

    run: Epoch
    carry: Tree  # before the first step
    vector: Callable[[Tree], np.ndarray]  # the carry's theta (size,), which is measured
    orders: Iterator[np.ndarray]  # the samples of each epoch's batches, (steps, batch)
    look: int = 1  # epochs between two measurements on the held-out data
    work: Work = nothing  # operations besides those of the loss and its gradient
    count: Callable[[Tree], float] = uncounted  # what the carry has counted so far, for `work`


class InEpochs(ABC):
    """A method in compiled epochs; the parts of its contract that do not depend on its steps."""

    batch: int | None  # samples of a step, or None for all
    endless = validated = True

    @abstractmethod
    def plan(self, problem: Problem, theta: np.ndarray) -> Plan:
        """Return what each epoch runs, from theta (size,)."""

    def product(self, problem: Problem) -> float:
        """Return the operations of the largest layer's product in a step."""
        return forward(problem, problem.batch(self.batch))

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        """Train until `Stop` ends it: it never converges by itself."""
        self.run_from(problem, theta, trace, None)

    def run_from(
        self, problem: Problem, theta: np.ndarray, trace: Trace, checkpoint: Checkpoint | None
    ) -> NoReturn:
        """Train as `run` does, from the checkpoint if there is one."""
        train(problem, trace, checkpoint, self.plan(problem, theta))


@runtime_checkable
class CompiledMethod(Method, Protocol):
    """A method that always compiles its epochs, and needs to be told only where."""

    def on(self, hardware: Hardware, look: int) -> Method:
        """Return the method on this hardware, with `look` epochs between two looks at held-out data."""


def refusal_of(problem: Problem, batch: int | None, hardware: Hardware) -> str | None:
    """Return why epochs cannot be compiled, or None if they can. Raises ValueError for missing hardware."""
    if problem.engine.compiler is None:
        return "compiled epochs run on JAX; choose engine jax"
    if problem.model.random and not problem.fresh:
        return "compiled epochs draw fresh noise: leave out `precision` for the frozen regime"
    if (batch := problem.batch(batch)) % hardware.devices:
        return f"batch {batch} does not split over {hardware.devices} devices"
    hardware.check()
    return None


def train(problem: Problem, trace: Trace, checkpoint: Checkpoint | None, plan: Plan) -> NoReturn:
    """Run epochs until `Stop` ends it, from the checkpoint if there is one.

    The problem's yardstick measures the vector at the end of an epoch, off the clock; the best vector is the
    one with the lowest such value, and a target on the loss applies to that value. Budgets are checked
    between epochs, and one that would end after the budget's seconds is not begun.
    """
    yardstick, run, orders, steps = problem.yardstick(), plan.run, plan.orders, 0
    trace.measured_by(yardstick)
    with trace.paused():
        data, carry = run.put(problem.repeated()), run.put(plan.carry)
        kept = None if checkpoint is None else checkpoint.resume(trace, partial(run.restored, carry))
        if kept is not None:
            carry = kept
            steps = sum(len(next(orders)) for _ in range(trace.iterations))
            trace.check()
            _check_room(trace)
    while True:
        counted = plan.count(carry)
        order, key = next(orders), words(problem.seed, DEVICE, trace.iterations)
        carry, values = run(carry, data, order, key, trace.iterations)
        with trace.paused():
            counted = plan.count(carry) - counted
            vector = plan.vector(carry)
            value = yardstick(vector)
            _look(problem, trace, vector, plan.look)
        taken, batch = order.shape
        work, cost = plan.work(steps, taken, batch, counted), order.size / problem.points
        trace.epoch(float(values.mean(dtype=float)), cost, value, vector, work)
        steps += taken
        if checkpoint is not None:
            with trace.paused():
                checkpoint.keep(trace, run.leaves(carry))
        _check_room(trace)


def _check_room(trace: Trace) -> None:
    """Raise `Stop` if another epoch as long as the last one would not fit into the budget's seconds."""
    before, last = trace.history.rows[-2:]
    trace.budget.check_room(trace.seconds, last.seconds - before.seconds)


def _look(problem: Problem, trace: Trace, vector: np.ndarray, every: int) -> None:
    """Measure the held-out data after this epoch if a look is due."""
    epoch = trace.iterations + 1
    if epoch % every:
        return
    if seen := looked_at(problem.model, vector, problem.heldout, problem.engine, problem.seed):
        trace.history.heldout.append({"iteration": epoch, "seconds": trace.seconds, **seen})
