"""The best vector at a handful of moments of a run, evenly in the logarithm of its evaluations."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

MOST, NUMBERS, LEAST = 12, 400_000, 4  # snapshots; numbers in all of them; snapshots of a large network
HUGE = 300_000  # parameters, above which nobody keeps any


class Snapshot(NamedTuple):
    """The best vector (size,) after so many evaluations and seconds."""

    evaluations: float
    seconds: float
    loss: float
    theta: np.ndarray


@dataclass
class SnapshotKeeper:
    """Keeps snapshots as a trace goes on; every time that it is full, it thins itself out."""

    kept: list[Snapshot] = field(default_factory=list)
    growth: float = 1.3  # of the evaluations from one to the next
    due: float = 0.0

    def look(self, trace: Any) -> None:
        """Keeps the trace's best vector, if the next snapshot is due; what that costs is off the clock."""
        if trace.calls < self.due or trace.best_theta is None or len(trace.best_theta) > HUGE:
            return
        with trace.paused():
            theta = trace.best_theta.copy()
            self.kept.append(Snapshot(trace.calls, trace.seconds, trace.best_value, theta))
            if len(self.kept) >= max(LEAST, min(MOST, NUMBERS // len(theta))):
                self.kept, self.growth = self.kept[::2], self.growth**2
        self.due = max(self.kept[-1].evaluations * self.growth, trace.calls + 1)
