"""Share the jobs of a grid between processes of one or several machines; each job is run by one of them.

The jobs may come one after another: None among them means that more come later.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from ..experiments.identity import Cell
from ..storage.cells import is_stored
from ..storage.claims import Claims
from .jobs import Job

AGAIN = 0.5  # seconds between two looks at cells that another process is running


class Shared:
    """Iterate over the jobs that this process has claimed; None means that there is none at the moment.

    Cells that another process is running wait until it has written them or has ended. `found` is called with
    the cells that it has written.
    """

    def __init__(
        self, jobs: Iterable[Job | None], folder: Path, claims: Claims, found: Callable[[Cell], None]
    ) -> None:
        self._jobs, self._again, self._put_off = iter(jobs), deque[Job](), list[Job]()
        self._folder, self._claims, self._found, self._due = folder, claims, found, 0.0

    @property
    def elsewhere(self) -> int:
        """The number of cells that other processes were running at the last look."""
        return sum(len(job.cells) for job in self._put_off)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Job | None:
        """Return the next job. Raises StopIteration once every cell is taken or found."""
        if not self._again and time.monotonic() >= self._due:
            self._again, self._put_off = deque(self._put_off), []
            self._due = time.monotonic() + AGAIN
        while self._again:
            if mine := self._claimed(self._again.popleft()):
                return mine
        for job in self._jobs:
            if job is None:
                return None
            if mine := self._claimed(job):
                return mine
        if not self._put_off:
            raise StopIteration
        return None

    def _claimed(self, job: Job) -> Job | None:
        """Return the part of a job before the first cell that another process is running; the rest waits."""
        mine = []
        for i, cell in enumerate(job.cells):
            if not self._claims.take(cell.name):
                self._put_off.append(_part(job, job.cells[i:]))
                break
            if is_stored(self._folder, cell.name):
                self._claims.release([cell.name])
                self._found(cell)
            else:
                mine.append(cell)
        return _part(job, mine) if mine else None


def _part(job: Job, cells: Sequence[Cell]) -> Job:
    return replace(job, cell=cells[0], others=tuple(cells[1:]))
