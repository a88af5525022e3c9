"""One step of K-FAC as compiled code (Martens & Grosse, 2015, algorithm 2)."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...engines import Array, Library
from ...engines.contract import Noise, Parts, Stride
from ...engines.draw import Draw
from ...model.chain import Chain
from ..compiled.heads import GaussNewton, first, lowered, plus
from .factors import Factors, blended, inverted, joined, measured, none, preconditioned, split
from .quadratic import Quadratic, Step
from .rules import EASE, FIRST, GOOD, LOOSEST, POOR, TIGHTEST, WATCH, Rules


class State(NamedTuple):
    """What one step leaves to the next."""

    arrays: Parts  # the weights
    move: Parts  # the last step
    mean: Parts  # the averaged weights, or none
    factors: Factors
    inverses: Factors
    count: Array  # steps so far
    damping: Array  # lambda, of the quadratic model
    gamma: Array  # of the factors


class Proposal(NamedTuple):
    """A step with the inverses and the gamma that it comes from, and the quadratic model's value."""

    move: Parts
    value: Array
    inverses: Factors
    gamma: Array


def begin(model: Chain, rules: Rules, theta: np.ndarray) -> State:
    """Return the state before the first step."""
    arrays, empty = model.layout.unpack(theta), none(model)
    still = {name: np.zeros_like(array) for name, array in arrays.items()}
    mean = arrays if rules.average else {}
    gamma = np.sqrt(rules.damping + model.l2)
    return State(arrays, still, mean, empty, empty, np.int32(0), np.float64(rules.damping), gamma)


def step_of(model: Chain, rules: Rules) -> Stride:
    """Return the step (state, draw, noise, time, xp) -> (state, value)."""
    loss = lowered(model)

    def step(state: State, draw: Draw, noise: Noise, time: Array, xp: Library) -> tuple[State, Array]:
        arrays, count, n = state.arrays, state.count + 1, len(draw.x)
        value, grad = jax.value_and_grad(loss)(arrays, draw, xp)
        few = first(draw, rules.part(rules.statistics, n))
        share = jnp.minimum(1 - 1 / count, rules.decay).astype(value.dtype)
        factors = blended(state.factors, measured(model, arrays, few, noise, xp), share)
        matrix = GaussNewton(model, arrays, first(draw, rules.part(rules.model, n)))
        quadratic = Quadratic(matrix, grad, state.damping + model.l2)
        chosen = _chosen(model, rules, state._replace(count=count, factors=factors), quadratic, grad)
        moved = plus(arrays, chosen.move)
        damping = _damping(state.damping, count, chosen.value, lambda: loss(moved, draw, xp) - value)
        mean = _averaged(state.mean, moved, jnp.minimum(1 - 1 / count, rules.average).astype(value.dtype))
        after = State(moved, chosen.move, mean, factors, chosen.inverses, count, damping, chosen.gamma)
        return after, value

    return step


def _chosen(model: Chain, rules: Rules, state: State, quadratic: Quadratic, grad: Parts) -> Proposal:
    """Return the step from the inverses, which are renewed now and then after a search for gamma."""
    blocks, last = joined(model, grad), quadratic.along(state.move)
    search = state.count % rules.refresh == 0

    def proposed(inverses: Factors) -> Step:
        towards = split(model, [-block for block in preconditioned(inverses, blocks)])
        return quadratic.best(quadratic.along(towards), last)

    def found() -> Array:
        gammas = _candidates(state.gamma, rules.refresh, model.l2)
        values = jax.lax.map(lambda gamma: proposed(inverted(state.factors, gamma)).value, gammas)
        return gammas[jnp.nanargmin(values)]

    gamma = jax.lax.cond(search, found, lambda: state.gamma)
    inverses = jax.lax.cond(
        search | (state.count <= FIRST), lambda: inverted(state.factors, gamma), lambda: state.inverses
    )
    return Proposal(*proposed(inverses), inverses, gamma)


def _candidates(gamma: Array, refresh: int, l2: float) -> Array:
    """Return gamma, which comes first, and what a search may change it to, (3,) (section 6.6)."""
    factor = EASE ** (refresh / 2)
    least, most = max(l2**0.5, TIGHTEST), jnp.maximum(gamma, LOOSEST)
    return jnp.stack([gamma, jnp.maximum(factor * gamma, least), jnp.minimum(gamma / factor, most)])


def _damping(damping: Array, count: Array, predicted: Array, gain: Callable[[], Array]) -> Array:
    """Return lambda by the rule of Levenberg and Marquardt: is the gain as predicted? (section 6.5)."""
    factor = EASE**WATCH

    def watched() -> Array:
        ratio = gain() / predicted
        return damping * jnp.where(ratio > GOOD, factor, jnp.where(ratio < POOR, 1 / factor, 1.0))

    return jax.lax.cond(count % WATCH == 0, watched, lambda: damping)


def _averaged(mean: Parts, moved: Parts, share: Array) -> Parts:
    """Return the averaged weights, if there are any (section 13)."""
    return {name: share * mean[name] + (1 - share) * moved[name] for name in mean}
