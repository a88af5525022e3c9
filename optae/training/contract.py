"""What trains: the contract of a method, and three more that a method may keep.

`fit` asks by `isinstance` for the three, so a method has them by having their functions.
"""

from typing import Protocol, runtime_checkable

import numpy as np

from .checkpoint import Checkpoint
from .lockstep import Group
from .problem import Problem
from .trace import Trace

Ending = tuple[str, str]  # status and message, as `result.STATUSES` has them


class Method(Protocol):
    """A way to minimise `problem.objective()` from a start, within the trace's budget."""

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Train from theta (size,), and return how that ended. Raises `Stop` where the budget is spent."""


@runtime_checkable
class LockstepMethod(Method, Protocol):
    """A method that can train several seeds of a problem in one compiled loop."""

    def suits(self, problem: Problem) -> bool:
        """Return whether several seeds of this problem gain by training together."""

    def run_together(self, group: Group) -> None:
        """Train every lane, until the last one has ended."""


@runtime_checkable
class ResumableMethod(Method, Protocol):
    """A method that goes on from a checkpoint, and keeps one."""

    def run_from(
        self, problem: Problem, theta: np.ndarray, trace: Trace, checkpoint: Checkpoint | None
    ) -> Ending:
        """`run`, from the checkpoint where there is one."""


@runtime_checkable
class SizedMethod(Method, Protocol):
    """A method that knows its largest product; others are taken to multiply all the data by one layer."""

    def product(self, problem: Problem) -> float:
        """Return the operations of the largest product of matrices in a step."""
