"""Run a method that minimises a fixed function on noise that is drawn again from time to time."""

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
    """A method run in stretches of at most `every` iterations, each on a new draw.

    A stretch starts at the best vector of the one before. Losses on two draws are not comparable, so the ends
    of the stretches are compared on the problem's frozen draw, on which no stretch trains.
    """

    method: Method
    every: int
    endless = True

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""
        return self.method.refuses(problem)

    def product(self, problem: Problem) -> float:
        """Return the operations of the largest product in a stretch."""
        return largest(self.method, problem)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        """Train until `Stop` ends it: it never converges by itself."""
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
    """Return the trace of one stretch, with the rest of the budget."""
    budget = trace.budget
    left = Budget(
        budget.max_seconds,
        budget.max_evaluations - trace.calls,
        min(every, budget.max_iterations - trace.iterations),
    )
    return trace.part(left)
