"""The method of a run whose vector came from a file: nothing trained it, so nothing trains it again."""

from dataclasses import dataclass

import numpy as np

from ..training.contract import Ending
from ..training.problem import Problem
from ..training.trace import Trace
from .spec import MethodSpec

PREFIX = "imported:"  # of the method's word, before 12 hex digits of the file's digest


@dataclass(frozen=True)
class Imported:
    """A method that keeps its start; it runs once, when the file is read."""

    file: str = ""  # the name of the file that is being read, else empty

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run again, or None while the file is being read."""
        if self.file:
            return None
        return "its vector was imported from a file, and no method trained it: `warm_start` goes on from it"

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return at once."""
        return "stopped", f"imported from {self.file}"


def imported() -> MethodSpec:
    """Return the entry of a run that was imported."""
    return MethodSpec(Imported, {}, "value", "any size", "a file")
