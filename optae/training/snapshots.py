"""Snapshots of the best vector, evenly spaced in the logarithm of the evaluations."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..engines.clock import Timer
from .best import Best

MOST, NUMBERS, LEAST = 12, 400_000, 4  # most snapshots; most numbers in all; fewest snapshots
HUGE = 300_000  # parameters above which no snapshots are kept
HANDFUL, SMALL = 6, 20_000  # snapshots of a cell of a grid; parameters above which a cell keeps none


class Snapshot(NamedTuple):
    """The best vector (size,) with the evaluations and seconds until then."""

    evaluations: float
    seconds: float
    loss: float
    theta: np.ndarray


@dataclass
class SnapshotKeeper:
    """Keeps snapshots during a run; when it is full, it drops every second one."""

    kept: list[Snapshot] = field(default_factory=list)
    growth: float = 1.3  # ratio of the evaluations of two snapshots
    due: float = 0.0

    def look(self, best: Best, calls: float, clock: Timer) -> None:
        """Keep the best vector if the next snapshot is due, off the clock."""
        if calls < self.due or best.theta is None or len(best.theta) > HUGE:
            return
        with clock.paused():
            theta = best.theta.copy()
            self.kept.append(Snapshot(calls, clock.seconds, best.value, theta))
            if len(self.kept) >= max(LEAST, min(MOST, NUMBERS // len(theta))):
                self.kept, self.growth = self.kept[::2], self.growth**2
        self.due = max(self.kept[-1].evaluations * self.growth, calls + 1)


def handful(kept: Sequence[Snapshot]) -> Sequence[Snapshot]:
    """Return at most `HANDFUL` of these snapshots, evenly from the first to the last.

    >>> len(handful([Snapshot(k, k, 1.0, np.zeros(2)) for k in range(11)]))
    6
    """
    chosen = np.unique(np.linspace(0, len(kept) - 1, min(len(kept), HANDFUL)).round().astype(int))
    return [kept[i] for i in chosen]
