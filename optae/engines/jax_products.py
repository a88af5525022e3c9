"""`jax.numpy` for compiled steps: matrix products in half the digits or by rows, and a cheaper softplus."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from .arrays import Array, Tree


class Products:
    """jax.numpy with `_product` for matrix products, and a softplus that can be differentiated once."""

    def __init__(self, half: bool, transposed: bool) -> None:
        self._words = half, transposed

    def __getattr__(self, name: str) -> Any:
        return getattr(jnp, name)

    def dot(self, a: Array, b: Array) -> Array:
        return _product(a, b, *self._words) if a.ndim == b.ndim == 2 else jnp.dot(a, b)

    def logaddexp(self, a: Array, b: Array) -> Array:
        """Return log(exp(a) + exp(b)) in half jax.numpy's time, for finite numbers and first derivatives."""
        return b + _softplus(a - b)


@jax.custom_vjp
def _softplus(a: Array) -> Array:
    """Return log(1 + exp(a)), whose derivative depends on a alone."""
    return jnp.where(a > 0, a, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(a)))


_softplus.defvjp(lambda a: (_softplus(a), a), lambda a, grad: (grad / (1 + jnp.exp(-a)),))


@partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _product(a: Array, b: Array, half: bool, transposed: bool) -> Array:
    """Return the matrix product a b, in bfloat16 with float32 sums if `half`.

    The weights' gradient reads a matrix by columns, which is slow for XLA on a CPU. If `transposed`, the
    matrix is transposed in memory first, which costs a hundredth of the product's time and saves a quarter.
    """
    return _multiplied(a, b, 1, 0, half)


def _product_forward(a: Array, b: Array, half: bool, transposed: bool) -> Tree:
    return _product(a, b, half, transposed), (a, b)


def _product_backward(half: bool, transposed: bool, known: Tree, grad: Array) -> Tree:
    a, b = known
    if not transposed:
        return _multiplied(grad, b, 1, 1, half), _multiplied(a, grad, 0, 0, half)
    by_rows = jax.lax.optimization_barrier(a.T)  # type: ignore[no-untyped-call]
    return _multiplied(grad, b, 1, 1, half), _multiplied(by_rows, grad, 1, 0, half)


_product.defvjp(_product_forward, _product_backward)


def _multiplied(a: Array, b: Array, i: int, j: int, half: bool) -> Array:
    """Return the product of a and b summed over a's axis i and b's axis j."""
    kind = a.dtype
    if half:
        a, b, kind = a.astype(jnp.bfloat16), b.astype(jnp.bfloat16), jnp.float32
    return jax.lax.dot_general(a, b, (((i,), (j,)), ((), ())), preferred_element_type=kind)
