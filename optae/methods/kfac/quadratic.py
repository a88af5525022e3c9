"""The exact quadratic model of the loss, in the plane of a proposal and the last step (sections 6.4 and 7).

M(s) = s^T (J^T H J + shift I) s / 2 + grad^T s is the model's value along a step s, less the loss itself. Its
Gauss-Newton matrix is exact, on the samples that it is given.
"""

from typing import NamedTuple

import jax.numpy as jnp

from ...engines import Array
from ...engines.contract import Parts
from ..compiled.heads import GaussNewton, Heads, dot

PARALLEL = 1e-5  # of the plane's squared sine, below which the two directions count as one


class Along(NamedTuple):
    """A direction, and what the model needs to know of it."""

    v: Parts
    pushed: Heads  # J v
    slope: Array  # grad^T v


class Step(NamedTuple):
    """A step, and the model's value there."""

    move: Parts
    value: Array


class Quadratic:
    """M about the weights."""

    def __init__(self, matrix: GaussNewton, grad: Parts, shift: Array) -> None:
        self._matrix, self._grad, self._shift = matrix, grad, shift

    def along(self, v: Parts) -> Along:
        """Return what is known along v."""
        return Along(v, self._matrix.push(v), dot(self._grad, v))

    def best(self, one: Along, other: Along) -> Step:
        """Return the step a one + b other with the lowest value."""
        bent = self._matrix.bend(one.pushed)
        aa = dot(one.pushed, bent) + self._shift * dot(one.v, one.v)
        ab = dot(other.pushed, bent) + self._shift * dot(one.v, other.v)
        bb = dot(other.pushed, self._matrix.bend(other.pushed)) + self._shift * dot(other.v, other.v)
        a, b = lowest(aa, ab, bb, one.slope, other.slope)
        value = 0.5 * (a * a * aa + 2 * a * b * ab + b * b * bb) + a * one.slope + b * other.slope
        return Step({name: a * one.v[name] + b * other.v[name] for name in one.v}, value)


def lowest(aa: Array, ab: Array, bb: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Return the minimiser of (aa x^2 + 2 ab x y + bb y^2) / 2 + a x + b y.

    Where the form is singular, as it is while the last step is 0, y is 0.
    """
    determinant = aa * bb - ab * ab
    plane = determinant > PARALLEL * aa * bb
    whole = jnp.where(plane, determinant, 1.0)
    alone = -a / jnp.where(aa > 0, aa, 1.0)
    x, y = (ab * b - bb * a) / whole, (ab * a - aa * b) / whole
    return jnp.where(plane, x, alone), jnp.where(plane, y, 0.0)
