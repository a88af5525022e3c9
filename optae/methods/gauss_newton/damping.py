"""The loop of Levenberg (1944) and Marquardt (1963): damped Gauss-Newton steps of searched length."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from .linear import Linear, Solve, Solver

LONGEST, SHORTEST = 2.0**6, 2.0**-10  # multiples of a step that the search tries
HOPELESS = 1e20  # the damping at which a descent gives up
SHARP = 0.75  # the longest turn that is taken, as a share of the step's length (Transtrum & Sethna, 2012)


class Local(Linear, Protocol):
    """A function to first order about theta, in coordinates q."""

    def step(self, q: np.ndarray) -> np.ndarray:
        """Return q (size,) as a step of theta (size,)."""

    def bend(self, q: np.ndarray) -> np.ndarray | None:
        """Return the residuals' second derivative (rows,) along a step, or None to go straight."""


L = TypeVar("L", bound=Local)


@dataclass(frozen=True)
class Damping:
    """The initial damping, and the rules that end a descent."""

    damping: float = 0.01  # in coordinates where the Gauss-Newton matrix's diagonal is 1 on average
    gtol: float = 1e-10  # largest element of the gradient, in those coordinates, that counts as zero
    ftol: float = 1e-3  # least share of the value that `patience` iterations must gain
    patience: int = 20

    def __post_init__(self) -> None:
        for name, value in {"damping": self.damping, "patience": self.patience}.items():
            if not 0 < value < inf:
                raise ValueError(f"{name}={value}: give a positive number")
        for name, value in {"gtol": self.gtol, "ftol": self.ftol}.items():
            if not 0 <= value < inf:
                raise ValueError(f"{name}={value}: give a number from 0")


class Descent(NamedTuple):
    """The end of a descent, and the reason for it."""

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
    """Lower `value` from theta (size,) until the gradient vanishes or the gain becomes negligible.

    The ratio of actual to predicted gain sets the damping as in Nielsen (1999): a success divides it by up to
    3; failures multiply it by 2, then 4, then 8. `iteration` is called after each step.
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
        del local, factorise  # large data have no room for two
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
    """Return the best point on the curve of the damped step; its value is inf if there is no such step."""
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
    """Return half the geodesic acceleration if it is known and small enough (Transtrum & Sethna, 2012)."""
    bend = local.bend(q)
    if bend is None or not (np.linalg.norm(half := 0.5 * solve(bend)) <= SHARP * np.linalg.norm(q)):
        return None
    return local.step(half)


def _search(along: Callable[[float], float], now: float) -> tuple[float, float]:
    """Return the least value and its length: 1, doubled or else halved while that lowers the value."""
    best = along(1.0), 1.0
    if best[0] < now and (longer := _follow(along, best, 2.0, LONGEST)) != best:
        return longer
    while not best[0] < now and best[1] > SHORTEST:
        best = along(best[1] / 2), best[1] / 2
    return _follow(along, best, 0.5, SHORTEST)


def _follow(
    along: Callable[[float], float], best: tuple[float, float], factor: float, last: float
) -> tuple[float, float]:
    """Multiply the length by the factor while the value falls."""
    while best[1] != last:
        trial = along(best[1] * factor), best[1] * factor
        if not trial[0] < best[0]:
            break
        best = trial
    return best
