"""Several runs in one compiled loop, each with its own trace, budget and end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from ..engines import Tree
from ..engines.clock import Clock
from .budget import Budget, Stop
from .looks import Judge
from .problem import Problem
from .snapshots import SnapshotKeeper
from .trace import Trace


@dataclass
class SharedClock:
    """The `Timer` of all lanes: each lane is charged an equal part, even after its end.

    Its seconds are those of the last `move`, so that lanes that ran together are charged the same. A lane
    that pauses stops the group's clock, so no lane is charged for its measurements.
    """

    clock: Clock
    lanes: int
    seconds: float = 0.0  # wall seconds of solving

    def move(self) -> None:
        """Read the group's clock."""
        self.seconds = self.clock.seconds / self.lanes

    @property
    def compile_seconds(self) -> float:
        """Wall seconds of compiling."""
        return self.clock.compile_seconds / self.lanes

    @property
    def paused_seconds(self) -> float:
        """Wall seconds off the clock."""
        return self.clock.paused_seconds / self.lanes

    @property
    def processor_seconds(self) -> float:
        """Processor seconds of solving."""
        return self.clock.processor_seconds / self.lanes

    @property
    def note(self) -> str:
        """Why the group's seconds mislead, or empty."""
        return self.clock.note

    def paused(self) -> AbstractContextManager[None]:
        """Stop the group's clock inside."""
        return self.clock.paused()

    def resume(self, seconds: float, processor: float) -> None:
        """Raise ValueError, as lanes have no checkpoints."""
        raise ValueError("runs that train together keep no checkpoints")


@dataclass(eq=False)
class Lane:
    """One run: its problem, its start (size,), its trace, and how it ended, once it has."""

    problem: Problem
    budget: Budget
    judge: Judge | None
    clock: SharedClock
    snapshots: bool = False  # whether to keep a few of the best vectors
    ended: tuple[str, str] | None = None  # status and message

    def __post_init__(self) -> None:
        self.theta = self.problem.start()
        keeper = SnapshotKeeper() if self.snapshots else None
        self.trace = Trace(self.budget, judge=self.judge, snapshots=keeper, clock=self.clock)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """End only this run at a `Stop` inside."""
        try:
            yield
        except Stop as stop:
            self.ended = stop.status, str(stop)


class Group:
    """Lanes that train together, and the clock that they share."""

    def __init__(self, lanes: Sequence[Lane], clock: SharedClock) -> None:
        self.lanes, self._clock = lanes, clock

    @property
    def running(self) -> list[tuple[int, Lane]]:
        """The lanes that have not ended, with their indices."""
        return [(i, lane) for i, lane in enumerate(self.lanes) if not lane.ended]

    @property
    def seconds(self) -> float:
        """Each lane's share of the seconds of solving, at the end of the last loop."""
        return self._clock.seconds

    def begin(self) -> None:
        """Take every lane's start as its best so far."""
        for lane in self.lanes:
            with lane.ending():
                lane.trace.begin(lane.theta, lane.problem.objective())
        self._clock.move()

    def take(self, loop: Callable[..., Tree], *args: Tree) -> tuple[Tree, Tree, float]:
        """Run a compiled loop and return (carry, values, the seconds of solving that it took)."""
        before = self._clock.clock.seconds
        carry, values = loop(*args)
        self._clock.move()
        return carry, values, self._clock.clock.seconds - before

    def finish(self) -> None:
        """Record the last row of every lane."""
        self._clock.move()
        for lane in self.lanes:
            lane.trace.finish()

    def end(self, status: str, message: str) -> None:
        """End every run that is still active."""
        for _, lane in self.running:
            lane.ended = status, message
