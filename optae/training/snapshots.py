"""The best vector at a handful of moments of a run, evenly in the logarithm of its evaluations."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..engines.clock import Timer
from .best import Best

MOST, NUMBERS, LEAST = 12, 400_000, 4  # snapshots; numbers in all of them; snapshots of a large network
HUGE = 300_000  # parameters, above which no snapshots are kept


class Snapshot(NamedTuple):
    """The best vector (size,) after so many evaluations and seconds."""

    evaluations: float
    seconds: float
    loss: float
    theta: np.ndarray


@dataclass
class SnapshotKeeper:
    """Keeps snapshots as a run goes on; whenever it is full, it drops every second one."""

    kept: list[Snapshot] = field(default_factory=list)
    growth: float = 1.3  # of the evaluations from one to the next
    due: float = 0.0

    def look(self, best: Best, calls: float, clock: Timer) -> None:
        """Keep the best vector, if the next snapshot is due; what that costs is off the clock."""
        if calls < self.due or best.theta is None or len(best.theta) > HUGE:
            return
        with clock.paused():
            theta = best.theta.copy()
            self.kept.append(Snapshot(calls, clock.seconds, best.value, theta))
            if len(self.kept) >= max(LEAST, min(MOST, NUMBERS // len(theta))):
                self.kept, self.growth = self.kept[::2], self.growth**2
        self.due = max(self.kept[-1].evaluations * self.growth, calls + 1)
