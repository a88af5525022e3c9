"""Shampoo: the gradient of each layer's weights between inverse roots of its second moments."""

from dataclasses import dataclass

import numpy as np

from ....engines import Array, Library, Tree
from ....engines.branches import when
from ....engines.cost import eigh, gram, product
from ..rules import Adam, Rule
from .layers import Shape, Shapes
from .matrices import TINY, averaged, between, each, inverse_root, norm, sided, zeros


@dataclass(frozen=True)
class Shampoo:
    """Steps of Adam's length along L^(-1/4) M R^(-1/4) (Gupta et al., 2018; Anil et al., 2020).

    M is Adam's mean of a matrix's gradients G, and L and R are moving averages of G G' and G' G that decay by
    `b2`. The inverse roots are computed in the first step and then every `every` steps. Where one side of a
    matrix is left alone, the other has the root -1/2. Biases, as all vectors, move by Adam.
    """

    lr: float = 1e-3
    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8
    every: int = 10

    def of(self, name: str, shapes: Shapes) -> Rule:
        """Return this rule for a matrix, and Adam for any other array."""
        return self if any(sided(shapes[name])) else self._adam

    def init(self, theta: Array) -> Tree:
        return self._adam.init(theta), zeros(theta), zeros(theta)

    def update(self, theta: Array, grad: Array, state: Tree, xp: Library = np) -> tuple[Array, Tree]:
        adam, moments, roots = state
        moments = averaged(moments, grad, self.b2)
        step, adam = self._adam.step(grad, adam)
        t, mean, _ = adam
        order = 2 * sum(side is not None for side in moments)
        roots = when(
            (t - 1) % self.every == 0,
            lambda: each(lambda side: inverse_root(side, order, xp), moments),
            lambda: roots,
            xp,
        )
        direction = between(roots, mean)
        return theta - norm(step) / (norm(direction) + TINY) * direction, (adam, moments, roots)

    def labour(self, shape: Shape) -> float:
        """Return the operations of a step: the moments, the products with roots, and a share of new roots."""
        m, n = shape
        sides = [(k, m * n // k) for k, there in zip(shape, sided(shape), strict=True) if there]
        each_step = sum(gram(k, other) + product(k, k, other) for k, other in sides)
        return each_step + sum(eigh(k) + product(k, k, k) for k, _ in sides) / self.every

    @property
    def _adam(self) -> Adam:
        return Adam(self.lr, self.b1, self.b2, self.eps)
