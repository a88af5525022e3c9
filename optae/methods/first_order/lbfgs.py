"""L-BFGS with a short memory, whose line search is a state machine: each step takes one value and gradient.

So a budget can end it inside a line search, an engine can compile the loop around it, and several seeds can
take their steps together. On narrow autoencoders the curvature changes within a few steps, so that old pairs
mislead: with three pairs, this method and SciPy's get nearly all letters right, with ten SciPy's gets a
quarter right (`benchmarks/lbfgs.toml`).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple, NoReturn

import numpy as np

from ...engines import Array, Library
from ...training.lockstep import Group
from ...training.problem import Problem
from ...training.thread_rule import forward
from ...training.trace import Trace
from . import lockstep as together
from .loop import FirstOrder, descend
from .rules import Loss

DECREASE, CURVATURE = 1e-4, 0.9  # of the strong Wolfe conditions (Nocedal & Wright, 2006, p. 34)
GROWTH = 4.0  # of a step that may be longer
MARGIN = 0.1  # a new step keeps this share of the bracket away from its ends
TRIALS = 25  # of a line search, after which it takes what it has
MOST = 100  # pairs, as every one of them is a part of the compiled code
LARGE = 1e300  # a value in the bracket for a loss that is not finite
POSITIVE = 1e-10  # the least cosine between a step and its change of gradient in a pair


class Search(NamedTuple):
    """A line search from `theta` along `direction`, and its bracket [low, high] of step lengths."""

    theta: Array  # (size,), where it began
    value: Array
    grad: Array  # (size,)
    direction: Array  # (size,)
    slope: Array  # along the direction, at its beginning
    step: Array  # the trial that is under way
    trials: Array
    low: Array
    low_value: Array
    low_slope: Array
    high: Array  # inf before it is found
    high_value: Array


class Pairs(NamedTuple):
    """The last steps s and changes of gradient y, as rings of `memory` rows; rho = 1 / s.y, 0 for none."""

    s: Array  # (memory, size)
    y: Array  # (memory, size)
    rho: Array  # (memory,)
    newest: Array  # a row
    scale: Array  # s.y / y.y of the newest pair, the diagonal of the first inverse Hessian


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS with few pairs and a strong Wolfe search (Liu & Nocedal, 1989)."""

    memory: int = 3  # pairs
    max_step: float = 1.0  # the most that the first trial of a line search moves a weight
    value: Array = None  # the loss at this step's theta

    def __post_init__(self) -> None:
        if not 1 <= self.memory <= MOST:
            raise ValueError(f"memory={self.memory}: give 1 to {MOST} pairs")
        if not 0 < self.max_step <= LARGE:
            raise ValueError(f"max_step={self.max_step}: give a positive number up to {LARGE:g}")

    def informed(self, value: Array, loss: Loss | None = None) -> "LBFGS":
        """Return the rule with the loss of this step; it takes no further ones."""
        return replace(self, value=value)

    def work(self, size: int, product: float) -> float:
        """Return the operations of a step's two loops over the pairs."""
        return 8.0 * self.memory * size

    def init(self, theta: Array) -> tuple[Search, Pairs]:
        zero, none = 0.0 * theta, 0.0 * theta[0]
        search = Search(
            theta, none + np.inf, zero, zero, none, none, none, none, none, none, none + np.inf, none
        )
        rows = np.zeros((self.memory, len(theta)))
        return search, Pairs(rows, rows.copy(), np.zeros(self.memory), none, none + 1.0)

    def update(
        self, theta: Array, grad: Array, state: tuple[Search, Pairs]
    ) -> tuple[Array, tuple[Search, Pairs]]:
        (search, pairs), xp = state, theta.__array_namespace__()
        search, taken, failed = judged(search, self.value, grad @ search.direction, xp)
        moved = search._replace(
            theta=xp.where(taken, theta, search.theta),
            value=xp.where(taken, self.value, search.value),
            grad=xp.where(taken, grad, search.grad),
        )
        pairs = learned(pairs, theta - search.theta, grad - search.grad, taken, failed, xp)
        began = self._begun(moved, pairs, xp)
        search = Search(*(xp.where(taken | failed, *both) for both in zip(began, search, strict=True)))
        return search.theta + search.step * search.direction, (search, pairs)

    def _begun(self, search: Search, pairs: Pairs, xp: Library) -> Search:
        """Return the line search that begins at this theta."""
        grad = search.grad
        newton = -inverse_times(pairs, grad)
        steepest = -grad / xp.maximum((grad @ grad) ** 0.5, 1e-300)
        direction = xp.where((newton @ grad < 0) & pairs.rho.any(), newton, steepest)
        none, slope = 0.0 * search.value, direction @ grad
        step = xp.minimum(1.0, self.max_step / xp.maximum(abs(direction).max(), 1e-300))
        bracket = none, search.value, slope, none + np.inf, none
        return Search(search.theta, search.value, grad, direction, slope, step, none, *bracket)


def judged(search: Search, value: Array, slope: Array, xp: Library) -> tuple[Search, Array, Array]:
    """Return the search after a trial, and whether it has ended: with a step taken, or failed.

    The trial's value and slope end the search, or narrow its bracket and give the next trial.
    """
    below = value <= search.value + DECREASE * search.step * search.slope
    beyond = ~below | ((value >= search.low_value) & (search.low > 0))
    flat = abs(slope) <= -CURVATURE * search.slope
    upper, trials = beyond | (slope >= 0), search.trials + 1
    found, given_up = ~beyond & flat, trials >= TRIALS
    search = search._replace(
        trials=trials,
        low=xp.where(upper, search.low, search.step),
        low_value=xp.where(upper, search.low_value, value),
        low_slope=xp.where(upper, search.low_slope, slope),
        high=xp.where(upper, search.step, search.high),
        high_value=xp.where(upper, xp.where(xp.isfinite(value), value, LARGE), search.high_value),
    )
    taken = found | (given_up & (value < search.value))
    return search._replace(step=_next(search, xp)), taken, given_up & ~taken


def _next(search: Search, xp: Library) -> Array:
    """Return a longer step, or where the bracket is closed the lowest point of a parabola inside it."""
    width = xp.where(xp.isfinite(search.high), search.high, search.low) - search.low
    bend = search.high_value - search.low_value - search.low_slope * width
    lowest = -search.low_slope * width**2 / xp.where(bend > 0, 2 * bend, xp.inf)
    inside = xp.clip(xp.where(bend > 0, lowest, width / 2), MARGIN * width, (1 - MARGIN) * width)
    return xp.where(xp.isfinite(search.high), search.low + inside, GROWTH * search.step)


def learned(pairs: Pairs, s: Array, y: Array, taken: Array, failed: Array, xp: Library) -> Pairs:
    """Return the pairs with that of a step that was taken, if it curves upwards; none after a failure."""
    curved = s @ y
    keep = taken & (curved > POSITIVE * ((s @ s) * (y @ y)) ** 0.5)
    newest = xp.where(keep, (pairs.newest + 1) % len(pairs.rho), pairs.newest)
    row, safe = newest.astype(int), xp.where(keep, curved, 1.0)
    return Pairs(
        _put(pairs.s, row, xp.where(keep, s, pairs.s[row])),
        _put(pairs.y, row, xp.where(keep, y, pairs.y[row])),
        xp.where(failed, 0.0, _put(pairs.rho, row, xp.where(keep, 1.0 / safe, pairs.rho[row]))),
        newest,
        xp.where(keep, safe / xp.where(keep, y @ y, 1.0), pairs.scale),
    )


def inverse_times(pairs: Pairs, grad: Array) -> Array:
    """Return the inverse Hessian's estimate times the gradient (Nocedal & Wright, 2006, algorithm 7.4)."""
    rows = [((pairs.newest - k) % len(pairs.rho)).astype(int) for k in range(len(pairs.rho))]
    q, alphas = grad, []
    for row in rows:
        alphas.append(pairs.rho[row] * (pairs.s[row] @ q))
        q = q - alphas[-1] * pairs.y[row]
    q = pairs.scale * q
    for row, alpha in zip(reversed(rows), reversed(alphas), strict=True):
        q = q + (alpha - pairs.rho[row] * (pairs.y[row] @ q)) * pairs.s[row]
    return q


def _put(rows: Array, row: Array, new: Array) -> Array:
    """Return the rows with one of them replaced; NumPy's are overwritten."""
    if isinstance(rows, np.ndarray):
        rows[row] = new
        return rows
    return rows.at[row].set(new)


@dataclass(frozen=True)
class QuasiNewton:
    """L-BFGS on all the data of one draw; an iteration is a trial, and about nine of ten are steps."""

    rule: LBFGS
    endless = True

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run: never."""
        return None

    def product(self, problem: Problem) -> float:
        """Return the operations of the largest layer's product in a step."""
        return forward(problem, None)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        """Train until `Stop` ends it: it never converges by itself."""
        descend(problem, self.rule, theta, trace)

    def suits(self, problem: Problem) -> bool:
        """Return whether several seeds of this problem gain by training together."""
        return together.suits(problem) and not problem.random

    def run_together(self, group: Group) -> None:
        """Train every lane in one loop."""
        FirstOrder(self.rule).run_together(group)
