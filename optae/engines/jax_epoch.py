"""Compile a whole pass over the data with JAX; data, weights and noise stay on the device.

One loop draws the noise and takes every step; it is given the order of the samples and a key for the noise,
and reuses the weights' buffers. Weights and sums are float32 (or float64); matrix products can be in bfloat16
with float32 sums. Each of several devices holds the data and weights, and every batch is split between them.
XLA sums the gradients, so the curve is that of one device except for the rounding of sums.

A pass of several seconds is taken in pieces, by the same code with other bounds, since Python cannot answer
Ctrl-C while compiled code runs.
"""

from collections.abc import Callable, Hashable, Sequence
from time import perf_counter

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from .arrays import Array, Library, Tree
from .clock import compiling
from .contract import Drawing, Stride
from .hardware import Hardware
from .jax_products import Products

KEYS = "threefry2x32"  # the kind of the keys
PIECE = 0.5  # seconds of a pass between two returns to Python
TICK = 1e-6  # seconds that a clock may not see
AHEAD = 3  # keys of each step that are split off before the pass: for codes, pixels and noise
# The first option keeps XLA from copying the weights before each step. The second lets a processor with
# AVX-512 use the whole width of its registers: a VAE's step took 8 to 10 % less on a Xeon.
CPU_OPTIONS: dict[str, str | bool] = {
    "xla_cpu_copy_insertion_use_region_analysis": True,
    "xla_cpu_prefer_vector_width": "512",
}


class Epoch:
    """A compiled (carry, data, order, words, epoch) -> (carry, values) that takes every step of one pass.

    data = x (n, d), y (n, k) come from `put`, y being None where x is its own target; order (steps, batch)
    holds the indices of each batch's samples; words (2,) are the noise's key. draw(x, rng, y) returns one
    batch's draw, and step(carry, draw, noise, time, xp) the next carry and the value to report; what it draws
    from `noise` is not in the draw, and time is in epochs.
    """

    def __init__(
        self,
        step: Stride,
        draw: Drawing,
        hardware: Hardware,
    ) -> None:
        self._step, self._draw, self._hardware = step, draw, hardware
        self._mesh = hardware.mesh
        on_cpu = self._mesh.devices.flat[0].platform == "cpu"
        self._xp: Library = Products(hardware.precision == "bfloat16", on_cpu)
        self._options = CPU_OPTIONS if on_cpu else None
        self._ready: dict[Hashable, Callable[..., Tree]] = {}
        self._paces: dict[Hashable, float] = {}  # steps a second

    def put(self, tree: Tree) -> Tree:
        """Return the tree's arrays on every device, with floats in the weights' precision."""

        def place(leaf: Array) -> Array:
            leaf = np.asarray(leaf)
            leaf = leaf.astype(self._kind) if leaf.dtype.kind == "f" else leaf
            return jax.device_put(leaf, self._everywhere)

        with jax.enable_x64(self._hardware.wide):
            return jax.tree.map(place, tree)

    def leaves(self, tree: Tree) -> list[np.ndarray]:
        """Return the tree's arrays as NumPy arrays."""
        return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]

    def restored(self, tree: Tree, leaves: Sequence[np.ndarray]) -> Tree:
        """Return a tree of the same structure with these leaves. Raises ValueError if their shapes differ."""
        known, structure = jax.tree.flatten(tree)
        if [leaf.shape for leaf in known] != [leaf.shape for leaf in leaves]:
            raise ValueError("the checkpoint does not fit this network: remove it to start again")
        return self.put(jax.tree.unflatten(structure, leaves))

    def __call__(
        self, carry: Tree, data: Tree, order: np.ndarray, words: np.ndarray, epoch: int
    ) -> tuple[Tree, np.ndarray]:
        with jax.enable_x64(self._hardware.wide):
            turn = order.astype(np.int32), words, np.uint32(epoch)
            fixed, shapes = jax.device_put(turn, self._everywhere), (data[0].shape, order.shape)
            begun, values = 0, list[np.ndarray]()
            while begun < len(order):
                ended = self._end(begun, len(order), shapes)
                bounds = jax.device_put((np.int32(begun), np.int32(ended)), self._everywhere)
                arguments = carry, data, *fixed, *bounds
                run, start = self._ready.get(shapes) or self._compile(shapes, arguments), perf_counter()
                carry, found = run(*arguments)
                values.append(np.asarray(found)[begun:ended])
                self._paces[shapes] = (ended - begun) / max(perf_counter() - start, TICK)
                begun = ended
            return carry, np.concatenate(values)

    def _end(self, begun: int, steps: int, shapes: Hashable) -> int:
        """Return where the piece that begins at a step ends: the first one is a step, to know the pace.

        Several processes have paces of their own and must keep together, so they take the pass whole.
        """
        if jax.process_count() > 1:
            return steps
        return min(steps, begun + max(1, int(PIECE * self._paces.get(shapes, 0.0))))

    @property
    def _kind(self) -> type[np.floating]:
        """The type of weights and data."""
        return np.float64 if self._hardware.wide else np.float32

    @property
    def _everywhere(self) -> NamedSharding:
        return self._sharding()

    def _compile(self, shapes: Hashable, arguments: Tree) -> Callable[..., Tree]:
        with compiling():
            lowered = jax.jit(self._pass, donate_argnums=0).lower(*arguments)
            try:
                self._ready[shapes] = lowered.compile(compiler_options=self._options)
            except jax.errors.JaxRuntimeError:  # another version of jaxlib may not know the options
                self._ready[shapes] = lowered.compile()
        return self._ready[shapes]

    def _pass(
        self, carry: Tree, data: Tree, order: Array, words: Array, epoch: Array, begun: Array, ended: Array
    ) -> Tree:
        x, y = data
        steps, key = len(order), jax.random.wrap_key_data(words, impl=KEYS)
        ahead = jax.vmap(lambda i: _ahead(jax.random.fold_in(key, i)))(jnp.arange(steps))

        def step(i: Array, state: Tree) -> Tree:
            carry, values = state
            index, keys = order[i], ahead[i]
            noise = KeyNoise(keys[0], x.dtype, keys[1:])
            draw = self._draw(x[index], noise, None if y is None else y[index]).map(self._split)
            time = (epoch + (i + 0.5) / steps).astype(draw.target.dtype)
            carry, value = self._step(carry, draw, noise, time, self._xp)
            return carry, values.at[i].set(value)

        return jax.lax.fori_loop(begun, ended, step, (carry, jnp.zeros(steps, self._kind)))

    def _split(self, a: Array) -> Array:
        """Split one batch over the devices."""
        if self._hardware.devices == 1:
            return a
        return jax.device_put(a, self._sharding("samples"))

    def _sharding(self, *axes: str) -> NamedSharding:
        return NamedSharding(self._mesh, PartitionSpec(*axes))  # type: ignore[no-untyped-call]


class KeyNoise:
    """The methods of NumPy's generator that draws use, on a JAX key; each call splits off a new key.

    The first calls use the keys `ahead`, which were split off before.
    """

    def __init__(self, key: Array, dtype: np.dtype, ahead: Sequence[Array] = ()) -> None:
        self._key, self._dtype, self._ahead = key, dtype, [*ahead]

    def _next(self) -> Array:
        if self._ahead:
            return self._ahead.pop(0)
        self._key, key = jax.random.split(self._key)
        return key

    def standard_normal(self, shape: tuple[int, ...] = ()) -> Array:
        """Return numbers from N(0, 1)."""
        return jax.random.normal(self._next(), shape, self._dtype)

    def random(self, shape: tuple[int, ...] = ()) -> Array:
        """Return numbers from U(0, 1)."""
        return jax.random.uniform(self._next(), shape, self._dtype)

    def uniform(self, low: float, high: float, shape: tuple[int, ...] = ()) -> Array:
        """Return numbers from U(low, high)."""
        return jax.random.uniform(self._next(), shape, self._dtype, low, high)


def _ahead(key: Array) -> Array:
    """Return the key after `AHEAD` splits, and the keys that they split off, (AHEAD + 1,).

    All steps' keys together take less time than each by itself in the pass.
    """
    split = []
    for _ in range(AHEAD):
        key, one = jax.random.split(key)
        split.append(one)
    return jnp.stack([key, *split])
