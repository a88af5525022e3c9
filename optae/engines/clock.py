"""A run's wall time, divided between solving, compiling and what is off the clock.

At every moment exactly one of the three is charged: that of the innermost `compiling`, `waiting` or `paused`
around the call, and else solving. So the three add up to the wall's seconds, each is 0 or more and none runs
backwards, whatever nests in what.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from typing import Protocol

SOLVING, COMPILING, PAUSED, STOPPED = "solving", "compiling", "paused", "stopped"
BEAT = 0.1  # seconds of solving over which wall and processor are compared
STARVED = 0.1  # share of the solving, and seconds, that a run may miss the processor without a note


class Timer(Protocol):
    """What a trace reads of its clock."""

    @property
    def seconds(self) -> float:
        """Wall seconds of solving."""

    @property
    def compile_seconds(self) -> float:
        """Wall seconds of compiling."""

    @property
    def paused_seconds(self) -> float:
        """Wall seconds off the clock."""

    @property
    def processor_seconds(self) -> float:
        """Processor seconds of the whole process, all its threads added up, while it solved."""

    @property
    def note(self) -> str:
        """Why the seconds mislead, where they do; else empty."""

    def paused(self) -> AbstractContextManager[None]:
        """Keeps what happens inside off the clock."""

    def resume(self, seconds: float, processor: float) -> None:
        """Sets solving to what it was when a checkpoint was written."""


class Clock:
    """A `Timer` of one run in one thread, which starts at once."""

    def __init__(self) -> None:
        self._spent = dict.fromkeys((SOLVING, COMPILING, PAUSED, STOPPED), 0.0)
        self._processor = self._lost = self._beat_wall = self._beat_processor = 0.0
        self._dial = SOLVING
        self._wall, self._process = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> float:
        """Wall seconds of solving."""
        if time.perf_counter() - self._wall > BEAT:
            self._settle()
        return self._read(SOLVING)

    @property
    def compile_seconds(self) -> float:
        """Wall seconds of compiling."""
        return self._read(COMPILING)

    @property
    def paused_seconds(self) -> float:
        """Wall seconds off the clock."""
        return self._read(PAUSED)

    @property
    def processor_seconds(self) -> float:
        """Processor seconds of the whole process, all its threads added up, while it solved."""
        self._settle()
        return self._processor

    @property
    def lost_seconds(self) -> float:
        """Wall seconds of solving in which the process had no processor.

        Summed over beats of `BEAT` seconds or more, so that a suspended process is noticed although several
        threads made up for it afterwards. Threads that keep a processor busy while they wait hide a loss.
        """
        self._settle()
        return self._lost + max(0.0, self._beat_wall - self._beat_processor)

    @property
    def note(self) -> str:
        """Says so where the process was suspended or starved for more than `STARVED` of the solving.

        A tenth is what wall clocks differ by from run to run on a quiet machine; a tenth of a second is a few
        time slices of a scheduler, which any short run may miss.
        """
        lost, seconds = self.lost_seconds, self.seconds
        if lost < STARVED * max(1.0, seconds):
            return ""
        return (
            f"for {lost:.3g} of {seconds:.3g} s of solving the run had no processor: it was suspended,"
            " or the machine was busy"
        )

    def paused(self) -> AbstractContextManager[None]:
        """Keeps what happens inside off the clock; may be nested."""
        return self.on(PAUSED)

    @contextmanager
    def on(self, dial: str) -> Iterator[None]:
        """Charges what happens inside to one of the four."""
        before = self._turn(dial)
        try:
            yield
        finally:
            self._turn(before)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Takes note of what is compiled inside, in this thread; at the end it stops for good."""
        token = _RUNNING.set((*_RUNNING.get(), self))
        try:
            yield
        finally:
            _RUNNING.reset(token)
            self._turn(STOPPED)

    def resume(self, seconds: float, processor: float) -> None:
        """Sets solving to what it was when a checkpoint was written."""
        self._settle()
        self._spent[SOLVING], self._processor = seconds, processor

    # inside

    def _read(self, dial: str) -> float:
        return self._spent[dial] + (time.perf_counter() - self._wall if dial == self._dial else 0.0)

    def _turn(self, dial: str) -> str:
        """Charges another dial from now on; returns the one before."""
        self._settle()
        before, self._dial = self._dial, dial
        return before

    def _settle(self) -> None:
        """Adds what has passed to the dial that is charged."""
        wall, process = time.perf_counter(), time.process_time()
        spent, worked = wall - self._wall, process - self._process
        self._wall, self._process = wall, process
        self._spent[self._dial] += spent
        if self._dial == SOLVING:
            self._processor += worked
            self._beat(spent, worked)

    def _beat(self, spent: float, worked: float) -> None:
        """Compares wall and processor, where enough has passed since it last did."""
        self._beat_wall, self._beat_processor = self._beat_wall + spent, self._beat_processor + worked
        if self._beat_wall >= BEAT:
            self._lost += max(0.0, self._beat_wall - self._beat_processor)
            self._beat_wall = self._beat_processor = 0.0


_RUNNING: ContextVar[tuple[Clock, ...]] = ContextVar("running", default=())


def compiling() -> AbstractContextManager[None]:
    """Charges what happens inside to compilation, by every run around this call and by no other.

    >>> clock = Clock()
    >>> with clock.running(), clock.paused(), compiling():
    ...     time.sleep(0.01)
    >>> clock.compile_seconds > 0.009
    True
    """
    return _charging(COMPILING)


def waiting() -> AbstractContextManager[None]:
    """Keeps what happens inside off the clock of every run around this call."""
    return _charging(PAUSED)


@contextmanager
def _charging(dial: str) -> Iterator[None]:
    with ExitStack() as stack:
        for clock in _RUNNING.get():
            stack.enter_context(clock.on(dial))
        yield
