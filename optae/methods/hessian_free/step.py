"""One truncated Gauss-Newton step on a batch as compiled code (Martens, 2010)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...engines import Array, Library
from ...engines.contract import Noise, Parts, Stride
from ...engines.draw import Draw
from ...model.chain import Chain
from ..compiled.heads import GaussNewton, first, lowered, plus
from .cg import Iterates, Map, solve
from .preconditioners import Sketch, by_fisher, by_sketch, sketch, squared_gradients
from .rules import GOOD, GROW, POOR, REFRESH, Rules


class State(NamedTuple):
    """What one step leaves to the next."""

    arrays: Parts  # the weights
    solution: Array  # (size,), of the last linear equations
    damping: Array
    known: Sketch  # of the matrix, with no columns if there is none
    count: Array  # steps so far
    products: Array  # conjugate gradient steps so far


class Trial(NamedTuple):
    """A place among the iterates that were kept, and the loss there."""

    slot: Array
    value: Array


def begin(model: Chain, rules: Rules, theta: np.ndarray) -> State:
    """Return the state before the first step."""
    rank = min(rules.rank, model.size) if rules.preconditioner == "nystrom" else 0
    known = Sketch(np.zeros((model.size, rank)), np.zeros(rank))
    damping = np.float64(rules.damping)
    return State(model.layout.unpack(theta), 0 * theta, damping, known, np.int32(0), np.int32(0))


def step_of(model: Chain, rules: Rules) -> Stride:
    """Return the step (state, draw, noise, time, xp) -> (state, value)."""
    loss, layout = lowered(model), model.layout

    def step(state: State, draw: Draw, noise: Noise, time: Array, xp: Library) -> tuple[State, Array]:
        value, grad = jax.value_and_grad(loss)(state.arrays, draw, xp)
        few, shift = first(draw, rules.part(len(draw.x))), state.damping + model.l2
        matrix = GaussNewton(model, state.arrays, few)

        def curved(v: Array) -> Array:
            return layout.pack(matrix.product(layout.unpack(v)), jnp)

        known = _known(state, curved, noise)
        condition = _condition(model, rules, state, known, few, shift, xp)
        start = rules.keep * state.solution
        found = solve(lambda v: curved(v) + shift * v, -layout.pack(grad, jnp), start, condition, rules)
        trial = _backtracked(found, lambda x: loss(plus(state.arrays, layout.unpack(x)), draw, xp))
        better = trial.value < value
        move = layout.unpack(jnp.where(better, found.points[trial.slot], 0.0))
        damping = _damping(state.damping, (trial.value - value) / found.values[trial.slot])
        count, products = state.count + 1, state.products + found.steps
        after = State(plus(state.arrays, move), found.last, damping, known, count, products)
        return after, value

    return step


def _known(state: State, curved: Map, noise: Noise) -> Sketch:
    """Return the sketch of the matrix, a new one now and then, if there is one."""
    shape = state.known.columns.shape
    if not shape[1]:
        return state.known
    test = noise.standard_normal(shape)
    return jax.lax.cond(state.count % REFRESH == 0, lambda: sketch(curved, test), lambda: state.known)


def _condition(
    model: Chain, rules: Rules, state: State, known: Sketch, draw: Draw, shift: Array, xp: Library
) -> Map:
    if rules.preconditioner == "nystrom":
        return by_sketch(known, shift)
    if rules.preconditioner == "fisher":
        return by_fisher(squared_gradients(model, state.arrays, draw, xp), shift)
    return lambda v: v


def _backtracked(found: Iterates, value: Map) -> Trial:
    """Return the last iterate, or an earlier one as long as that lowers the loss (section 4.6)."""
    slot = jnp.sum(jnp.isfinite(found.values)) - 1

    def at(slot: Array) -> Trial:
        return Trial(slot, value(found.points[slot]))

    def lower(pair: tuple[Trial, Trial]) -> Array:
        return pair[1].value < pair[0].value

    def back(pair: tuple[Trial, Trial]) -> tuple[Trial, Trial]:
        return pair[1], jax.lax.cond(pair[1].slot > 0, lambda: at(pair[1].slot - 1), lambda: pair[1])

    last = at(slot)
    before = jax.lax.cond(slot > 0, lambda: at(slot - 1), lambda: last)
    return jax.lax.while_loop(lower, back, (last, before))[0]


def _damping(damping: Array, ratio: Array) -> Array:
    """Return lambda by the rule of Levenberg and Marquardt, from the gain over the predicted one."""
    return damping * jnp.where(ratio > GOOD, 1 / GROW, jnp.where(ratio < POOR, GROW, 1.0))
