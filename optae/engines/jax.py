"""The engine on JAX: the loss compiled for CPU, GPU or TPU. Arrays keep their precision, even float64."""

import os
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from threading import Lock

import jax
import jax.numpy as jnp
import numpy as np

from .arrays import Array, Library, Tree
from .clock import compiling, waiting
from .contract import Compiler, Drawing, Epoch, Loss, Model, Move, Noise, Scan, Step, Stride
from .cost import traced
from .draw import Draw
from .forks import Home
from .hardware import Hardware
from .slices import MANY
from .threads import cores

name = "jax"
CHUNK = 256
SLICE = MANY
LIGHT = 1_000_000  # numbers in the arguments up to which a call is short enough for a trial run
xp = jnp
prices = traced
HOME = Home()  # where JAX has started
ONE_THREAD = "xla_cpu_multi_thread_eigen=false"  # the entry of XLA_FLAGS that allows one thread


def array(x: np.ndarray) -> jax.Array:
    """Return the data on the device, in their own precision. Raises ValueError in a forked process."""
    HOME.check()
    with jax.enable_x64(True):
        return jax.device_put(x)


def threads() -> int:
    """Return the number of XLA's threads on this host, which the environment fixed when JAX started."""
    if ONE_THREAD in os.environ.get("XLA_FLAGS", ""):
        return 1
    return int(os.environ.get("NPROC") or cores())


class Compiled:
    """A function that is compiled before its first run on each kind of arguments; threads can share it."""

    def __init__(self, f: Callable[..., Tree]) -> None:
        self._jit, self._lock = jax.jit(f), Lock()
        self._ready: dict[object, Callable[..., Tree]] = {}

    def __call__(self, *args: Tree) -> Tree:
        HOME.check()
        with jax.enable_x64(True):
            leaves, structure = jax.tree.flatten(args)
            kind = structure, *map(_kind, leaves)
            run = self._ready.get(kind) or self._compile(kind, args)
            return jax.block_until_ready(run(*args))  # type: ignore[no-untyped-call]

    def _compile(self, kind: object, args: Tree) -> Callable[..., Tree]:
        """Return the executable itself: a call of the jitted function would trace it again, on the clock."""
        with waiting():
            self._lock.acquire()  # another thread may be compiling it
        try:
            if kind not in self._ready:
                with compiling():
                    self._ready[kind] = _loaded(self._jit.lower(*args).compile(), args)
            return self._ready[kind]
        finally:
            self._lock.release()


@lru_cache(maxsize=256)
def compiled(f: Callable[..., Tree]) -> Compiled:
    """Return the function, jitted; a second call with the same function finds it compiled."""
    return Compiled(f)


@lru_cache(maxsize=256)
def value(model: Model) -> Callable[[Array, Draw], Array]:
    """Return (theta, draw) -> value."""
    return partial(model.loss, xp=jnp)


@lru_cache(maxsize=256)
def value_and_grad(model: Model) -> Callable[[Array, Draw], tuple[Array, Array]]:
    """Return (theta, draw) -> (value, gradient), differentiated with respect to the named arrays.

    A gradient with respect to the vector would pad every slice to the length of the whole vector.
    """
    by_parts = jax.value_and_grad(partial(model.loss_of, xp=jnp))

    def by_vector(theta: Array, draw: Draw) -> tuple[Array, Array]:
        value, grads = by_parts(model.layout.unpack(theta), draw)
        return value, model.layout.pack(grads, jnp)

    return by_vector


@lru_cache(maxsize=256)
def hvp(model: Model) -> Callable[[Array, Array, Draw], Array]:
    """Return (theta, v, draw) -> Hessian times v: forward over reverse."""
    grad = value_and_grad(model)
    return lambda theta, v, draw: jax.jvp(lambda t: grad(t, draw)[1], (theta,), (v,))[1]


@lru_cache(maxsize=256)
def residuals(model: Model) -> Callable[[Array, Draw], Array]:
    """Return (theta, draw) -> (n d,)."""
    return partial(model.residuals, xp=jnp)


@lru_cache(maxsize=256)
def jacobian(model: Model) -> Callable[[Array, Draw], Array]:
    """Return (theta, draw) -> (n d, size)."""
    return jax.jacrev(residuals(model))


class repeat:
    """A loop that takes count <= CHUNK steps on one draw, compiled once for every count."""

    def __init__(self, step: Step) -> None:
        def run(carry: Tree, draw: Draw, count: Array) -> Tree:
            def body(i: Array, state: Tree) -> Tree:
                carry, value = step(state[0], draw)
                return carry, state[1].at[i].set(value)

            one = jax.eval_shape(step, carry, draw)[1]
            return jax.lax.fori_loop(0, count, body, (carry, jnp.zeros((CHUNK, *one.shape), one.dtype)))

        self._run = Compiled(run)

    def __call__(self, carry: Tree, draw: Draw, count: int) -> tuple[Tree, np.ndarray]:
        carry, values = self._run(carry, draw, count)
        return carry, np.asarray(values)[:count]


def scan(step: Step) -> Scan:
    """Return a loop that takes `step` along the first axis of the draws."""
    run = Compiled(partial(jax.lax.scan, step))

    def along(carry: Tree, draws: Draw) -> tuple[Tree, np.ndarray]:
        carry, values = run(carry, draws)
        return carry, np.asarray(values)  # indexing them on the device would compile each look

    return along


def when(due: Array, then: Callable[[], Tree], otherwise: Callable[[], Tree]) -> Tree:
    """Return the result of one of two branches, for several runs at the same step too."""
    return jax.lax.cond(_alike(due), then, otherwise)


@jax.custom_batching.custom_vmap
def _alike(due: Array) -> Array:
    """Return `due`, which several lanes must share: a condition on each would compute both branches."""
    return due


@_alike.def_vmap
def _alike_in_lanes(size: int, batched: Sequence[bool], due: Array) -> tuple[Array, bool]:
    return (due.any(), False) if batched[0] else (due, False)


class Xla:
    """The `Compiler` that XLA makes possible."""

    def lanes(self, step: Step, shared: bool) -> Step:
        """Return `step` for several carries at once, on one shared draw or on a draw for each."""
        return jax.vmap(step, (0, None if shared else 0))

    def stack(self, carries: Sequence[Tree]) -> Tree:
        """Return several carries as one, stacked along a new first axis."""
        with jax.enable_x64(True):
            return jax.tree.map(_stacked, *carries)

    def cast(self, tree: Tree, precision: str) -> Tree:
        """Return the tree with its numbers and arrays in this precision."""
        with jax.enable_x64(True):
            return jax.tree.map(lambda leaf: jax.device_put(np.asarray(leaf, precision)), tree)

    def descent(self, loss: Loss, move: Move) -> Stride:
        """Return the step with carry = arrays, states that moves along the loss's gradient."""
        differentiated = jax.value_and_grad(loss, has_aux=True)

        def step(carry: Tree, draw: Draw, noise: Noise, time: Array, xp: Library) -> tuple[Tree, Array]:
            arrays, states = carry
            (_, value), grads = differentiated(arrays, draw, time, xp)
            return move(arrays, grads, states, time, xp), value

        return step

    def epoch(self, step: Stride, draw: Drawing, hardware: Hardware) -> Epoch:
        """Return a compiled pass over the data (see `engines.jax_epoch`)."""
        from . import jax_epoch

        return jax_epoch.Epoch(step, draw, hardware)


def _loaded(run: Callable[..., Tree], args: Tree) -> Callable[..., Tree]:
    """Return the executable, after a trial run on `LIGHT` arguments: a first run takes 5 to 10 ms more."""
    if sum(np.size(leaf) for leaf in jax.tree.leaves(args)) <= LIGHT:
        jax.block_until_ready(run(*args))  # type: ignore[no-untyped-call]
    return run


def _stacked(*leaves: Array) -> jax.Array:
    """Return arrays along a new first axis; NumPy is faster, but cannot hold keys of random numbers."""
    return jnp.stack(leaves) if _is_key(leaves[0]) else jax.device_put(np.stack(leaves))


def _is_key(leaf: Array) -> bool:
    """Whether an array holds keys of random numbers, whose type only JAX has."""
    return isinstance(leaf, jax.Array) and not isinstance(leaf.dtype, np.dtype)


def _kind(leaf: Array) -> object:
    """Return the properties of an argument that an executable depends on."""
    if isinstance(leaf, jax.Array):
        return leaf.shape, leaf.dtype, isinstance(leaf.dtype, np.dtype) and leaf.weak_type
    return (leaf.shape, leaf.dtype, False) if isinstance(leaf, np.ndarray | np.generic) else type(leaf)


compiler: Compiler | None = Xla()
