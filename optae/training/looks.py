"""Looks: measurements of the best vector during a run, off the clock and limited in cost."""

from collections.abc import Callable
from math import inf
from time import perf_counter

import numpy as np

from ..engines.clock import Timer
from .best import Best

Metrics = dict[str, float]
Judge = Callable[[np.ndarray], Metrics]  # every metric at a theta (size,)

LOOK = 0.02  # share of the evaluations so far until the next look at a changed best vector
NOTICE = 0.015  # the same in a compiled loop if a metric is the target
LEAST, SHARE = 1.0, 0.05  # wall seconds that looks may always take, and their largest share of the solving


class Looks:
    """Every metric of the best vector so far, as of the last look; none without a judge."""

    def __init__(self, judge: Judge | None, clock: Timer) -> None:
        self.judge, self._clock = judge, clock
        self._value, self._metrics = inf, Metrics()  # what was measured last
        self._taken, self._due = 0.0, 0.0  # wall seconds of all looks; evaluations until the next

    def wanted(self, best: Best, calls: float) -> bool:
        """Return whether the best vector has changed since the last look and a look is due."""
        return calls >= self._due and self._value != best.value and self._affordable

    @property
    def _affordable(self) -> bool:
        return self.judge is not None and self._taken <= LEAST + SHARE * self._clock.seconds

    def at(self, best: Best, calls: float) -> Metrics:
        """Return every metric of the best vector, and measure it now if that has not been done."""
        if self.judge is not None and best.theta is not None and self._value != best.value:
            began = perf_counter()
            with self._clock.paused():
                self._value, self._metrics = best.value, self.judge(best.theta)
            self._taken += perf_counter() - began
            self._due = (1 + LOOK) * calls
        return self._metrics

    def known(self, value: float) -> Metrics:
        """Return the metrics of the vector with this value, none if it was not measured."""
        return self._metrics if self._value == value else Metrics()

    def stride(self, calls: float, cost: float, most: int, eager: bool) -> int:
        """Return how many of `most` steps of `cost` evaluations a compiled loop takes between two looks."""
        share = NOTICE if eager else LOOK
        return most if self.judge is None else max(1, min(most, int(share * calls / cost)))
