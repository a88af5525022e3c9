"""The numbers of a truncated Gauss-Newton method on batches."""

from dataclasses import dataclass
from math import inf

GOOD, POOR = 0.75, 0.25  # shares of the predicted gain
GROW = 1.5  # the damping's factor after a poor step, and its divisor after a good one (Martens, 2010)
SPACING = 1.3  # between the numbers of the iterates that are kept
MOST = 1000  # conjugate gradient steps, and columns of a sketch
REFRESH = 20  # steps between two sketches
WHOLLY = 1.0  # the share of the last solution from which `lm` on batches begins
FEW = 128  # samples below which no share of a batch is taken
PRECONDITIONERS = ("fisher", "nystrom", "none")


@dataclass(frozen=True)
class Rules:
    """What determines a step, apart from its batch."""

    damping: float = 1.0  # lambda at the start
    steps: int = 50  # the most conjugate gradient steps
    progress: float = 5e-4  # the least share of the gain, per step, that goes on
    keep: float = 0.95  # of the last solution, from which the next begins
    model: float = 0.25  # the share of a batch in the Gauss-Newton matrix
    preconditioner: str = "fisher"  # one of `PRECONDITIONERS`
    rank: int = 20  # of Nystroem's sketch

    def __post_init__(self) -> None:
        if not 0 < self.damping < inf:
            raise ValueError(f"damping={self.damping}: give a positive number")
        for name, count in {"steps": self.steps, "rank": self.rank}.items():
            if not 1 <= count <= MOST:
                raise ValueError(f"{name}={count}: give a whole number from 1 to {MOST}")
        for name, value in {"progress": self.progress, "keep": self.keep}.items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name}={value}: give a number from 0 to 1")
        if not 0 < self.model <= 1:
            raise ValueError(f"model={self.model}: give a share of the batch, above 0 and up to 1")
        if self.preconditioner not in PRECONDITIONERS:
            raise ValueError(
                f"preconditioner={self.preconditioner}: choose one of {', '.join(PRECONDITIONERS)}"
            )

    @property
    def kept(self) -> tuple[int, ...]:
        """The numbers of the conjugate gradient steps whose results are kept: 1, 2, 3, 4, 6, 7, 10, 13, ...

        >>> Rules(steps=10).kept
        (1, 2, 3, 4, 5, 7, 9, 10)
        """
        found, at = {self.steps}, 1.0
        while at < self.steps:
            found.add(int(-(-at // 1)))
            at *= SPACING
        return tuple(sorted(found))

    def part(self, batch: int) -> int:
        """Return how many samples the matrix takes; a small batch is taken whole."""
        return min(batch, max(FEW, round(self.model * batch)))
