"""JAX: the same loss, compiled for CPU, GPU or TPU. Arrays keep their own precision, float64 included."""

import os
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from threading import Lock

import jax
import jax.numpy as jnp
import numpy as np

from .arrays import Array, Tree
from .clock import compiling, waiting
from .contract import Compiler, Drawing, Epoch, Loss, Model, Move, Scan, Step
from .cost import traced
from .draw import Draw
from .hardware import Hardware
from .slices import MANY
from .threads import cores

name = "jax"
CHUNK = 256
SLICE = MANY
LIGHT = 1_000_000  # numbers on which a run is short
xp = jnp
prices = traced
ONE_THREAD = "xla_cpu_multi_thread_eigen=false"  # among XLA_FLAGS


def array(x: np.ndarray) -> jax.Array:
    """Return the data on the device, in their own precision."""
    with jax.enable_x64(True):
        return jax.device_put(x)


def threads() -> int:
    """Return how many threads XLA has on this host, as fixed by the environment when JAX started."""
    if ONE_THREAD in os.environ.get("XLA_FLAGS", ""):
        return 1
    return int(os.environ.get("NPROC") or cores())


class Compiled:
    """A function compiled ahead of its first run on each kind of arguments; threads may share it."""

    def __init__(self, f: Callable[..., Tree]) -> None:
        self._jit, self._lock = jax.jit(f), Lock()
        self._ready: dict[object, Callable[..., Tree]] = {}

    def __call__(self, *args: Tree) -> Tree:
        with jax.enable_x64(True):
            leaves, structure = jax.tree.flatten(args)
            kind = structure, *map(_kind, leaves)
            run = self._ready.get(kind) or self._compile(kind, args)
            return jax.block_until_ready(run(*args))  # type: ignore[no-untyped-call]

    def _compile(self, kind: object, args: Tree) -> Callable[..., Tree]:
        """The executable itself: calling the jitted function would trace it once more, on the clock."""
        with waiting():
            self._lock.acquire()  # another thread may be compiling it
        try:
            if kind not in self._ready:
                with compiling():
                    self._ready[kind] = _loaded(self._jit.lower(*args).compile(), args)
            return self._ready[kind]
        finally:
            self._lock.release()


def _loaded(run: Callable[..., Tree], args: Tree) -> Callable[..., Tree]:
    """The executable after a first run, which takes 5 to 10 ms longer than the next, where all is `LIGHT`."""
    if sum(np.size(leaf) for leaf in jax.tree.leaves(args)) <= LIGHT:
        jax.block_until_ready(run(*args))  # type: ignore[no-untyped-call]
    return run


def _kind(leaf: Array) -> object:
    """What an executable depends on in one argument."""
    if isinstance(leaf, jax.Array):
        return leaf.shape, leaf.dtype, leaf.weak_type
    return (leaf.shape, leaf.dtype, False) if isinstance(leaf, np.ndarray | np.generic) else type(leaf)


@lru_cache(maxsize=256)
def compiled(f: Callable[..., Tree]) -> Compiled:
    """The same function, jitted; a second request finds it compiled."""
    return Compiled(f)


@lru_cache(maxsize=256)
def value(model: Model) -> Callable[[Array, Draw], Array]:
    """Return (theta, draw) -> value."""
    return partial(model.loss, xp=jnp)


@lru_cache(maxsize=256)
def value_and_grad(model: Model) -> Callable[[Array, Draw], tuple[Array, Array]]:
    """Return (theta, draw) -> (value, gradient), which takes the gradient by named array.

    A gradient by the vector would pad every slice back to the whole vector.
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
    """`step` count <= CHUNK times on one draw: one compilation serves every count."""

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
        return carry, np.asarray(values)  # on the device each look at one of them would be compiled

    return along


class Xla:
    """What XLA can do with a whole loop."""

    def lanes(self, step: Step, shared: bool) -> Step:
        """Return `step` for several carries at once, on a draw that they share or each on its own."""
        return jax.vmap(step, (0, None if shared else 0))

    def stack(self, carries: Sequence[Tree]) -> Tree:
        """Return several carries as one, a lane each along its arrays' first axis."""
        with jax.enable_x64(True):
            return jax.tree.map(lambda *arrays: jax.device_put(np.stack(arrays)), *carries)

    def cast(self, tree: Tree, precision: str) -> Tree:
        """Return the tree's numbers and arrays in this precision."""
        with jax.enable_x64(True):
            return jax.tree.map(lambda leaf: jax.device_put(np.asarray(leaf, precision)), tree)

    def epoch(self, loss: Loss, move: Move, draw: Drawing, hardware: Hardware) -> Epoch:
        """Return a compiled pass over the data: see `engines.jax_epoch`."""
        from . import jax_epoch

        return jax_epoch.Epoch(loss, move, draw, hardware)


compiler: Compiler | None = Xla()
