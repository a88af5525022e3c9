"""A first-order rule over whole compiled epochs: schedule, clipping and KL warm-up are words around it."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NoReturn

import numpy as np

from ...evaluation.elbo import elbo, refusal
from ...streams import DEVICE, words
from ...training.problem import Problem
from ...training.thread_rule import forward
from ...training.trace import Trace
from .schedules import Constant, Schedule

STEADY = Constant()


@dataclass(frozen=True)
class RuleModifiers:
    """What composes with any rule that has a rate."""

    schedule: Schedule = STEADY
    epochs: float = float("inf")  # where the schedule ends
    clip: float | None = None  # the gradient's largest norm, over all the weights
    kl_warmup: float = 0.0  # epochs until the bottleneck's penalty counts in full

    def weight(self, time: Any, xp: Any) -> Any:
        """Of the penalty, at a time in epochs."""
        return xp.minimum(time / self.kl_warmup, 1.0) if self.kl_warmup else 1.0

    def clipped(self, grads: dict[str, Any], xp: Any) -> dict[str, Any]:
        """The gradient, no longer than `clip` (Pascanu et al., 2013)."""
        if self.clip is None:
            return grads
        norm = xp.sqrt(sum(xp.sum(grad**2) for grad in grads.values()))
        factor = xp.minimum(1.0, self.clip / (norm + 1e-12))
        return {name: factor * grad for name, grad in grads.items()}

    def paced(self, rule: Any, time: Any, xp: Any) -> Any:
        """The rule at this time's rate."""
        if self.schedule == STEADY:
            return rule
        return replace(rule, lr=rule.lr * self.schedule(time, self.epochs, xp))


PLAIN = RuleModifiers()


@dataclass(frozen=True)
class Epochs:
    """A rule with its batches, compiled an epoch at a time on the jax engine; an iteration is an epoch.

    The loss of an epoch is the mean of its batches', each on fresh noise and at the weights of its time. The
    vector at its end is measured by the problem's yardstick, off the clock; the best vector is the one with
    the lowest such value, and a target on the loss is a target on that value. Budgets are looked at between
    epochs. Without noise the batches are those of the paired loop; noise is drawn on the device, from a
    stream of its own.
    """

    rule: Any  # a `first_order.Rule`, frozen
    batch: int
    shuffle: bool = True
    modifiers: RuleModifiers = PLAIN
    hardware: Any = None  # an `engines.epoch.Hardware`
    look: int = 1  # epochs between two looks at the held-out data
    resumes = True

    def refuses(self, problem: Problem) -> str | None:
        """Why this cannot run, if it cannot."""
        if not problem.engine.__name__.endswith(".jax"):
            return "compiled epochs run on JAX; choose engine jax"
        if problem.model.random and not problem.fresh:
            return "compiled epochs draw fresh noise: leave out `precision` for the frozen regime"
        if self.batch > problem.points:
            return f"batch {self.batch} is more than the {problem.points} samples there are"
        if self.batch % self.hardware.devices:
            return f"batch {self.batch} does not split over {self.hardware.devices} devices"
        self.hardware.mesh  # noqa: B018 - says what is not there
        return None

    def product(self, problem: Problem) -> float:
        """Operations of the largest layer's product in a step."""
        return forward(problem, self.batch)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        """Never converges by itself; `Stop` ends it."""
        model, yardstick = problem.model, problem.yardstick()
        x = np.tile(problem.x, (problem.points // len(problem.x), 1))
        run = compiled(problem.engine, model, self.rule, self.modifiers, self.hardware)
        orders = problem.orders(self.batch, self.shuffle)
        trace.measured_by(yardstick)
        with trace.paused():
            data = run.put(x)
            carry = run.put(begin(model, self.rule, theta))
            if trace.checkpoint is not None and (leaves := trace.checkpoint.resume(trace)) is not None:
                carry = run.restored(carry, leaves)
                for _ in range(trace.iterations):
                    next(orders)
                trace.check()
        cost = len(x) // self.batch * self.batch / len(x)
        while True:
            key = words(problem.seed, DEVICE, trace.iterations)
            carry, values = run(carry, data, next(orders), key, trace.iterations)
            with trace.paused():
                vector = _vector(model, carry)
                value = yardstick(vector)
                self._look(problem, trace, vector)
            trace.epoch(float(values.mean(dtype=float)), cost, value, vector)
            if trace.checkpoint is not None:
                with trace.paused():
                    trace.checkpoint.keep(trace, run.leaves(carry))

    def _look(self, problem: Problem, trace: Trace, vector: np.ndarray) -> None:
        """At the held-out data, after this epoch."""
        epoch = trace.iterations + 1
        if problem.heldout is not None and not refusal(problem.model) and epoch % self.look == 0:
            seen = elbo(problem.model, vector, problem.heldout, engine=problem.engine, seed=problem.seed)
            trace.heldout.append({"iteration": epoch, "seconds": trace.seconds, **seen})


def begin(model: Any, rule: Any, theta: np.ndarray) -> Any:
    """Named arrays, and the rule's state of each."""
    arrays = model.layout.unpack(theta)
    return arrays, {name: rule.init(array) for name, array in arrays.items()}


def _vector(model: Any, carry: Any) -> np.ndarray:
    return model.layout.pack({name: np.asarray(array, dtype=float) for name, array in carry[0].items()})


@lru_cache(maxsize=64)  # all are frozen, so a second run finds its epochs compiled
def compiled(engine: Any, model: Any, rule: Any, modifiers: RuleModifiers, hardware: Any) -> Any:
    """(carry, x, order, words, epoch) -> (carry, values): an `engines.epoch.Epoch`."""

    def loss(arrays: Any, draw: Any, time: Any, xp: Any) -> Any:
        misfit, penalty = model.terms(arrays, draw, xp)
        return misfit + modifiers.weight(time, xp) * penalty, misfit + penalty

    def move(arrays: Any, grads: Any, states: Any, time: Any, xp: Any) -> Any:
        paced, grads = modifiers.paced(rule, time, xp), modifiers.clipped(grads, xp)
        moved = {name: paced.update(arrays[name], grads[name], states[name]) for name in arrays}
        return {name: new for name, (new, _) in moved.items()}, {name: s for name, (_, s) in moved.items()}

    return engine.epoch(loss, move, model.draw, hardware)
