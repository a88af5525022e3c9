"""Train by a first-order rule in whole compiled epochs, with schedules, clipping and KL warm-up."""

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NoReturn

import numpy as np

from ...engines import Array, Engine, Library, Tree
from ...engines.contract import Epoch, Parts
from ...engines.draw import Draw
from ...engines.hardware import Hardware
from ...engines.streams import DEVICE, words
from ...evaluation.heldout import looked_at
from ...model.chain import Chain
from ...training.checkpoint import Checkpoint
from ...training.problem import Problem
from ...training.thread_rule import forward
from ...training.trace import Trace
from .rules import Rule, refusal_of, update_of
from .schedules import Constant, Schedule

STEADY = Constant()
LEAST = 1e-12  # added to the gradient's norm, which may be zero, before it divides


@dataclass(frozen=True)
class RuleModifiers:
    """Changes of a rule's rate, gradient and loss that suit any rule with a rate."""

    schedule: Schedule = STEADY
    epochs: float = float("inf")  # the end of the schedule
    clip: float | None = None  # the largest norm of the gradient over all weights
    kl_warmup: float = 0.0  # epochs until the bottleneck's penalty has its full weight

    def weight(self, time: Array, xp: Library) -> Array:
        """Return the penalty's weight at a time in epochs."""
        return xp.minimum(time / self.kl_warmup, 1.0) if self.kl_warmup else 1.0

    def clipped(self, grads: Parts, xp: Library) -> Parts:
        """Return the gradient, shortened to the norm `clip` if it is longer (Pascanu et al., 2013)."""
        if self.clip is None:
            return grads
        norm = xp.sqrt(sum(xp.sum(grad**2) for grad in grads.values()))
        factor = xp.minimum(1.0, self.clip / (norm + LEAST))
        return {name: factor * grad for name, grad in grads.items()}

    def paced(self, rule: Rule, time: Array, xp: Library) -> Rule:
        """Return the rule with the schedule's rate at this time, in epochs."""
        if self.schedule == STEADY:
            return rule
        return at_rate(rule, self.schedule(time, self.epochs, xp))


PLAIN, BEST = RuleModifiers(), Hardware()


@dataclass(frozen=True)
class Epochs:
    """A rule with its batches on the jax engine, compiled a whole epoch at a time; an iteration is an epoch.

    The loss of an epoch is the mean over its batches, each with fresh noise and the weights of that moment.
    The problem's yardstick measures the vector at the end of an epoch, off the clock; the best vector is the
    one with the lowest such value, and a target on the loss applies to that value. Budgets are checked
    between epochs. Batches are those of the paired loop; noise is drawn on the device, from a stream of its
    own.
    """

    rule: Rule  # a frozen dataclass
    batch: int
    shuffle: bool = True
    modifiers: RuleModifiers = PLAIN
    hardware: Hardware = BEST
    look: int = 1  # epochs between two measurements on the held-out data
    endless = True

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can. Raises ValueError for missing hardware."""
        if problem.engine.compiler is None:
            return "compiled epochs run on JAX; choose engine jax"
        if reason := refusal_of(self.rule, problem.engine):
            return reason
        if problem.model.random and not problem.fresh:
            return "compiled epochs draw fresh noise: leave out `precision` for the frozen regime"
        if (batch := problem.batch(self.batch)) % self.hardware.devices:
            return f"batch {batch} does not split over {self.hardware.devices} devices"
        self.hardware.check()
        return None

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
        model, yardstick = problem.model, problem.yardstick()
        points = problem.points
        run = compiled(problem.engine, model, self.rule, self.modifiers, self.hardware)
        batch = problem.batch(self.batch)
        orders = problem.orders(batch, self.shuffle)
        trace.measured_by(yardstick)
        with trace.paused():
            data = run.put(problem.repeated())
            carry = run.put(begin(model, self.rule, theta))
            kept = None if checkpoint is None else checkpoint.resume(trace, partial(run.restored, carry))
            if kept is not None:
                carry = kept
                for _ in range(trace.iterations):
                    next(orders)
                trace.check()
        cost = points // batch * batch / points
        while True:
            key = words(problem.seed, DEVICE, trace.iterations)
            carry, values = run(carry, data, next(orders), key, trace.iterations)
            with trace.paused():
                vector = _vector(model, carry)
                value = yardstick(vector)
                self._look(problem, trace, vector)
            trace.epoch(float(values.mean(dtype=float)), cost, value, vector)
            if checkpoint is not None:
                with trace.paused():
                    checkpoint.keep(trace, run.leaves(carry))

    def _look(self, problem: Problem, trace: Trace, vector: np.ndarray) -> None:
        """Measure the held-out data after this epoch if a look is due."""
        epoch = trace.iterations + 1
        if epoch % self.look:
            return
        if seen := looked_at(problem.model, vector, problem.heldout, problem.engine, problem.seed):
            trace.history.heldout.append({"iteration": epoch, "seconds": trace.seconds, **seen})


def at_rate(rule: Rule, factor: Array) -> Rule:
    """Return a rule, a frozen dataclass with a field `lr`, with its rate multiplied by `factor`."""
    words = {**vars(rule), "lr": vars(rule)["lr"] * factor}
    return type(rule)(**words)


def begin(model: Chain, rule: Rule, theta: np.ndarray) -> tuple[Parts, Tree]:
    """Return theta's named arrays, and the rule's state for each."""
    arrays = model.layout.unpack(theta)
    return arrays, {name: rule.init(array) for name, array in arrays.items()}


def _vector(model: Chain, carry: Tree) -> np.ndarray:
    return model.layout.pack({name: np.asarray(array, dtype=float) for name, array in carry[0].items()})


@lru_cache(maxsize=64)  # all arguments are frozen, so a second run finds its epochs compiled
def compiled(engine: Engine, model: Chain, rule: Rule, modifiers: RuleModifiers, hardware: Hardware) -> Epoch:
    """Return (carry, x, order, words, epoch) -> (carry, values). Raises ValueError without a compiler."""
    if engine.compiler is None:
        raise ValueError("compiled epochs run on JAX; choose engine jax")

    def loss(arrays: Parts, draw: Draw, time: Array, xp: Library) -> tuple[Array, Array]:
        misfit, penalty = model.terms(arrays, draw, xp)
        return misfit + modifiers.weight(time, xp) * penalty, misfit + penalty

    def move(arrays: Parts, grads: Parts, states: Tree, time: Array, xp: Library) -> Tree:
        paced, grads = modifiers.paced(rule, time, xp), modifiers.clipped(grads, xp)
        update = update_of(paced, xp)
        moved = {name: update(arrays[name], grads[name], states[name]) for name in arrays}
        return {name: new for name, (new, _) in moved.items()}, {name: s for name, (_, s) in moved.items()}

    return engine.compiler.epoch(loss, move, model.draw, hardware)
