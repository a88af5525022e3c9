"""A clock that stands still while the referee looks and while code compiles."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from .engines import compile_seconds


class Timer(Protocol):
    """What a trace asks of its clock."""

    paused_seconds: float

    @property
    def seconds(self) -> float:
        """Spent on solving."""

    @property
    def compile_seconds(self) -> float:
        """Spent on compilation."""

    def uses(self, *compilers: Any) -> None:
        """Counts what these functions compile from now on as compilation."""

    def compiled(self, seconds: float) -> None:
        """Counts as compilation what another clock has found to be."""

    def paused(self) -> AbstractContextManager[None]:
        """What happens inside is off the clock."""


class Clock:
    """Seconds of solving since it was made."""

    def __init__(self) -> None:
        self._compilers: list[tuple[Any, float]] = []
        self._settled = 0.0
        self._started, self.paused_seconds = time.perf_counter(), 0.0

    @property
    def seconds(self) -> float:
        """Spent on solving."""
        return time.perf_counter() - self._started - self.paused_seconds - self.compile_seconds

    @property
    def compile_seconds(self) -> float:
        """Spent on compilation."""
        return self._settled + sum([compile_seconds(f) - before for f, before in self._compilers])

    def uses(self, *compilers: Any) -> None:
        """Counts what these functions compile from now on as compilation."""
        known = {id(f) for f, _ in self._compilers}
        self._compilers += [(f, compile_seconds(f)) for f in compilers if id(f) not in known]

    def compiled(self, seconds: float) -> None:
        """Counts as compilation what another clock has found to be."""
        self._settled += seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What happens inside is off the clock."""
        began, compiled = time.perf_counter(), self.compile_seconds
        try:
            yield
        finally:
            self.paused_seconds += time.perf_counter() - began - (self.compile_seconds - compiled)
