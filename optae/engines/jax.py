"""JAX: the same loss, compiled for CPU, GPU or TPU. Arrays keep their own precision, float64 included."""

import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

CHUNK = 256
xp = jnp


def array(x: np.ndarray) -> jax.Array:
    """On the device, in its own precision."""
    with jax.enable_x64(True):
        return jnp.asarray(x)


class Compiled:
    """A jitted function that compiles each new shape ahead of its first run, and says how long that took."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self._jit = jax.jit(f)
        self._seen: set[Any] = set()
        self.compile_seconds = 0.0

    def __call__(self, *args: Any) -> Any:
        with jax.enable_x64(True):
            shapes = tuple((np.shape(a), getattr(a, "dtype", None)) for a in jax.tree.leaves(args))
            if shapes not in self._seen:
                started = time.perf_counter()
                self._jit.lower(*args).compile()
                self.compile_seconds += time.perf_counter() - started
                self._seen.add(shapes)
            return jax.block_until_ready(self._jit(*args))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=256)
def compiled(f: Callable[..., Any]) -> Compiled:
    """The same function, jitted; a second request finds it compiled."""
    return Compiled(f)


@lru_cache(maxsize=256)
def value(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> value."""
    return partial(model.loss, xp=jnp)


@lru_cache(maxsize=256)
def value_and_grad(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> (value, grad), by way of the named arrays: no slice is padded back to a vector."""
    by_parts = jax.value_and_grad(partial(model.loss_of, xp=jnp))

    def by_vector(theta: Any, draw: Any) -> Any:
        value, grads = by_parts(model.layout.unpack(theta), draw)
        return value, model.layout.pack(grads, jnp)

    return by_vector


@lru_cache(maxsize=256)
def hvp(model: Any) -> Callable[..., Any]:
    """(theta, v, draw) -> Hessian times v: forward over reverse."""
    grad = value_and_grad(model)
    return lambda theta, v, draw: jax.jvp(lambda t: grad(t, draw)[1], (theta,), (v,))[1]


@lru_cache(maxsize=256)
def residuals(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> (n d,)."""
    return partial(model.residuals, xp=jnp)


@lru_cache(maxsize=256)
def jacobian(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> (n d, size)."""
    return jax.jacrev(residuals(model))


class repeat:
    """`step` count <= CHUNK times on one draw: one compilation serves every count."""

    def __init__(self, step: Callable[..., Any]) -> None:
        def run(carry: Any, draw: Any, count: Any) -> Any:
            def body(i: Any, state: Any) -> Any:
                carry, value = step(state[0], draw)
                return carry, state[1].at[i].set(value)

            one = jax.eval_shape(step, carry, draw)[1]
            return jax.lax.fori_loop(0, count, body, (carry, jnp.zeros((CHUNK, *one.shape), one.dtype)))

        self._run = Compiled(run)

    @property
    def compile_seconds(self) -> float:
        """Of the loop."""
        return self._run.compile_seconds

    def __call__(self, carry: Any, draw: Any, count: int) -> tuple[Any, np.ndarray]:
        carry, values = self._run(carry, draw, count)
        return carry, np.asarray(values)[:count]


def scan(step: Callable[..., Any]) -> Compiled:
    """`step` along the first axis of the draws."""
    return Compiled(partial(jax.lax.scan, step))


def epoch(*words: Any) -> Any:
    """A pass over the data, compiled: see `engines.epoch.Epoch`."""
    from .epoch import Epoch

    return Epoch(*words)


def lanes(step: Callable[..., Any], shared: bool) -> Callable[..., Any]:
    """`step` of S carries at once, on a draw that they share or each on its own."""
    return jax.vmap(step, (0, None if shared else 0))


def cast(tree: Any, precision: str) -> Any:
    """Its numbers and arrays in this precision."""
    with jax.enable_x64(True):
        return jax.tree.map(lambda leaf: jnp.asarray(leaf, precision), tree)


def stack(carries: Sequence[Any]) -> Any:
    """S carries as one, a lane each along its arrays' first axis."""
    with jax.enable_x64(True):
        return jax.tree.map(lambda *arrays: jnp.stack(arrays), *carries)
