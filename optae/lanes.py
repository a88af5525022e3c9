"""Several runs side by side in one compiled loop, each with a trace, a budget and an end of its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .budget import Budget, Stop
from .clock import Clock
from .problem import Problem
from .trace import Trace


class Share:
    """A lane's clock: its equal part of what all lanes together spend, also of what no lane needed."""

    def __init__(self) -> None:
        self.seconds = self.compile_seconds = self.paused_seconds = 0.0

    def uses(self, *compilers: Any) -> None:
        """The group counts what is compiled."""

    def compiled(self, seconds: float) -> None:
        """Here too."""

    def paused(self) -> AbstractContextManager[None]:
        """It stands still unless it is moved."""
        return nullcontext()


@dataclass(eq=False)
class Lane:
    """One run: its problem and start (size,), its trace, and why it is over, once it is."""

    problem: Problem
    budget: Budget
    judge: Callable[[np.ndarray], dict[str, float]] | None
    clock: Share = field(default_factory=Share)
    ended: tuple[str, str] | None = None  # status and message

    def __post_init__(self) -> None:
        self.theta = self.problem.start()
        self.trace = Trace(self.budget, judge=self.judge, clock=self.clock)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """A `Stop` inside ends this run and no other."""
        try:
            yield
        except Stop as stop:
            self.ended = stop.status, str(stop)


class Group:
    """Lanes that are still running, and the one clock that all share."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.lanes, self._clock = lanes, Clock()

    @property
    def running(self) -> list[tuple[int, Lane]]:
        """The lanes that have not ended, with their places."""
        return [(i, lane) for i, lane in enumerate(self.lanes) if not lane.ended]

    def begin(self, *compilers: Any) -> None:
        """Every lane's start is its best so far."""
        self._clock.uses(*compilers)
        for lane in self.lanes:
            self._clock.uses(lane.problem.objective())
            with lane.ending():
                lane.trace.begin(lane.theta, lane.problem.objective())
        self._share(0.0)

    def take(self, loop: Callable[..., Any], *args: Any) -> tuple[Any, Any, float]:
        """What a compiled loop gives, (carry, values), and the seconds that it took, shared by all lanes."""
        before = self._clock.seconds
        carry, values = loop(*args)
        spent = self._clock.seconds - before
        self._share(spent)
        return carry, values, spent

    def _share(self, spent: float) -> None:
        for lane in self.lanes:
            lane.clock.seconds += spent / len(self.lanes)
            lane.clock.compile_seconds = self._clock.compile_seconds / len(self.lanes)

    def end(self, status: str, message: str) -> None:
        """Of every lane that still runs."""
        for _, lane in self.running:
            lane.ended = status, message
