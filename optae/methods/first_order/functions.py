"""A rule made of two functions, `init(theta)` and `update(theta, grad, state, **options)`."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from ...engines import Array, Library, Tree

Options = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Functions:
    """A first-order rule of two functions; the options are those of `update`, which may take `xp` too."""

    initial: Callable[[Array], Tree]
    step: Callable[..., tuple[Array, Tree]]
    options: Options = ()

    def init(self, theta: Array) -> Tree:
        """Return the state before the first step."""
        return self.initial(theta)

    def update(self, theta: Array, grad: Array, state: Tree, xp: Library = np) -> tuple[Array, Tree]:
        """Return the next theta and state."""
        library = {"xp": xp} if "xp" in signature(self.step).parameters else {}
        return self.step(theta, grad, state, **dict(self.options), **library)
