"""The loop of Levenberg (1944) and Marquardt (1963): damped Gauss-Newton steps, each searched for length."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from .linear import Linear, Solve, Solver

LONGEST, SHORTEST = 2.0**6, 2.0**-10  # of a step's multiples
HOPELESS = 1e20  # damping
SHARP = 0.75  # of a step's length: the longest turn that is taken


class Local(Linear, Protocol):
    """A value to first order about theta, in coordinates q of its own."""

    def step(self, q: np.ndarray) -> np.ndarray:
        """q (size,) as a step of theta (size,)."""

    def bend(self, q: np.ndarray) -> np.ndarray | None:
        """The second derivative of the residuals (rows,) along that step, if the step is to follow it."""


L = TypeVar("L", bound=Local)


@dataclass(frozen=True)
class Damping:
    """How the damping starts, and when a descent ends."""

    damping: float = 0.01  # where the Gauss-Newton matrix's diagonal is 1 on average
    gtol: float = 1e-10  # the gradient's largest element, in those coordinates
    ftol: float = 1e-3  # the least share of the value to gain in `patience` iterations
    patience: int = 20

    def __post_init__(self) -> None:
        for name, value in {"damping": self.damping, "patience": self.patience}.items():
            if not 0 < value < inf:
                raise ValueError(f"{name}={value}: give a positive number")
        for name, value in {"gtol": self.gtol, "ftol": self.ftol}.items():
            if not 0 <= value < inf:
                raise ValueError(f"{name}={value}: give a number from 0")


class Descent(NamedTuple):
    """Where a descent ended, and why."""

    theta: np.ndarray  # (size,)
    value: float
    reason: str


def descend(
    value: Callable[[np.ndarray], float],
    locally: Callable[[np.ndarray], L],
    solver: Callable[[L], Solver],
    theta: np.ndarray,
    rules: Damping,
    iteration: Callable[[], None] = lambda: None,
    target: float = -inf,
) -> Descent:
    """Lower `value` from theta (size,) until the gradient vanishes or nothing is gained any more.

    The gain ratio, actual by predicted, moves the damping as in Nielsen (1999): success divides it by up to
    3, failure multiplies it by 2, then 4, then 8. `iteration` is called after each.
    """
    now, damping = value(theta), rules.damping
    past = deque([now], maxlen=rules.patience)
    while now > target:
        local = locally(theta)
        grad = local.pull(local.residuals)
        if not np.abs(grad).max() > rules.gtol:
            return Descent(theta, now, "the gradient vanishes")
        factorise, grow = solver(local), 2.0
        while not (trial := _attempt(value, theta, now, local, factorise, damping)).value < now:
            damping, grow = damping * grow, 2 * grow
            if not damping < HOPELESS:
                return Descent(theta, now, "no step goes down")
        expected = 0.5 * (damping * (trial.q @ trial.q) - grad @ trial.q)
        damping *= max(1 / 3, 1 - (2 * (now - trial.value) / expected - 1) ** 3)
        theta, now = trial.theta, trial.value
        iteration()
        if len(past) == rules.patience and now > (1 - rules.ftol) * past[0]:
            return Descent(theta, now, f"{rules.patience} iterations gained next to nothing")
        past.append(now)
    return Descent(theta, now, "the target is reached")


class _Trial(NamedTuple):
    value: float
    theta: np.ndarray
    q: np.ndarray  # the whole step


def _attempt(
    value: Callable[[np.ndarray], float],
    theta: np.ndarray,
    now: float,
    local: Local,
    factorise: Solver,
    damping: float,
) -> _Trial:
    """The best point on the curve of the damped step; of value inf where there is no such step."""
    try:
        solve = factorise(damping)
    except np.linalg.LinAlgError:
        return _Trial(inf, theta, theta)
    q = solve(local.residuals)
    step, turn = local.step(q), _turn(local, solve, q)

    def along(length: float) -> np.ndarray:
        return theta + length * step + (0 if turn is None else length**2 * turn)

    least, length = _search(lambda length: value(along(length)), now)
    return _Trial(least, along(length), q)


def _turn(local: Local, solve: Solve, q: np.ndarray) -> np.ndarray | None:
    """Half the geodesic acceleration, where it is known and small enough (Transtrum & Sethna, 2012)."""
    bend = local.bend(q)
    if bend is None or not (np.linalg.norm(half := 0.5 * solve(bend)) <= SHARP * np.linalg.norm(q)):
        return None
    return local.step(half)


def _search(along: Callable[[float], float], now: float) -> tuple[float, float]:
    """The least value and its length: 1 doubled while that helps, or else halved while that does."""
    best = along(1.0), 1.0
    if best[0] < now and (longer := _follow(along, best, 2.0, LONGEST)) != best:
        return longer
    while not best[0] < now and best[1] > SHORTEST:
        best = along(best[1] / 2), best[1] / 2
    return _follow(along, best, 0.5, SHORTEST)


def _follow(
    along: Callable[[float], float], best: tuple[float, float], factor: float, last: float
) -> tuple[float, float]:
    """Multiplies the length by the factor while the value falls."""
    while best[1] != last:
        trial = along(best[1] * factor), best[1] * factor
        if not trial[0] < best[0]:
            break
        best = trial
    return best
