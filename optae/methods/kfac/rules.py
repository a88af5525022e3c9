"""The numbers of K-FAC, and its rules for the damping."""

from dataclasses import dataclass
from math import inf

EASE = 19 / 20  # omega: the damping's factor for each step, applied every few steps (section 6.5)
WATCH = 5  # T1: steps between two changes of the damping
GOOD, POOR = 0.75, 0.25  # shares of the predicted gain
FIRST = 3  # steps in which the inverses are always refreshed
WHOLE = 512  # rows of a matrix that is inverted at once
FEW = 128  # samples below which no share of a batch is taken
LOOSEST, TIGHTEST = 1.0, 1e-4  # the factors' damping, once it adapts


@dataclass(frozen=True)
class Rules:
    """What determines a step, apart from its batch."""

    damping: float = 150.0  # lambda at the start
    decay: float = 0.95  # the most that remains of the factors in a step
    refresh: int = 20  # T2 = T3: steps between two inversions, and searches for the factors' damping
    statistics: float = 0.125  # tau 1: the share of a batch in the factors
    model: float = 0.25  # tau 2: the share of a batch in the quadratic model
    average: float = 0.0  # xi: the most that remains of the averaged weights; 0 takes the last ones

    def __post_init__(self) -> None:
        if not 0 < self.damping < inf:
            raise ValueError(f"damping={self.damping}: give a positive number")
        for name, value in {"decay": self.decay, "average": self.average}.items():
            if not 0 <= value < 1:
                raise ValueError(f"{name}={value}: give a number from 0 to below 1")
        for name, value in {"statistics": self.statistics, "model": self.model}.items():
            if not 0 < value <= 1:
                raise ValueError(f"{name}={value}: give a share of the batch, above 0 and up to 1")
        if self.refresh < 1:
            raise ValueError(f"refresh={self.refresh}: give 1 step or more")

    def part(self, share: float, batch: int) -> int:
        """Return how many samples a share of the batch is; a small batch is taken whole."""
        return min(batch, max(FEW, round(share * batch)))
