"""K-FAC as the steps of a method on batches."""

from dataclasses import dataclass, field, replace

import numpy as np

from ...engines import Tree
from ...engines.contract import Stride
from ...model.chain import Chain
from ...model.criterion import Likelihood
from ..compiled.batches import packed
from .rules import Rules
from .work import work


@dataclass(frozen=True)
class KFAC:
    """Kronecker-factored natural gradients (Martens & Grosse, 2015)."""

    rules: Rules = field(default_factory=Rules)

    def refuses(self, model: Chain) -> str | None:
        """Return why it cannot train this model, or None if it can."""
        if isinstance(model.criterion, Likelihood):
            return None
        return f"kfac draws targets from the model: loss '{model.loss_name}' has no distribution"

    @property
    def code(self) -> "KFAC":
        """The same steps from another damping, which only the first state holds."""
        return KFAC(replace(self.rules, damping=Rules.damping))

    def begin(self, model: Chain, theta: np.ndarray) -> Tree:
        """Return the state before the first step."""
        from .step import begin

        return begin(model, self.rules, theta)

    def step(self, model: Chain) -> Stride:
        """Return the step (state, draw, noise, time, xp) -> (state, value)."""
        from .step import step_of

        return step_of(model, self.rules)

    def theta(self, model: Chain, carry: Tree) -> np.ndarray:
        """Return the last weights, or their average, (size,)."""
        return packed(model, carry.mean if self.rules.average else carry.arrays)

    def work(self, model: Chain, before: int, steps: int, batch: int, counted: float) -> float:
        """Return the operations of `steps` steps, but for losses and gradients."""
        return work(model, self.rules, before, steps, batch)

    def count(self, carry: Tree) -> float:
        """Return 0: the work does not depend on the data."""
        return 0.0
