"""Count the cells of a grid while they run, and estimate the time left."""

import math
import time
from collections import Counter, defaultdict

from ..experiments.identity import Cell
from .plan import Plan


class Tally:
    """The progress of a grid, and an estimate of the time left."""

    def __init__(self, plan: Plan) -> None:
        self.size, self.before = plan.size, len(plan.done)
        self.elsewhere, self.in_work_elsewhere = 0, 0  # cells of other processes: done, and still running
        self.statuses: Counter[str] = Counter()
        self._waiting = Counter(job.cell.family.method for job in plan.jobs)
        self._met: Counter[str] = Counter()
        self._spent = defaultdict[str, float](float)  # seconds by method
        self._started = time.monotonic()

    @property
    def done(self) -> int:
        """The number of cells that are on disk."""
        return self.before + self.elsewhere + self.statuses.total()

    @property
    def seconds(self) -> float:
        """The seconds since the start."""
        return time.monotonic() - self._started

    @property
    def seconds_left(self) -> float:
        """The seconds left, estimated from finished cells of the same method, or else from all cells."""
        met, spent = self._met.total(), sum(self._spent.values())
        if not self._waiting.total() or not spent:
            return math.inf if self._waiting.total() else 0.0
        work = (
            count * (self._spent[name] / self._met[name] if self._met[name] else spent / met)
            for name, count in self._waiting.items()
        )
        return sum(work) * self.seconds / spent

    def find(self, cell: Cell) -> None:
        """Count a cell that another process has finished."""
        self.elsewhere += 1
        self._waiting[cell.experiment.method] -= 1

    def count(self, method: str, status: str, seconds: float) -> None:
        """Count one more cell; a refused one is not among those that are waited for."""
        self.statuses[status] += 1
        if status != "refused":
            self._waiting[method] -= 1
            self._met[method] += 1
            self._spent[method] += seconds
