"""Preconditioners of the damped Gauss-Newton matrix, each a map of vectors (size,)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...engines import Array, Library
from ...engines.contract import Parts
from ...engines.draw import Draw
from ...model.chain import Chain
from ..compiled.heads import scored, slopes_of
from .cg import Map

POWER = 0.75  # Martens (2010) found it better than 1
LEAST = 1e-30  # of a squared gradient


class Sketch(NamedTuple):
    """A matrix of low rank, U diag(values) U^T, with orthonormal columns U (size, rank)."""

    columns: Array
    values: Array


def by_fisher(squares: Array, damping: Array) -> Map:
    """Return v -> (squares + damping)^-0.75 v, with the mean squared gradients of the samples (size,)."""
    scale = (squares + damping + LEAST) ** -POWER
    return lambda v: scale * v


def squared_gradients(model: Chain, parts: Parts, draw: Draw, xp: Library) -> Array:
    """Return the mean over samples of their squared gradients, (size,): the empirical Fisher's diagonal."""
    inputs, slopes = slopes_of(model, parts, draw, jax.grad(lambda found: scored(model, found, draw)), xp)
    layers = [layer for network in model.networks for layer in network.layers]
    squares = dict[str, Array]()
    for (weight, bias, _), a, slope in zip(layers, inputs, slopes, strict=True):
        g = len(draw.x) * slope**2  # the loss is a mean over samples
        squares |= {weight: a.T**2 @ g, bias: jnp.sum(g, axis=0)}
    return model.layout.pack({name: squares[name] for name in model.layout.shapes}, jnp)


def sketch(product: Map, test: Array) -> Sketch:
    """Return Nystroem's approximation of a matrix by its products with the columns of `test` (size, rank).

    It is shifted while it is computed, for stability (Frangella, Tropp & Udell, 2023, algorithm 2.1).
    """
    basis = jnp.linalg.qr(test)[0]
    image = jax.lax.map(product, basis.T).T
    shift = np.finfo(image.dtype).eps * jnp.linalg.norm(image)
    image = image + shift * basis
    inner = basis.T @ image
    root = jnp.linalg.cholesky(0.5 * (inner + inner.T))
    half = jax.scipy.linalg.solve_triangular(root, image.T, lower=True).T
    columns, roots, _ = jnp.linalg.svd(half, full_matrices=False)
    return Sketch(columns, jnp.maximum(roots**2 - shift, 0.0))


def by_sketch(known: Sketch, damping: Array) -> Map:
    """Return the inverse of the sketch's preconditioner, with the damping (the same, section 5)."""
    share = (known.values[-1] + damping) / (known.values + damping) - 1

    def inverse(v: Array) -> Array:
        return v + known.columns @ (share * (known.columns.T @ v))

    return inverse
