"""One cost axis for all methods: operations, counted where work is done with matrices.

An operation is one floating-point multiplication or addition, so a multiply-add counts 2. Counted are
products with at least one matrix (of a matrix with its own transpose the half that BLAS computes),
factorisations, and solutions with their factors: of the network on all samples, and of the method itself.
Elementwise work, outer products and products of two vectors are not counted: they are of a lower order.

Multiply-adds a sample, L the weights of all layers, F those of the encoder's first, d outputs of n samples:

    value            forward L                                                           L
    gradient         beyond the value: the weights' L, the inputs' L - F                 2 L - F
    Hessian product  forward L; push 2 L - F; pull_tangent: the weights' 2 L - F,
                     dy L - F, ddy 2 (L - F) (Pearlmutter, 1994)                         8 L - 5 F
      autograd       reverse over reverse: forward L, backward 2 L - F, and both again
                     backwards, 2 for each product but for those of the data             9 L - 5 F
    Jacobian         forward L; each of d outputs pulled back through every layer        (1 + d) L
      autograd, jax  n d backward passes over all samples                                L + n d (2 L - F)
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol


@dataclass(frozen=True)
class Prices:
    """Operations of one evaluation of each kind; a gradient's are those beyond its value."""

    value: float = 0.0
    grad: float = 0.0
    hvp: float = 0.0
    jacobian: float = 0.0


class Dense(Protocol):
    """A network of dense layers."""

    @property
    def widths(self) -> tuple[int, ...]:
        """From its input to its output."""


class Layered(Protocol):
    """An autoencoder's two networks, whose products have a price."""

    @property
    def widths(self) -> tuple[int, ...]:
        """From the data to the output."""

    @property
    def encoder_network(self) -> Dense:
        """From the data to the bottleneck."""

    @property
    def scored_network(self) -> Dense:
        """From the code to what the loss scores."""


def weights(network: Dense) -> list[int]:
    """How many weights each layer has, biases apart."""
    return [a * b for a, b in pairwise(network.widths)]


def by_hand(model: Layered, samples: int) -> Prices:
    """What the sweeps of `optae.model.network` do on so many samples.

    >>> from optae import Autoencoder
    >>> by_hand(Autoencoder([35, 20, 15, 2]), 32)
    Prices(value=131840.0, grad=218880.0, hvp=830720.0, jacobian=4746240.0)
    """
    full, first = _extent(model)
    jacobian = (1 + model.widths[-1]) * full
    return _priced(samples, full, 2 * full - first, 8 * full - 5 * first, jacobian)


def taped(model: Layered, samples: int) -> Prices:
    """What autograd does: Hessian products in reverse over reverse, a backward pass for every residual."""
    full, first = _extent(model)
    return _priced(samples, full, 2 * full - first, 9 * full - 5 * first, _backward(model, samples))


def traced(model: Layered, samples: int) -> Prices:
    """What JAX does: Hessian products in forward over reverse, a backward pass for every residual."""
    full, first = _extent(model)
    return _priced(samples, full, 2 * full - first, 8 * full - 5 * first, _backward(model, samples))


def layers(model: Layered) -> int:
    """The weights of all its layers, biases apart."""
    return sum(weights(model.encoder_network)) + sum(weights(model.scored_network))


def _extent(model: Layered) -> tuple[int, int]:
    """The weights of all layers, and of the encoder's first."""
    return layers(model), weights(model.encoder_network)[0]


def _backward(model: Layered, samples: int) -> int:
    full, first = _extent(model)
    return full + samples * model.widths[-1] * (2 * full - first)


def _priced(samples: int, *weights: int) -> Prices:
    return Prices(*(2.0 * samples * many for many in weights))


# linear algebra (Golub & Van Loan, 2013), n the matrix's side


def product(rows: int, inner: int, columns: int) -> float:
    """(rows, inner) @ (inner, columns)."""
    return 2.0 * rows * inner * columns


def gram(rows: int, inner: int) -> float:
    """(rows, inner) @ its own transpose, one triangle of it."""
    return float(rows * (rows + 1) * inner)


def cholesky(n: int) -> float:
    """Of a symmetric matrix."""
    return n**3 / 3


def triangular(n: int, columns: int = 1) -> float:
    """A solution with a triangular matrix, of so many right-hand sides."""
    return float(n * n * columns)


def qr(rows: int, columns: int) -> float:
    """Householder's, of rows >= columns; R alone."""
    return 2.0 * columns**2 * (rows - columns / 3)


def svd(rows: int, columns: int) -> float:
    """The thin one, through QR first (Chan, 1982)."""
    long, short = max(rows, columns), min(rows, columns)
    return 6.0 * long * short**2 + 20.0 * short**3


def eigh(n: int) -> float:
    """All eigenvalues and vectors of a symmetric matrix, by tridiagonal QR."""
    return 9.0 * n**3
