"""Divide a run's wall time between solving, compiling and pauses.

At every moment exactly one of the three is charged: the innermost `compiling`, `waiting` or `paused` block
decides which, and outside of all blocks it is solving. So the three add up to the wall time, and none of them
ever decreases, however the blocks are nested.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from typing import Protocol

SOLVING, COMPILING, PAUSED, STOPPED = "solving", "compiling", "paused", "stopped"
BEAT = 0.1  # seconds of solving after which wall and processor time are compared
STARVED = 0.1  # share of solving (of one second at least) without a processor that is not worth a note


class Timer(Protocol):
    """The clock as a trace sees it."""

    @property
    def seconds(self) -> float:
        """Wall seconds of solving."""

    @property
    def compile_seconds(self) -> float:
        """Wall seconds of compiling."""

    @property
    def paused_seconds(self) -> float:
        """Wall seconds of pauses."""

    @property
    def processor_seconds(self) -> float:
        """Processor seconds of solving, summed over all threads of the process."""

    @property
    def note(self) -> str:
        """Why the seconds are misleading, or an empty text if they are not."""

    def paused(self) -> AbstractContextManager[None]:
        """Return a context whose time counts as a pause."""

    def resume(self, seconds: float, processor: float) -> None:
        """Set the wall and processor seconds of solving to those of a checkpoint."""


class Clock:
    """A `Timer` of one run in one thread, which starts when it is made."""

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
        """Wall seconds of pauses."""
        return self._read(PAUSED)

    @property
    def processor_seconds(self) -> float:
        """Processor seconds of solving, summed over all threads of the process."""
        self._settle()
        return self._processor

    @property
    def lost_seconds(self) -> float:
        """Wall seconds of solving in which the process had no processor.

        Each beat of `BEAT` seconds or more counts by itself, so a suspension shows even if several threads
        catch up afterwards. Threads that wait in a busy loop hide a loss.
        """
        self._settle()
        return self._lost + max(0.0, self._beat_wall - self._beat_processor)

    @property
    def note(self) -> str:
        """A sentence if the process lacked a processor for more than the share `STARVED` of solving.

        Wall times of equal runs on a quiet machine differ by a tenth; a tenth of a second is a few of a
        scheduler's time slices, which any short run can lose.
        """
        lost, seconds = self.lost_seconds, self.seconds
        if lost < STARVED * max(1.0, seconds):
            return ""
        return (
            f"for {lost:.3g} of {seconds:.3g} s of solving the run had no processor: it was suspended,"
            " or the machine was busy"
        )

    def paused(self) -> AbstractContextManager[None]:
        """Return a context whose time counts as a pause; contexts can be nested."""
        return self.on(PAUSED)

    @contextmanager
    def on(self, dial: str) -> Iterator[None]:
        """Charge the time of this context to one of the four dials."""
        before = self._turn(dial)
        try:
            yield
        finally:
            self._turn(before)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Receive the charges of `compiling` and `waiting` in this thread; stop for good at the end."""
        token = _RUNNING.set((*_RUNNING.get(), self))
        try:
            yield
        finally:
            _RUNNING.reset(token)
            self._turn(STOPPED)

    def resume(self, seconds: float, processor: float) -> None:
        """Set the wall and processor seconds of solving to those of a checkpoint."""
        self._settle()
        self._spent[SOLVING], self._processor = seconds, processor

    # inside

    def _read(self, dial: str) -> float:
        return self._spent[dial] + (time.perf_counter() - self._wall if dial == self._dial else 0.0)

    def _turn(self, dial: str) -> str:
        """Charge another dial from now on, and return the previous one."""
        self._settle()
        before, self._dial = self._dial, dial
        return before

    def _settle(self) -> None:
        """Add the time since the last call to the dial that is charged."""
        wall, process = time.perf_counter(), time.process_time()
        spent, worked = wall - self._wall, process - self._process
        self._wall, self._process = wall, process
        self._spent[self._dial] += spent
        if self._dial == SOLVING:
            self._processor += worked
            self._beat(spent, worked)

    def _beat(self, spent: float, worked: float) -> None:
        """Compare wall and processor time once a beat is complete."""
        self._beat_wall, self._beat_processor = self._beat_wall + spent, self._beat_processor + worked
        if self._beat_wall >= BEAT:
            self._lost += max(0.0, self._beat_wall - self._beat_processor)
            self._beat_wall = self._beat_processor = 0.0


_RUNNING: ContextVar[tuple[Clock, ...]] = ContextVar("running", default=())


def compiling() -> AbstractContextManager[None]:
    """Return a context whose time every run around this call, and no other run, charges to compiling.

    >>> clock = Clock()
    >>> with clock.running(), clock.paused(), compiling():
    ...     time.sleep(0.01)
    >>> clock.compile_seconds > 0.009
    True
    """
    return _charging(COMPILING)


def waiting() -> AbstractContextManager[None]:
    """Return a context whose time counts as a pause in every run around this call."""
    return _charging(PAUSED)


@contextmanager
def _charging(dial: str) -> Iterator[None]:
    with ExitStack() as stack:
        for clock in _RUNNING.get():
            stack.enter_context(clock.on(dial))
        yield
