"""Any method that wants one function, on noise that is drawn anew from time to time."""

from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any, NoReturn

import numpy as np

from ..training.budget import Budget, Stop
from ..training.problem import Problem
from ..training.thread_rule import largest
from ..training.trace import Trace


@dataclass(frozen=True)
class Redrawn:
    """Stretches of at most `every` iterations, each on another draw, from the best vector of the one before.

    Losses on two draws are not comparable: the best of all is the best at the end of a stretch by the
    problem's own frozen draw, on which no stretch is trained.
    """

    method: Any
    every: int

    def refuses(self, problem: Problem) -> str | None:
        """Why this cannot run, if it cannot."""
        return self.method.refuses(problem)

    def product(self, problem: Problem) -> float:
        """That of a stretch."""
        return largest(self.method, problem)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        """Never converges by itself; `Stop` ends it."""
        yardstick = problem.objective()
        for k in count(1):
            part = _part(trace, self.every)
            try:
                self._stretch(replace(problem, redrawn=k), theta, part)
            finally:
                theta = theta if part.best_theta is None else part.best_theta
                _add(trace, part)
                with trace.paused():
                    trace.offer(yardstick(theta), theta)
            trace.note_best()
            trace.check()
        raise AssertionError("stretches never end")

    def _stretch(self, problem: Problem, theta: np.ndarray, part: Trace) -> None:
        try:
            part.begin(theta, problem.objective())
            self.method.run(problem, theta, part)
        except Stop as stop:
            if stop.status == "diverged":
                raise


def _part(trace: Trace, every: int) -> Trace:
    """A trace of its own on the same clock, with what is left of the budget."""
    budget, look = trace.budget, trace.on_progress
    left = Budget(
        budget.max_seconds,
        budget.max_evaluations - trace.calls,
        min(every, budget.max_iterations - trace.iterations),
    )
    return Trace(left, look and (lambda _: look(trace)), clock=trace.clock)


def _add(trace: Trace, part: Trace) -> None:
    """What a stretch has spent; one that ended at once still is an iteration."""
    for kind, number in asdict(part.counts).items():
        setattr(trace.counts, kind, getattr(trace.counts, kind) + number)
    trace.calls += part.calls
    trace.operations += part.operations
    trace.iterations += max(1, part.iterations)
