"""Progress: calls of the user's function while a method works."""

from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import Generic, TypeVar

T = TypeVar("T")
GLANCE = 0.1  # seconds between two calls of the user's function


class Progress(Generic[T]):
    """Calls the user's function, if there is one, with the run's trace, at most every `GLANCE` seconds."""

    def __init__(self, show: Callable[[T], None] | None) -> None:
        self.show = show
        self.due = inf if show is None else 0.0  # on the wall's clock

    def look(self, trace: T) -> None:
        """Show the trace if that is due."""
        if self.show is not None:
            self.show(trace)
            self.due = perf_counter() + GLANCE
