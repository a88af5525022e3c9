"""Signals that ask the process to end: they raise only where nothing is lost by it, and wait elsewhere.

Ctrl-C, SIGTERM (batch systems, containers) and SIGHUP (a closed terminal) have the same effect on a run: its
method ends, and the best vector is stored. Further signals while it is stored change nothing.
"""

import signal
from threading import current_thread, main_thread
from types import FrameType, TracebackType
from typing import Any, Self

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
ENDING = tuple(number for number in signal.Signals if number.name in NAMES)
# `nohup` ignores SIGHUP, which then stays so.
DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


class Interrupted(KeyboardInterrupt):
    """A signal has asked the process to end."""

    def __init__(self, number: int, message: str = "") -> None:
        super().__init__(message or "interrupted")
        self.number = number

    @property
    def name(self) -> str:
        """The sender in words, or the signal's name."""
        return "the user" if self.number == signal.SIGINT else signal.Signals(self.number).name

    @property
    def code(self) -> int:
        """The exit code of a process that this signal ended."""
        return 128 + self.number


class _Held:
    """A context in which signals wait or not; the state before is restored at its end."""

    def __init__(self, signals: "Signals", held: bool) -> None:
        self._signals, self._held = signals, held

    def __enter__(self) -> None:
        self._before, self._signals.held = self._signals.held, self._held
        if not self._held and self._signals.came is not None:
            self._signals.held = self._before
            raise Interrupted(self._signals.came)

    def __exit__(self, *_: object) -> None:
        self._signals.held = self._before


class Signals:
    """The signals that came to this process. As a context, it replaces the default handlers."""

    def __init__(self) -> None:
        self.came: int | None = None  # the first signal
        self.held = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self.came = None
        if current_thread() is main_thread():
            for number in ENDING:
                if signal.getsignal(number) in DEFAULTS:
                    self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._before:
            signal.signal(*self._before.popitem())
        self.came = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.came = self.came or number
        if not self.held:
            raise Interrupted(number)

    def check(self, message: str = "") -> None:
        """Raise `Interrupted` with this message if a signal is waiting."""
        if self.came is not None:
            raise Interrupted(self.came, message)

    def waiting(self) -> _Held:
        """Return a context in which signals wait."""
        return _Held(self, True)

    def striking(self) -> _Held:
        """Return a context in which a signal raises `Interrupted` at once, even one that came before."""
        return _Held(self, False)


SIGNALS = Signals()  # the signals of this process
