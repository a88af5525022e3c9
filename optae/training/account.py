"""The account of a run: calls of the objective, operations, iterations."""

from dataclasses import dataclass, field
from typing import Literal

from ..engines.cost import Prices

Kind = Literal["value", "grad", "hvp", "jacobian"]
KINDS: tuple[Kind, ...] = ("value", "grad", "hvp", "jacobian")


@dataclass(slots=True)
class Account:
    """Calls by kind, in evaluations on all the data; a value with its gradient is one call."""

    counts: dict[Kind, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    calls: float = 0  # limited by max_evaluations
    operations: float = 0.0  # with matrices, by the network and by the method itself
    iterations: int = 0

    @property
    def kinds(self) -> tuple[float, float, float, float]:
        """The counts, in the order of `KINDS`."""
        value, grad, hvp, jacobian = self.counts.values()
        return value, grad, hvp, jacobian

    def call(self, kind: Kind, operations: float) -> None:
        """Charge one call on all the data."""
        self.counts[kind] += 1
        self.calls += 1
        self.operations += operations

    def call_with_grad(self, operations: float) -> None:
        """Charge one call that returned a value and its gradient."""
        self.counts["value"] += 1
        self.counts["grad"] += 1
        self.calls += 1
        self.operations += operations

    def batch(self, evaluations: int, operations: float) -> None:
        """Charge many values."""
        self.counts["value"] += evaluations
        self.calls += evaluations
        self.operations += operations

    def step(self, cost: float, prices: Prices, own: float = 0.0) -> None:
        """Charge a value and a gradient on `cost` of the data, and the method's own operations."""
        self.counts["value"] += cost
        self.counts["grad"] += cost
        self.calls += cost
        self.operations += cost * (prices.value + prices.grad) + own

    def add(self, part: "Account") -> None:
        """Charge what a part of the run has spent; a part without iterations counts as one."""
        for kind, number in part.counts.items():
            self.counts[kind] += number
        self.calls += part.calls
        self.operations += part.operations
        self.iterations += max(1, part.iterations)
