"""Muon: momentum whose singular values are all brought near one."""

from dataclasses import dataclass

import numpy as np

from ....engines import Array, Library, Tree
from ....engines.cost import gram, product
from ..rules import Adam, Rule
from .layers import Shape, Shapes
from .matrices import TINY, norm

QUINTIC = 3.4445, -4.7750, 2.0315  # brings singular values from (0, 1] to 0.7 to 1.2 in `ROUNDS`
ROUNDS = 5


@dataclass(frozen=True)
class Muon:
    """Orthogonalised momentum for hidden matrices, Adam for all other arrays (Jordan et al., 2024).

    The first matrix, which reads the data, and the last, which writes the outputs, are not hidden: they move
    by Adam, as the authors advise, or like the others with `ends`. Adam's rate is `rest` times `lr`. A step's
    singular values are about lr max(1, out / in)^(1/2).
    """

    lr: float = 0.02
    mass: float = 0.95
    rest: float = 0.1
    b1: float = 0.9
    b2: float = 0.95
    eps: float = 1e-10
    ends: bool = False

    def of(self, name: str, shapes: Shapes) -> Rule:
        """Return this rule for a hidden matrix, and Adam for any other array."""
        matrices = [matrix for matrix, shape in shapes.items() if len(shape) == 2]
        inner = matrices if self.ends else matrices[1:-1]
        return self if name in inner else Adam(self.rest * self.lr, self.b1, self.b2, self.eps)

    def init(self, theta: Array) -> Tree:
        return 0 * theta

    def update(self, theta: Array, grad: Array, mean: Tree, xp: Library = np) -> tuple[Array, Tree]:
        mean = self.mass * mean + (1 - self.mass) * grad
        ahead = self.mass * mean + (1 - self.mass) * grad  # as Nesterov
        rows, columns = theta.shape
        return theta - self.lr * max(1.0, columns / rows) ** 0.5 * orthogonal(ahead), mean

    def labour(self, shape: Shape) -> float:
        """Return the operations of the iteration's products."""
        short, long = sorted(shape)
        return ROUNDS * (gram(short, long) + product(short, short, short) + product(short, short, long))


def orthogonal(x: Array) -> Array:
    """Return about U V' of x = U S V', by a Newton-Schulz iteration of fifth order (Jordan et al., 2024)."""
    if x.shape[0] > x.shape[1]:
        return orthogonal(x.T).T
    a, b, c = QUINTIC
    x = x / (norm(x) + TINY)
    for _ in range(ROUNDS):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x
