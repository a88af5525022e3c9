"""Truncated Gauss-Newton steps as the steps of a method on batches."""

from dataclasses import dataclass, field, replace

import numpy as np

from ...engines import Tree
from ...engines.contract import Stride
from ...model.chain import Chain
from ..compiled.batches import packed
from .rules import Rules
from .work import work


@dataclass(frozen=True)
class HessianFree:
    """Gauss-Newton steps by conjugate gradients, which end early (Martens, 2010)."""

    rules: Rules = field(default_factory=Rules)

    def refuses(self, model: Chain) -> None:
        """Return None: it trains every model."""

    @property
    def code(self) -> "HessianFree":
        """The same steps from another damping, which only the first state holds."""
        return HessianFree(replace(self.rules, damping=Rules.damping))

    def begin(self, model: Chain, theta: np.ndarray) -> Tree:
        """Return the state before the first step."""
        from .step import begin

        return begin(model, self.rules, theta)

    def step(self, model: Chain) -> Stride:
        """Return the step (state, draw, noise, time, xp) -> (state, value)."""
        from .step import step_of

        return step_of(model, self.rules)

    def theta(self, model: Chain, carry: Tree) -> np.ndarray:
        """Return the weights, (size,)."""
        return packed(model, carry.arrays)

    def work(self, model: Chain, before: int, steps: int, batch: int, counted: float) -> float:
        """Return the operations of `steps` steps, but for losses and gradients."""
        return work(model, self.rules, before, steps, batch, counted)

    def count(self, carry: Tree) -> float:
        """Return the number of conjugate gradient steps so far."""
        return float(carry.products)
