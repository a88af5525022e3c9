"""What shows the progress of a run or a grid: a line, or a picture in a terminal that is tall enough."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from optae.training.trace import Trace

from .output import say

T = TypeVar("T")
NAN = math.nan
TOLD = {"max_pixel_error": "wrong pixels {:.0f}", "accuracy": "accuracy {:.3f}", "r2": "r2 {:.3f}"}
QUIET = 10.0  # seconds between two lines if stderr is not a terminal


@contextmanager
def live(
    line: Callable[[T], str], refresh: float = 10, scene: Callable[[T, int, int], str] | None = None
) -> Iterator[Callable[[T], None]]:
    """Yield a callback that shows `line` of a state: updated in a terminal, printed now and then to a pipe.

    A terminal is updated up to `refresh` times a second. It shows the `scene` of a state, which is told the
    terminal's columns and lines, instead of the line if there is one.
    """
    if not sys.stderr.isatty():
        yield _NowAndThen(line)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(stderr=True)
    with Live(console=console, refresh_per_second=refresh, transient=True, auto_refresh=True) as screen:
        if scene is None:
            yield lambda state: screen.update(Text(line(state)))
        else:
            yield lambda state: screen.update(Text.from_ansi(scene(state, *console.size)))


class _NowAndThen(Generic[T]):
    def __init__(self, line: Callable[[T], str]) -> None:
        self._line, self._due = line, time.monotonic() + QUIET

    def __call__(self, state: T) -> None:
        if time.monotonic() >= self._due:
            say(self._line(state), err=True)
            self._due = time.monotonic() + QUIET


def progress_line(trace: Trace, loss: str) -> str:
    """Return one line: iteration, best loss so far, a metric of it, evaluations, time left."""
    metrics = trace.best_metrics()
    words = [
        f"iteration {trace.iterations:,}",
        f"{loss} {trace.best.value:.6g}",
        *[
            text.format(metrics[name])
            for name, text in TOLD.items()
            if not math.isnan(metrics.get(name, NAN))
        ],
        f"{trace.calls:,.0f} evaluations",
        time_left(trace),
    ]
    return "  ".join(words)


def time_left(trace: Trace) -> str:
    """Return the time until the first limit of the budget is reached at the present pace."""
    budget, spent = trace.budget, max(trace.seconds, 1e-9)
    left = [budget.max_seconds - spent]
    if trace.calls:
        left.append(spent * (budget.max_evaluations - trace.calls) / trace.calls)
    if trace.iterations:
        left.append(spent * (budget.max_iterations - trace.iterations) / trace.iterations)
    return f"{spent:.0f} s" if min(left) == math.inf else f"{clock(min(left))} left"


def clock(seconds: float) -> str:
    """
    >>> clock(8.2), clock(75), clock(7384)
    ('8 s', '1:15', '2:03:04')
    """
    seconds = max(0, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
