"""Several runs side by side in one compiled loop, each with a trace, a budget and an end of its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from ..engines import Tree
from ..engines.clock import Clock
from .budget import Budget, Stop
from .looks import Judge
from .problem import Problem
from .trace import Trace


@dataclass
class SharedClock:
    """The `Timer` of all lanes: each is charged an equal part, also after its own end.

    Its seconds are those of the last `move`, so that lanes which ran together are charged alike. A lane that
    pauses stops the group's clock: no lane is charged for its measurements.
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
        """Why the group's seconds mislead, where they do."""
        return self.clock.note

    def paused(self) -> AbstractContextManager[None]:
        """Keep what happens inside off the group's clock."""
        return self.clock.paused()

    def resume(self, seconds: float, processor: float) -> None:
        """Raise ValueError: lanes keep no checkpoints."""
        raise ValueError("runs that train together keep no checkpoints")


@dataclass(eq=False)
class Lane:
    """One run: its problem and start (size,), its trace, and why it is over, once it is."""

    problem: Problem
    budget: Budget
    judge: Judge | None
    clock: SharedClock
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
    """Lanes that are still running, and the clock that all share."""

    def __init__(self, lanes: Sequence[Lane], clock: SharedClock) -> None:
        self.lanes, self._clock = lanes, clock

    @property
    def running(self) -> list[tuple[int, Lane]]:
        """The lanes that have not ended, with their places."""
        return [(i, lane) for i, lane in enumerate(self.lanes) if not lane.ended]

    @property
    def seconds(self) -> float:
        """Each lane's share of the solving, when the last loop ended."""
        return self._clock.seconds

    def begin(self) -> None:
        """Take every lane's start as its best so far."""
        for lane in self.lanes:
            with lane.ending():
                lane.trace.begin(lane.theta, lane.problem.objective())
        self._clock.move()

    def take(self, loop: Callable[..., Tree], *args: Tree) -> tuple[Tree, Tree, float]:
        """Run a compiled loop: return (carry, values, seconds of solving that it took in all)."""
        before = self._clock.clock.seconds
        carry, values = loop(*args)
        self._clock.move()
        return carry, values, self._clock.clock.seconds - before

    def finish(self) -> None:
        """Keep the last row of every lane."""
        self._clock.move()
        for lane in self.lanes:
            lane.trace.finish()

    def end(self, status: str, message: str) -> None:
        """End every run that is still active."""
        for _, lane in self.running:
            lane.ended = status, message
