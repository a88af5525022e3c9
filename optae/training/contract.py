"""The contract of a method, and five optional ones.

`fit` checks the optional ones by `isinstance`, so a method fulfils them by defining their functions.
"""

from typing import Protocol, runtime_checkable

import numpy as np

from .checkpoint import Checkpoint
from .lockstep import Group
from .problem import Problem
from .trace import Trace

Ending = tuple[str, str]  # status and message, as `result.STATUSES` has them


@runtime_checkable
class Method(Protocol):
    """A way to minimise `problem.objective()` from a start, within the trace's budget."""

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Train from theta (size,), and return how it ended. Raises `Stop` if the budget is spent."""


@runtime_checkable
class LockstepMethod(Method, Protocol):
    """A method that can train several seeds of a problem in one compiled loop."""

    def suits(self, problem: Problem) -> bool:
        """Return whether several seeds of this problem gain by training together."""

    def run_together(self, group: Group) -> None:
        """Train all lanes until the last one has ended."""


@runtime_checkable
class ResumableMethod(Method, Protocol):
    """A method that writes checkpoints and can resume from one."""

    def run_from(
        self, problem: Problem, theta: np.ndarray, trace: Trace, checkpoint: Checkpoint | None
    ) -> Ending:
        """Train as `run` does, from the checkpoint if there is one."""


@runtime_checkable
class SizedMethod(Method, Protocol):
    """A method that knows its largest product; for others it is all the data times one layer."""

    def product(self, problem: Problem) -> float:
        """Return the operations of the largest matrix product in a step."""


@runtime_checkable
class EndlessMethod(Method, Protocol):
    """A method that may never end by itself, so `fit` asks for a budget; others are taken to end."""

    @property
    def endless(self) -> bool:
        """Return whether it never ends by itself."""


@runtime_checkable
class ValidatedMethod(Method, Protocol):
    """A method that compares its vectors by the problem's yardstick, so that validation data can choose."""

    @property
    def validated(self) -> bool:
        """Return whether it compares its vectors so."""
