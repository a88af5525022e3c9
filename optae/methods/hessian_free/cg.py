"""Preconditioned conjugate gradients in compiled code, which the rule of Martens (2010) ends."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...engines import Array
from .rules import Rules

Map = Callable[[Array], Array]  # (size,) -> (size,)
LEAST_STEPS, LATE_SHARE = 10, 10  # the rule looks back over 10 steps, or a tenth of all if that is more


class Iterates(NamedTuple):
    """What conjugate gradients found."""

    points: Array  # the iterates that were kept, (k, size)
    values: Array  # of the quadratic there, (k,), inf where the iteration had ended before
    last: Array  # the last iterate (size,)
    steps: Array


class _State(NamedTuple):
    i: Array  # steps so far
    x: Array
    rest: Array  # b - A x
    towards: Array
    inner: Array  # rest^T M^-1 rest
    values: Array  # of the quadratic after each step
    points: Array


def solve(product: Map, b: Array, start: Array, precondition: Map, rules: Rules) -> Iterates:
    """Lower q(x) = x^T A x / 2 - b^T x from `start`, for A by its products."""
    kept = np.array(rules.kept)
    rest = b - product(start)
    scaled = precondition(rest)
    values = jnp.full(rules.steps + 1, jnp.inf, b.dtype).at[0].set(-0.5 * jnp.vdot(start, b + rest))
    points = jnp.zeros((len(kept), len(b)), b.dtype)
    first = _State(jnp.int32(0), start, rest, scaled, jnp.vdot(rest, scaled), values, points)

    def goes_on(state: _State) -> Array:
        return (state.i < rules.steps) & (state.inner > 0) & ~_idle(state.values, state.i, rules.progress)

    def step(state: _State) -> _State:
        i, bent = state.i + 1, product(state.towards)
        length = state.inner / jnp.vdot(state.towards, bent)
        x, rest = state.x + length * state.towards, state.rest - length * bent
        scaled = precondition(rest)
        inner = jnp.vdot(rest, scaled)
        towards = scaled + inner / state.inner * state.towards
        values = state.values.at[i].set(-0.5 * jnp.vdot(x, b + rest))
        slot = jnp.searchsorted(jnp.asarray(kept), i)
        return _State(i, x, rest, towards, inner, values, state.points.at[slot].set(x))

    last = jax.lax.while_loop(goes_on, step, first)
    reached = jnp.minimum(jnp.asarray(kept), last.i)
    there = jnp.where(jnp.asarray(kept) < last.i + _gaps(kept), last.values[reached], jnp.inf)
    return Iterates(last.points, there, last.x, last.i)


def _gaps(kept: np.ndarray) -> np.ndarray:
    """Return how far each number is above the one before; a slot holds the last iterate up to its own."""
    return np.diff(kept, prepend=0)


def _idle(values: Array, i: Array, progress: float) -> Array:
    """Return whether the quadratic's values, which fall from 0, have almost stopped falling."""
    k = jnp.maximum(LEAST_STEPS, i // LATE_SHARE)
    now, before = values[i], values[jnp.maximum(i - k, 0)]
    return (i > k) & (now < 0) & (now - before >= k * progress * now)
