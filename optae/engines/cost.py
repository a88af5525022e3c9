"""Count operations with matrices, the cost axis that all methods share.

An operation is one floating-point multiplication or addition, so a multiply-add counts 2. Products with at
least one matrix, factorisations, and solutions with their factors count: those of the network on all samples,
and the method's own. The product of a matrix with its own transpose counts half, as BLAS computes half of it.
Elementwise work, outer products and products of two vectors do not count: they are of a lower order.

Multiply-adds per sample, for L weights in all layers, F in the first, and d outputs of n samples:

    value            forward L                                                           L
    gradient         in addition to the value: the weights' L, the inputs' L - F         2 L - F
    Hessian product  forward L; push 2 L - F; pull_tangent: the weights' 2 L - F,
                     dy L - F, ddy 2 (L - F) (Pearlmutter, 1994)                         8 L - 5 F
      autograd       reverse over reverse: forward L, backward 2 L - F, and both again
                     backwards, 2 for each product except those with the data            9 L - 5 F
    Jacobian         forward L; each of d outputs is pulled back through every layer     (1 + d) L
      autograd, jax  n d backward passes over all samples                                L + n d (2 L - F)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol


@dataclass(frozen=True)
class Prices:
    """Operations of one evaluation of each kind; those of a gradient exclude its value's."""

    value: float = 0.0
    grad: float = 0.0
    hvp: float = 0.0
    jacobian: float = 0.0


class Dense(Protocol):
    """A network of dense layers."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Layer widths from the input to the output."""


class Layered(Protocol):
    """A model's networks, as far as counting operations needs them."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Layer widths from the data to the output."""

    @property
    def networks(self) -> Sequence[Dense]:
        """The networks from the data to the output, or to its logits, that the loss scores."""


def weights(network: Dense) -> list[int]:
    """Return the number of weights of each layer, without biases."""
    return [a * b for a, b in pairwise(network.widths)]


def by_hand(model: Layered, samples: int) -> Prices:
    """Return the operations of `optae.model.network`'s sweeps over this number of samples.

    >>> from optae import Autoencoder
    >>> by_hand(Autoencoder([35, 20, 15, 2]), 32)
    Prices(value=131840.0, grad=218880.0, hvp=830720.0, jacobian=4746240.0)
    """
    full, first = _extent(model)
    jacobian = (1 + model.widths[-1]) * full
    return _priced(samples, full, 2 * full - first, 8 * full - 5 * first, jacobian)


def taped(model: Layered, samples: int) -> Prices:
    """Return autograd's operations: Hessian products by reverse over reverse, a pass back per residual."""
    full, first = _extent(model)
    return _priced(samples, full, 2 * full - first, 9 * full - 5 * first, _backward(model, samples))


def traced(model: Layered, samples: int) -> Prices:
    """Return JAX's operations: Hessian products by forward over reverse, a pass back per residual."""
    full, first = _extent(model)
    return _priced(samples, full, 2 * full - first, 8 * full - 5 * first, _backward(model, samples))


def layers(model: Layered) -> int:
    """Return the number of weights in all layers, without biases."""
    return sum(sum(weights(network)) for network in model.networks)


def _extent(model: Layered) -> tuple[int, int]:
    """Return the numbers of weights in all layers, and in the first."""
    return layers(model), weights(model.networks[0])[0]


def _backward(model: Layered, samples: int) -> int:
    full, first = _extent(model)
    return full + samples * model.widths[-1] * (2 * full - first)


def _priced(samples: int, *weights: int) -> Prices:
    return Prices(*(2.0 * samples * many for many in weights))


# Operations of linear algebra (Golub & Van Loan, 2013); n is the side of a square matrix.


def product(rows: int, inner: int, columns: int) -> float:
    """Return the operations of (rows, inner) @ (inner, columns)."""
    return 2.0 * rows * inner * columns


def gram(rows: int, inner: int) -> float:
    """Return the operations of one triangle of a (rows, inner) matrix times its own transpose."""
    return float(rows * (rows + 1) * inner)


def cholesky(n: int) -> float:
    """Return the operations of the Cholesky factorisation of a symmetric matrix."""
    return n**3 / 3


def triangular(n: int, columns: int = 1) -> float:
    """Return the operations of solving with a triangular matrix for this number of right-hand sides."""
    return float(n * n * columns)


def qr(rows: int, columns: int) -> float:
    """Return the operations of Householder's QR for rows >= columns, which forms R only."""
    return 2.0 * columns**2 * (rows - columns / 3)


def svd(rows: int, columns: int) -> float:
    """Return the operations of the thin singular value decomposition that begins with QR (Chan, 1982)."""
    long, short = max(rows, columns), min(rows, columns)
    return 6.0 * long * short**2 + 20.0 * short**3


def eigh(n: int) -> float:
    """Return the operations of all eigenvalues and eigenvectors of a symmetric matrix by tridiagonal QR."""
    return 9.0 * n**3
