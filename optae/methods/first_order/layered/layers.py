"""Rules that see the model's named arrays, and the adapter that runs them on its flat vector."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from ....engines import Array, Library, Tree
from ....engines.contract import Parts
from ....model.layout import Layout
from ..rules import Rule, update_of

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]  # of the named arrays, from the input to the output


@runtime_checkable
class LayeredRule(Rule, Protocol):
    """A rule for arrays in their shapes, which chooses a rule for each array of the model."""

    def of(self, name: str, shapes: Shapes) -> Rule:
        """Return the rule for one of the arrays: this one, or another."""

    def labour(self, shape: Shape) -> float:
        """Return the operations of a step of this rule on an array, besides those of its gradient."""


@dataclass(frozen=True)
class Layers:
    """A layered rule as one over the flat vector; its state is that of each array by name."""

    rule: LayeredRule
    shapes: tuple[tuple[str, Shape], ...]

    def init(self, theta: Array) -> Tree:
        """Return the state before the first step at theta (size,)."""
        return begun(self._parts, self._layout.unpack(theta))

    def update(self, theta: Array, grad: Array, state: Tree, xp: Library = np) -> tuple[Array, Tree]:
        """Return the next theta (size,) and state."""
        unpack = self._layout.unpack
        arrays, state = moved(self._parts, unpack(theta), unpack(grad), state, xp)
        return self._layout.pack(arrays, xp), state

    def work(self, size: int, product: float) -> float:
        """Return the operations of a step on all arrays."""
        parts, shapes = self._parts, self._layout.shapes
        return sum(part.labour(shapes[name]) for name, part in parts.items() if isinstance(part, LayeredRule))

    @cached_property
    def _parts(self) -> dict[str, Rule]:
        return parts_of(self.rule, self._layout.shapes)

    @cached_property
    def _layout(self) -> Layout:
        return Layout(dict(self.shapes))


def on_vector(rule: Rule, layout: Layout) -> Rule:
    """Return a rule over the flat vector: a layered one in its adapter, any other as it is."""
    return Layers(rule, tuple(layout.shapes.items())) if isinstance(rule, LayeredRule) else rule


def parts_of(rule: Rule, shapes: Shapes) -> dict[str, Rule]:
    """Return the rule of each named array."""
    return {name: rule.of(name, shapes) if isinstance(rule, LayeredRule) else rule for name in shapes}


def begun(parts: Mapping[str, Rule], arrays: Parts) -> dict[str, Tree]:
    """Return each array's state before the first step."""
    return {name: part.init(arrays[name]) for name, part in parts.items()}


def moved(
    parts: Mapping[str, Rule], arrays: Parts, grads: Parts, states: Tree, xp: Library
) -> tuple[dict[str, Array], dict[str, Tree]]:
    """Return the next arrays and states by name."""
    steps = {n: update_of(part, xp)(arrays[n], grads[n], states[n]) for n, part in parts.items()}
    return {name: new for name, (new, _) in steps.items()}, {name: s for name, (_, s) in steps.items()}
