"""SOAP: Adam in the eigenvectors of Shampoo's second moments."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ....engines import Array, Library, Tree
from ....engines.branches import when
from ....engines.cost import gram, product, qr
from ..rules import Adam, Rule
from .layers import Shape, Shapes
from .matrices import RIDGE, Pair, averaged, between, each, eigenvectors, sided, zeros


class State(NamedTuple):
    """Adam's state in the basis, and what the basis is made of."""

    adam: Tree  # t, which is -1 before the first gradient; the mean (m, n); the mean of squares (m, n)
    moments: Pair  # L and R: moving averages of G G' (m, m) and G' G (n, n)
    basis: Pair  # of L's and R's eigenvectors, as columns


@dataclass(frozen=True)
class Soap:
    """Adam in the eigenbasis of each matrix's second moments (Vyas et al., 2025, algorithm 3).

    The first gradient only makes the basis, by `eigh`; then a power iteration and QR turn it every `every`
    steps (algorithm 4). Adam's mean turns with it; its squares are sorted by eigenvalue, as the basis is. A
    side of a matrix that is left alone keeps its axes. Biases, as all vectors, move by Adam.

    While the gradient lies in few directions of its basis, a step is shorter than Adam's at the same rate, so
    the best rate is often higher.
    """

    lr: float = 3e-3
    b1: float = 0.95
    b2: float = 0.95
    eps: float = 1e-8
    every: int = 10

    def of(self, name: str, shapes: Shapes) -> Rule:
        """Return this rule for a matrix, and Adam for any other array."""
        return self if any(sided(shapes[name])) else self._adam

    def init(self, theta: Array) -> State:
        _, mean, squares = self._adam.init(theta)
        return State((-1.0, mean, squares), zeros(theta), zeros(theta))

    def update(self, theta: Array, grad: Array, state: State, xp: Library = np) -> tuple[Array, State]:
        state = state._replace(moments=averaged(state.moments, grad, self.b2))
        return when(
            state.adam[0] < 0,
            lambda: (theta, self._begun(state, xp)),
            lambda: self._moved(theta, grad, state, xp),
            xp,
        )

    def _begun(self, state: State, xp: Library) -> State:
        """Return the state with its first basis, and Adam at time 0."""
        t, mean, squares = state.adam
        basis = each(lambda side: eigenvectors(side, xp), state.moments)
        return State((t + 1, mean, squares), state.moments, basis)

    def _moved(self, theta: Array, grad: Array, state: State, xp: Library) -> tuple[Array, State]:
        """Take Adam's step in the basis, and turn the basis if that is due."""
        step, adam = self._adam.step(into(state.basis, grad), state.adam)
        state = state._replace(adam=adam)
        due = adam[0] % self.every == 0
        return theta - out_of(state.basis, step), when(due, lambda: turned(state, xp), lambda: state, xp)

    def labour(self, shape: Shape) -> float:
        """Return the operations of a step: moments, turns into and out of the basis, a share of a new one."""
        m, n = shape
        sides = [(k, m * n // k) for k, there in zip(shape, sided(shape), strict=True) if there]
        each_step = sum(gram(k, other) + 2 * product(k, k, other) for k, other in sides)
        anew = sum(product(k, k, k) + 2 * qr(k, k) + 2 * product(k, k, other) for k, other in sides)
        return each_step + anew / self.every

    @property
    def _adam(self) -> Adam:
        return Adam(self.lr, self.b1, self.b2, self.eps)


def turned(state: State, xp: Library) -> State:
    """Return the state in the next basis (algorithm 4)."""
    (t, mean, squares), moments, old = state
    sides = each(lambda a, q: power_iteration(a, q, xp), moments, old)
    orders, new = each(lambda side: side[0], sides), each(lambda side: side[1], sides)
    mean = into(new, out_of(old, mean))
    return State((t, mean, sorted_by(orders, squares)), moments, new)


def into(basis: Pair, x: Array) -> Array:
    """Return Q_L' X Q_R, the coordinates of X (m, n) in the basis."""
    left, right = basis
    return between((None if left is None else left.T, right), x)


def out_of(basis: Pair, x: Array) -> Array:
    """Return Q_L X Q_R', the matrix (m, n) with coordinates X."""
    left, right = basis
    return between((left, None if right is None else right.T), x)


def power_iteration(a: Array, basis: Array, xp: Library) -> tuple[Array, Array]:
    """Return the order of a basis (n, n) by its estimates of a's eigenvalues, and the next basis in it.

    The ridge keeps columns where `a` is zero as they are; rounding would choose others.
    """
    grown = a @ basis
    values = (basis * grown).sum(axis=0)
    ridge = RIDGE * values.max()
    order = xp.argsort(-xp.maximum(values, ridge), stable=True)
    return order, xp.linalg.qr((grown + ridge * basis)[:, order])[0]


def sorted_by(orders: Pair, x: Array) -> Array:
    """Return x (m, n) with its rows and columns in these orders."""
    rows, columns = orders
    x = x if rows is None else x[rows]
    return x if columns is None else x[:, columns]
