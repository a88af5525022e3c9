"""What one evaluation of a loss sees: the arrays that models draw, and that engines slice and place."""

from collections.abc import Callable
from typing import NamedTuple

from .arrays import Array, Tree


class Draw(NamedTuple):
    """Input, target and latent noise; all the randomness of a loss is in here."""

    x: Array  # (n, d)
    target: Array  # (n, d)
    eps: Array | None  # (n, latent), standard normal, where the bottleneck samples

    def map(self, f: Callable[[Array], Array]) -> "Draw":
        """The same draw with f applied to each of its arrays, once where input and target are one."""
        x = f(self.x)
        target = x if self.target is self.x else f(self.target)
        return Draw(x, target, None if self.eps is None else f(self.eps))

    def at(self, index: Tree) -> "Draw":
        """The same part of each of its arrays."""
        return self.map(lambda a: a[index])
