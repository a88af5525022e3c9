"""Kronecker factors of the Fisher matrix, block by block, and the inverse of their damped product.

A layer's block is A (x) G with A = E[a a^T] of its inputs a, to which a 1 is appended if it has biases, and
G = E[g g^T] of the loss's derivatives g in its sums, for targets that the model itself draws (section 3).
"""

from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...engines import Array, Library
from ...engines.contract import Noise, Parts
from ...engines.draw import Draw
from ...model.chain import Chain
from ...model.criterion import Likelihood
from ..compiled.heads import Heads, scored, slopes_of
from .rules import WHOLE

LEAST = 1e-30  # added to traces, which are zero where a layer is dead


class Factor(NamedTuple):
    """A layer's pair of matrices: A (in, in) and G (out, out), or their inverses."""

    a: Array
    g: Array


Factors = tuple[Factor, ...]


def measured(model: Chain, parts: Parts, draw: Draw, noise: Noise, xp: Library) -> Factors:
    """Return the factors on one draw."""
    inputs, slopes = slopes_of(
        model, parts, draw, lambda found: sampled_slopes(model, found, draw, noise), xp
    )
    return tuple(
        Factor(_second_moment(_homogeneous(model, a)), _second_moment(g))
        for a, g in zip(inputs, slopes, strict=True)
    )


def sampled_slopes(model: Chain, found: Heads, draw: Draw, noise: Noise) -> Heads:
    """Return each sample's derivatives in the heads, whose second moment is the loss's Hessian in them.

    Those in the outputs are of a target that the model draws. The Hessian of a bottleneck's penalty is
    diagonal, and normal numbers with these variances have the same second moment.
    """
    (out, *inner), n, criterion = found, len(draw.x), model.criterion
    if not isinstance(criterion, Likelihood):
        raise ValueError(f"loss '{model.loss_name}' has no distribution to draw targets from")
    target = criterion.sampled(out, noise, jnp)
    slope = n * jax.grad(lambda out: criterion.value(out, target, jnp))(out)
    if not inner:
        return (slope,)
    ones = (jnp.zeros_like(out), *map(jnp.ones_like, inner))
    penalty = jax.grad(lambda inner: scored(model, (out, *inner), draw))
    stiffness = jax.jvp(penalty, (inner,), (list(ones[1:]),))[1]
    roots = [jnp.sqrt(n * jnp.maximum(s, 0.0)) for s in stiffness]
    return slope, *(root * noise.standard_normal(root.shape) for root in roots)


def blended(old: Factors, new: Factors, share: Array) -> Factors:
    """Return share old + (1 - share) new."""
    return jax.tree.map(lambda a, b: share * a + (1 - share) * b, old, new)


def inverted(factors: Factors, damping: Array) -> Factors:
    """Return the inverses of A + pi damping I and G + damping / pi I (section 6.3).

    pi^2 is the mean eigenvalue of A over that of G, so that both are damped in the same proportion.
    """
    return tuple(_damped_inverse(factor, damping) for factor in factors)


def preconditioned(inverses: Factors, blocks: list[Array]) -> list[Array]:
    """Return A^-1 V G^-1 for every layer's block V (in, out)."""
    return [factor.a @ block @ factor.g for factor, block in zip(inverses, blocks, strict=True)]


def joined(model: Chain, parts: Parts) -> list[Array]:
    """Return every layer's weights as one block (in, out), with its biases as the last row."""
    return [
        jnp.vstack([parts[weight], parts[bias]]) if network.bias else parts[weight]
        for network in model.networks
        for weight, bias, _ in network.layers
    ]


def split(model: Chain, blocks: list[Array]) -> dict[str, Array]:
    """Return the arrays by name, from the blocks of `joined`."""
    names = [layer for network in model.networks for layer in network.layers]
    found = dict[str, Array]()
    for (weight, bias, _), block in zip(names, blocks, strict=True):
        found |= {weight: block[:-1], bias: block[-1]} if model.bias else {weight: block}
    return found


def none(model: Chain) -> Factors:
    """Return factors of zeros."""
    widths = [pair for network in model.networks for pair in pairwise(network.widths)]
    sides = [(fan_in + model.bias, fan_out) for fan_in, fan_out in widths]
    return tuple(Factor(np.zeros((a, a)), np.zeros((g, g))) for a, g in sides)


def _homogeneous(model: Chain, a: Array) -> Array:
    """Return the inputs, with a column of ones if layers have biases."""
    return jnp.hstack([a, jnp.ones((len(a), 1), a.dtype)]) if model.bias else a


def _second_moment(a: Array) -> Array:
    """Return the mean over samples of a a^T, from a (n, width)."""
    return jax.lax.optimization_barrier(a.T) @ a / len(a)  # type: ignore[no-untyped-call]


def _damped_inverse(factor: Factor, damping: Array) -> Factor:
    means = [jnp.trace(matrix) / len(matrix) + LEAST for matrix in factor]
    pi = jnp.sqrt(means[0] / means[1])
    return Factor(_shifted_inverse(factor.a, pi * damping), _shifted_inverse(factor.g, damping / pi))


def _shifted_inverse(matrix: Array, shift: Array) -> Array:
    return inverse(matrix + shift * jnp.eye(len(matrix), dtype=matrix.dtype))


def inverse(matrix: Array, whole: int = WHOLE) -> Array:
    """Return the inverse of a positive definite matrix: by Cholesky up to `whole` rows, else by halves.

    The halves are inverted through the Schur complement, in products, which are faster on a CPU than
    solutions with triangles: at 1,000 rows by a third.
    """
    if len(matrix) <= whole:
        root = jax.scipy.linalg.cho_factor(matrix, lower=True)
        return jax.scipy.linalg.cho_solve(root, jnp.eye(len(matrix), dtype=matrix.dtype))
    half = len(matrix) // 2
    first = inverse(matrix[:half, :half], whole)
    across = first @ matrix[:half, half:]
    second = inverse(matrix[half:, half:] - matrix[half:, :half] @ across, whole)
    corner = across @ second
    return jnp.block([[first + corner @ across.T, -corner], [-corner.T, second]])
