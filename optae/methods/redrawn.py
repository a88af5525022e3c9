"""Any method that needs one function at a time, on noise that is drawn again from time to time."""

from dataclasses import dataclass, replace
from itertools import count
from typing import NoReturn

import numpy as np

from ..training.budget import Budget, Stop
from ..training.contract import Method
from ..training.problem import Problem
from ..training.thread_rule import largest
from ..training.trace import Trace


@dataclass(frozen=True)
class Redrawn:
    """Stretches of at most `every` iterations, each on another draw, from the best vector of the one before.

    Losses on two draws are not comparable: the best of all is the best at the end of a stretch by the
    problem's own frozen draw, on which no stretch is trained.
    """

    method: Method
    every: int

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, if it cannot."""
        return self.method.refuses(problem)

    def product(self, problem: Problem) -> float:
        """Return a stretch's largest product."""
        return largest(self.method, problem)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        """Never converges by itself; `Stop` ends it."""
        yardstick = problem.objective()
        for k in count(1):
            part = _part(trace, self.every)
            try:
                self._stretch(replace(problem, redrawn=k), theta, part)
            finally:
                theta = theta if part.best.theta is None else part.best.theta
                trace.absorb(part)
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
    """The trace of one stretch, with what is left of the budget."""
    budget = trace.budget
    left = Budget(
        budget.max_seconds,
        budget.max_evaluations - trace.calls,
        min(every, budget.max_iterations - trace.iterations),
    )
    return trace.part(left)
