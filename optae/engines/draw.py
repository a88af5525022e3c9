"""Draws: the arrays that one evaluation of a loss reads."""

from collections.abc import Callable
from typing import NamedTuple

from .arrays import Array, Tree


class Draw(NamedTuple):
    """Input, target and latent noise of one evaluation, which hold all randomness of a loss."""

    x: Array  # (n, d)
    target: Array  # (n, k); an autoencoder's is (n, d), often x itself
    eps: Array | None  # (n, latent), standard normal, if the bottleneck samples

    def map(self, f: Callable[[Array], Array]) -> "Draw":
        """Return the draw with f applied to each array, only once if input and target are the same array."""
        x = f(self.x)
        target = x if self.target is self.x else f(self.target)
        return Draw(x, target, None if self.eps is None else f(self.eps))

    def at(self, index: Tree) -> "Draw":
        """Return the draw with each array indexed by `index`."""
        return self.map(lambda a: a[index])
