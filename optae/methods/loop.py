"""Drives a first-order rule, on all the data or on minibatches, until the trace says stop."""

from dataclasses import dataclass, fields
from functools import lru_cache
from types import ModuleType
from typing import Any, NoReturn

import numpy as np

from ..problem import Problem
from ..trace import Trace

BRISK = 0.02  # seconds that one call of a compiled loop may take before the trace looks again


@dataclass(frozen=True)
class FirstOrder:
    """A rule with its batches. An iteration is an epoch: one pass over the data.

    On all the data, where the model is not random, every loss is exact and the best is kept step by step.
    Otherwise the referee looks at the end of every epoch, off the clock, and keeps the best of what it saw.
    """

    rule: Any  # a `first_order.Rule`, frozen
    batch: int | None = None  # samples a step; None: all the data
    shuffle: bool = True

    def __post_init__(self) -> None:
        for field in fields(self.rule):
            _check_range(field.name, getattr(self.rule, field.name))
        if self.batch is not None and self.batch < 1:
            raise ValueError(f"batch {self.batch}: give at least 1 sample a step")

    def refuses(self, problem: Problem) -> str | None:
        """Why this cannot run, if it cannot."""
        if self.batch is not None and self.batch > problem.points:
            return f"batch {self.batch} is more than the {problem.points} samples there are"
        return None

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        """Never converges by itself; `Stop` ends it."""
        if problem.random or self.batch not in (None, problem.points):
            self._epochs(problem, theta, trace)
        self._descend(problem, theta, trace)

    def _descend(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        engine, objective = problem.engine, problem.objective()
        run = _exact_loop(problem.model, self.rule, engine)
        trace.uses(run, objective)
        carry = (theta, self.rule.init(theta)), (np.inf, theta)
        pace = 1
        try:
            while True:
                started = trace.seconds
                carry, values = run(carry, objective.draw, trace.allowance(1, pace))
                trace.steps(values, 1, started, carry[1])
                pace = _next_pace(pace, trace.seconds - started, engine.CHUNK)
        finally:
            _offer_last(trace, objective, carry[0][0])

    def _epochs(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        engine, objective = problem.engine, problem.objective()
        run = _minibatch_loop(problem.model, self.rule, engine)
        trace.uses(run, objective)
        batch = self.batch or problem.points
        cost, carry = batch / problem.points, (theta, self.rule.init(theta))
        try:
            for draws in problem.epochs(batch, self.shuffle):
                done, steps = 0, len(draws.x)
                while done < steps:
                    count = trace.allowance(cost, min(engine.CHUNK, steps - done), steps)
                    started = trace.seconds
                    piece = draws.at(slice(done, done + count))
                    carry, values = run(carry, piece)
                    trace.steps(values, cost, started)
                    done += count
                _offer_last(trace, objective, carry[0])
                trace.iteration()
        finally:
            _offer_last(trace, objective, carry[0])
        raise AssertionError("epochs never end")


@lru_cache(maxsize=64)  # model, rule and engine are all frozen, so a second run finds its loop compiled
def _exact_loop(model: Any, rule: Any, engine: ModuleType) -> Any:
    """carry = (theta, state), (lowest value, its theta)."""
    value_and_grad, xp = engine.value_and_grad(model), engine.xp

    def step(carry: Any, draw: Any) -> Any:
        (theta, state), (lowest, best) = carry
        value, grad = value_and_grad(theta, draw)
        best = xp.where(value < lowest, theta, best)
        return (_update(rule, value, theta, grad, state), (xp.fmin(value, lowest), best)), value

    return engine.repeat(step)


@lru_cache(maxsize=64)
def _minibatch_loop(model: Any, rule: Any, engine: ModuleType) -> Any:
    """carry = theta, state."""
    value_and_grad = engine.value_and_grad(model)

    def step(carry: Any, draw: Any) -> Any:
        theta, state = carry
        value, grad = value_and_grad(theta, draw)
        return _update(rule, value, theta, grad, state), value

    return engine.scan(step)


def _update(rule: Any, value: Any, theta: Any, grad: Any, state: Any) -> Any:
    """Some of optax's optimizers want to know the value too."""
    informed = rule.informed(value) if hasattr(rule, "informed") else rule
    return informed.update(theta, grad, state)


def _offer_last(trace: Trace, objective: Any, theta: Any) -> None:
    """The loop's last vector has a gradient's value only at the next step: the referee looks at it."""
    theta = np.asarray(theta, dtype=float)
    with trace.paused():
        trace.offer(objective(theta), theta)


def _next_pace(pace: int, seconds: float, most: int) -> int:
    return min(2 * pace, most) if seconds < BRISK / 2 else max(1, pace // 2) if seconds > BRISK else pace


def _check_range(name: str, value: Any) -> None:
    if name in ("lr", "learning_rate", "eps") and not 0 < value < np.inf:
        raise ValueError(f"{name}={value}: give a positive number")
    if name in ("b1", "b2", "mass") and not 0 <= value < 1:
        raise ValueError(f"{name}={value}: give a number from 0 to below 1")
    if name == "decay" and not 0 <= value < 1:
        raise ValueError(f"decay={value}: give a number from 0 to below 1")
