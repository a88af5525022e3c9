"""Fresh starts for a method that ends by itself, while a target or a limit remains."""

from dataclasses import dataclass, replace
from itertools import count
from math import inf

import numpy as np

from ..engines.streams import RESTART, stream
from ..training.budget import Budget, Stop
from ..training.contract import Ending, EndlessMethod, Method
from ..training.problem import Problem
from ..training.thread_rule import largest
from ..training.trace import Trace


@dataclass(frozen=True)
class Restarted:
    """A method that is run again, at most `restarts` times, each from another start of the same seed.

    All runs share one budget and one trace, which keeps the best vector. Raises ValueError for a method that
    never ends by itself.
    """

    method: Method
    restarts: int

    def __post_init__(self) -> None:
        if self.restarts < 0:
            raise ValueError(f"restarts={self.restarts}: give 0 or more")
        if isinstance(self.method, EndlessMethod) and self.method.endless:
            raise ValueError("restarts are for methods that end by themselves: leave them out")

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""
        return self.method.refuses(problem)

    def product(self, problem: Problem) -> float:
        """Return the operations of the largest product in a run."""
        return largest(self.method, problem)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and message of the last run; the trace records the number of `restarts`."""
        for k in count():
            trace.tell("restarts", k)
            try:
                status, message = self.method.run(problem, theta, trace)
            except Stop as stop:
                raise Stop(stop.status, f"{stop}{_after(k)}") from None
            if k >= self.restarts or not _remains(trace.budget):
                return status, f"{message}{_after(k)}"
            theta = problem.model.init(stream(problem.seed, RESTART, k + 1))
            problem = replace(problem, restarted=k + 1)
        raise AssertionError("restarts never end")


def _remains(budget: Budget) -> bool:
    """Return whether there is a target or a limit that a restart can still use."""
    limits = budget.max_seconds, budget.max_evaluations, budget.max_iterations
    return budget.target is not None or min(limits) < inf


def _after(restarts: int) -> str:
    return f" after {restarts} restart{'s' * (restarts != 1)}" if restarts else ""
