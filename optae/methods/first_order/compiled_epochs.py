"""Train by a first-order rule in whole compiled epochs, with schedules, clipping and KL warm-up."""

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from ...engines import Array, Engine, Library, Tree
from ...engines.contract import Epoch, Parts
from ...engines.draw import Draw
from ...engines.hardware import Hardware
from ...model.chain import Chain
from ...training.problem import Problem
from ..compiled import loop
from .layered.layers import begun, moved, on_vector, parts_of
from .rules import Rule, own_work, refusal_of
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
class Epochs(loop.InEpochs):
    """A rule with its batches on the jax engine, compiled a whole epoch at a time; an iteration is an epoch.

    The loss of an epoch is the mean over its batches, each with fresh noise and the weights of that moment.
    Batches are those of the paired loop; noise is drawn on the device, from a stream of its own. See
    `compiled.loop` for what is measured and when.
    """

    rule: Rule  # a frozen dataclass
    batch: int
    shuffle: bool = True
    modifiers: RuleModifiers = PLAIN
    hardware: Hardware = BEST
    look: int = 1  # epochs between two measurements on the held-out data

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can. Raises ValueError for missing hardware."""
        reason = loop.refusal_of(problem, self.batch, self.hardware)
        return reason or refusal_of(self.rule, problem.engine)

    def plan(self, problem: Problem, theta: np.ndarray) -> loop.Plan:
        """Return what each epoch runs, from theta (size,)."""
        model, rule = problem.model, self.rule
        run = compiled(problem.engine, model, rule, self.modifiers, self.hardware)
        orders = problem.orders(problem.batch(self.batch), self.shuffle)
        carry, vector, own = begin(model, rule, theta), partial(_vector, model), partial(_work, rule, model)
        return loop.Plan(run, carry, vector, orders, self.look, own)


def at_rate(rule: Rule, factor: Array) -> Rule:
    """Return a rule, a frozen dataclass with a field `lr`, with its rate multiplied by `factor`."""
    words = {**vars(rule), "lr": vars(rule)["lr"] * factor}
    return type(rule)(**words)


def begin(model: Chain, rule: Rule, theta: np.ndarray) -> tuple[Parts, Tree]:
    """Return theta's named arrays, and the rule's state for each."""
    arrays = model.layout.unpack(theta)
    return arrays, begun(parts_of(rule, model.layout.shapes), arrays)


def _vector(model: Chain, carry: Tree) -> np.ndarray:
    return model.layout.pack({name: np.asarray(array, dtype=float) for name, array in carry[0].items()})


def _work(rule: Rule, model: Chain, before: int, steps: int, batch: int, counted: float) -> float:
    """Return the operations that a rule adds to those of the gradient, in all steps."""
    return steps * own_work(on_vector(rule, model.layout), model.size, 0.0)


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
        return moved(parts_of(paced, model.layout.shapes), arrays, grads, states, xp)

    compiler = engine.compiler
    return compiler.epoch(compiler.descent(loss, move), model.draw, hardware)
