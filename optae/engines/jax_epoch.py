"""JAX: a whole pass over the data, compiled. Data, weights and noise stay on the device.

The noise and every step are inside one `lax.scan`, which is given the order of the samples and a key for the
noise; the weights' buffers are donated.
Weights and sums are float32 (or float64); the products of matrices may be of bfloat16, with float32 sums.
Over several devices the data and weights are on each, and every batch is split between them: XLA sums the
gradients, so that the same batch gives the same curve, but for the order of a sum.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from .arrays import Array, Library, Tree
from .clock import compiling
from .contract import Drawing, Loss, Move
from .draw import Draw
from .hardware import Hardware

# Weights are not copied before each step.
IN_PLACE: dict[str, str | bool] = {"xla_cpu_copy_insertion_use_region_analysis": True}


class Epoch:
    """(carry, x, order, words, epoch) -> (carry, values): every batch of one pass.

    x (n, d) as `put` gives it; order (steps, batch), whole numbers: the samples of each batch; words (2,): of
    the noise's key; carry = arrays, states; time is counted in epochs. loss(arrays, draw, time, xp) -> (to
    minimise, to report); move(arrays, grads, states, time, xp) -> carry; draw(x, rng) -> what one loss sees.
    """

    def __init__(
        self,
        loss: Loss,
        move: Move,
        draw: Drawing,
        hardware: Hardware,
    ) -> None:
        self._loss, self._move, self._draw, self._hardware = loss, move, draw, hardware
        self._mesh = hardware.mesh
        on_cpu = self._mesh.devices.flat[0].platform == "cpu"
        self._xp: Library = _Products(hardware.precision == "bfloat16", on_cpu)
        self._options = IN_PLACE if on_cpu else None
        self._ready: dict[Hashable, Callable[..., Tree]] = {}

    def put(self, tree: Tree) -> Tree:
        """Return the tree's arrays on every device, floats in the weights' precision."""
        kind = np.float64 if self._hardware.wide else np.float32

        def place(leaf: Array) -> Array:
            leaf = np.asarray(leaf)
            return jax.device_put(leaf.astype(kind) if leaf.dtype.kind == "f" else leaf, self._everywhere)

        with jax.enable_x64(self._hardware.wide):
            return jax.tree.map(place, tree)

    def leaves(self, tree: Tree) -> list[np.ndarray]:
        """Return the tree's arrays as NumPy's."""
        return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]

    def restored(self, tree: Tree, leaves: Sequence[np.ndarray]) -> Tree:
        """Return such a tree with these leaves. Raises ValueError where they do not fit."""
        known, structure = jax.tree.flatten(tree)
        if [leaf.shape for leaf in known] != [leaf.shape for leaf in leaves]:
            raise ValueError("the checkpoint does not fit this network: remove it to start again")
        return self.put(jax.tree.unflatten(structure, leaves))

    def __call__(
        self, carry: Tree, x: Array, order: np.ndarray, words: np.ndarray, epoch: int
    ) -> tuple[Tree, np.ndarray]:
        with jax.enable_x64(self._hardware.wide):
            turn = order.astype(np.int32), words, np.uint32(epoch)
            arguments = carry, x, *jax.device_put(turn, self._everywhere)
            shapes = x.shape, order.shape
            run = self._ready.get(shapes) or self._compile(shapes, arguments)
            carry, values = run(*arguments)
            return carry, np.asarray(values)

    @property
    def _everywhere(self) -> NamedSharding:
        return self._sharding()

    def _compile(self, shapes: Hashable, arguments: Tree) -> Callable[..., Tree]:
        with compiling():
            lowered = jax.jit(self._pass, donate_argnums=0).lower(*arguments)
            try:
                self._ready[shapes] = lowered.compile(compiler_options=self._options)
            except jax.errors.JaxRuntimeError:  # another jaxlib may not know them
                self._ready[shapes] = lowered.compile()
        return self._ready[shapes]

    def _pass(self, carry: Tree, x: Array, order: Array, words: Array, epoch: Array) -> Tree:
        steps, key = len(order), jax.random.wrap_key_data(words, impl="threefry2x32")

        def step(carry: Tree, turn: Tree) -> Tree:
            index, i = turn
            draw = self._draw(x[index], KeyNoise(jax.random.fold_in(key, i), x.dtype)).map(self._split)
            return self._step(carry, draw, epoch + (i + 0.5) / steps)

        return jax.lax.scan(step, carry, (order, jnp.arange(steps)))

    def _step(self, carry: Tree, draw: Draw, when: Array) -> Tree:
        (arrays, states), when = carry, when.astype(draw.target.dtype)
        (_, value), grads = jax.value_and_grad(self._loss, has_aux=True)(arrays, draw, when, self._xp)
        return self._move(arrays, grads, states, when, self._xp), value

    def _split(self, a: Array) -> Array:
        """Return one batch, split over the devices."""
        if self._hardware.devices == 1:
            return a
        return jax.device_put(a, self._sharding("samples"))

    def _sharding(self, *axes: str) -> NamedSharding:
        return NamedSharding(self._mesh, PartitionSpec(*axes))  # type: ignore[no-untyped-call]


class KeyNoise:
    """A NumPy generator, as far as draws need one, from a key of JAX: each call takes a new part of it."""

    def __init__(self, key: Array, dtype: np.dtype) -> None:
        self._key, self._dtype = key, dtype

    def _next(self) -> Array:
        self._key, key = jax.random.split(self._key)
        return key

    def standard_normal(self, shape: tuple[int, ...] = ()) -> Array:
        """N(0, 1)."""
        return jax.random.normal(self._next(), shape, self._dtype)

    def random(self, shape: tuple[int, ...] = ()) -> Array:
        """U(0, 1)."""
        return jax.random.uniform(self._next(), shape, self._dtype)

    def uniform(self, low: float, high: float, shape: tuple[int, ...] = ()) -> Array:
        """U(low, high)."""
        return jax.random.uniform(self._next(), shape, self._dtype, low, high)


class _Products:
    """jax.numpy, whose products of matrices are `_product`, and whose softplus has one derivative only."""

    def __init__(self, half: bool, transposed: bool) -> None:
        self._words = half, transposed

    def __getattr__(self, name: str) -> Any:
        return getattr(jnp, name)

    def dot(self, a: Array, b: Array) -> Array:
        return _product(a, b, *self._words) if a.ndim == b.ndim == 2 else jnp.dot(a, b)

    def logaddexp(self, a: Array, b: Array) -> Array:
        """Half as long as jax.numpy's, for a gradient and finite numbers."""
        return b + _softplus(a - b)


@jax.custom_vjp
def _softplus(a: Array) -> Array:
    """log(1 + exp(a)), whose derivative needs nothing but a."""
    return jnp.where(a > 0, a, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(a)))


_softplus.defvjp(lambda a: (_softplus(a), a), lambda a, grad: (grad / (1 + jnp.exp(-a)),))


@partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _product(a: Array, b: Array, half: bool, transposed: bool) -> Array:
    """a b: of bfloat16 numbers with float32 sums where `half`.

    A weight's gradient multiplies a matrix read by columns, slow work for XLA on a CPU. Where `transposed`,
    it is written by rows first: that costs a hundredth of the product's time and saves a quarter.
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
    """Return the sum over a's axis i and b's axis j."""
    kind = a.dtype
    if half:
        a, b, kind = a.astype(jnp.bfloat16), b.astype(jnp.bfloat16), jnp.float32
    return jax.lax.dot_general(a, b, (((i,), (j,)), ((), ())), preferred_element_type=kind)
