"""Methods whose step on a batch is compiled code of their own: what they share."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from math import exp, isfinite
from typing import Protocol

import numpy as np

from ...engines import Engine, Tree
from ...engines.contract import Epoch, Stride
from ...engines.hardware import Hardware
from ...model.chain import Chain
from ...training.problem import Problem
from . import loop

WIDE = Hardware("float64")
LATE = 50.0  # the most factors e by which a batch grows


class Steps(Protocol):
    """What a method does with a batch."""

    def __hash__(self) -> int:
        """Return the same number for equal steps, so that they share compiled code."""

    def refuses(self, model: Chain) -> str | None:
        """Return why it cannot train this model, or None if it can."""

    @property
    def code(self) -> "Steps":
        """Steps with the same compiled code; what only the first carry depends on may differ."""

    def begin(self, model: Chain, theta: np.ndarray) -> Tree:
        """Return the carry before the first step from theta (size,)."""

    def step(self, model: Chain) -> Stride:
        """Return the step (carry, draw, noise, time, xp) -> (carry, value)."""

    def theta(self, model: Chain, carry: Tree) -> np.ndarray:
        """Return the vector (size,) that is measured."""

    def work(self, model: Chain, before: int, steps: int, batch: int, counted: float) -> float:
        """Return the operations of steps after the first `before`, but for losses and gradients."""

    def count(self, carry: Tree) -> float:
        """Return what the carry has counted so far, for `work`."""


@dataclass(frozen=True)
class Batches(loop.InEpochs):
    """Steps on batches in compiled epochs; an iteration is an epoch.

    `growth` is the number of steps in which the batch grows by a factor e, up to all the data; it takes a few
    sizes only, each twice the last, as every size is compiled.
    """

    steps: Steps
    batch: int | None = None  # samples of a step, or None for all
    shuffle: bool = True
    growth: float = 0.0  # or 0 for batches of one size
    hardware: Hardware = WIDE
    look: int = 1

    def __post_init__(self) -> None:
        if self.batch is not None and self.batch < 1:
            raise ValueError(f"batch {self.batch}: give at least 1 sample a step")
        if not (self.growth >= 0 and isfinite(self.growth)):
            raise ValueError(f"growth={self.growth}: give a number of steps, or 0 for batches of one size")

    def on(self, hardware: Hardware, look: int) -> "Batches":
        """Return the same method on this hardware, with `look` epochs between two looks."""
        return replace(self, hardware=hardware, look=look)

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can. Raises ValueError for missing hardware."""
        if reason := self.steps.refuses(problem.model):
            return reason
        if self.hardware.devices > 1:
            return "this method runs on one device: leave out `devices`"
        return loop.refusal_of(problem, self.batch, self.hardware)

    def plan(self, problem: Problem, theta: np.ndarray) -> loop.Plan:
        """Return what each epoch runs, from theta (size,)."""
        model, steps = problem.model, self.steps
        return loop.Plan(
            compiled(problem.engine, model, steps.code, self.hardware),
            steps.begin(model, theta),
            partial(steps.theta, model),
            self._orders(problem),
            self.look,
            partial(steps.work, model),
            steps.count,
        )

    def sizes(self, points: int, first: int) -> Iterator[int]:
        """Yield each epoch's batch size, the largest first 2^j up to first exp(steps / growth)."""
        steps, size = 0, first
        while True:
            wanted = first * exp(min(steps / self.growth, LATE)) if self.growth else first
            while 2 * size <= wanted and size < points:
                size = min(2 * size, points)
            if wanted >= points:
                size = points
            yield size
            steps += points // size

    def _orders(self, problem: Problem) -> Iterator[np.ndarray]:
        """Yield the indices of each epoch's points, (batches, batch), permuted as for every method."""
        sizes = self.sizes(problem.points, problem.batch(self.batch))
        for size, order in zip(sizes, problem.orders(1, self.shuffle), strict=False):
            yield order[: problem.points // size * size].reshape(-1, size)


@lru_cache(maxsize=64)  # all arguments are frozen, so a second run finds its epochs compiled
def compiled(engine: Engine, model: Chain, steps: Steps, hardware: Hardware) -> Epoch:
    """Return (carry, data, order, words, epoch) -> (carry, values). Raises ValueError without a compiler."""
    if engine.compiler is None:
        raise ValueError("compiled epochs run on JAX; choose engine jax")
    return engine.compiler.epoch(steps.step(model), model.draw, hardware)


def packed(model: Chain, arrays: Tree) -> np.ndarray:
    """Return named arrays on a device as a vector (size,)."""
    return model.layout.pack({name: np.asarray(array, dtype=float) for name, array in arrays.items()})
