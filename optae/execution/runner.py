"""Runs the cells of a grid that are not yet done, and keeps each as it comes.

Every arrival is written at once, so killing the command at any moment loses the cells in flight and no other;
what is done is seen on disk, so a second command, on this machine or another, runs only what is missing. A
cell in work is claimed: commands that run at once on one folder share its cells.
"""

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ..datasets import Dataset
from ..engines.threads import cores
from ..experiments.experiment import Experiment
from ..experiments.identity import Cell, cell, data_of
from ..experiments.schema import Words
from ..files import prepare, sync_folder
from ..storage.cells import Files, stored, without_run, write_cells
from ..storage.claims import Claims
from ..training.signals import SIGNALS
from . import cluster as clusters
from . import jobs as work
from . import workers
from .shared import Shared

Refusal = tuple[work.Job, str]  # and why
Finished = tuple[work.Job, list[Files]]


@dataclass(frozen=True)
class Plan:
    """The cells of a grid: done before, to be refused with a reason, to be run."""

    done: tuple[str, ...]
    refused: tuple[Refusal, ...]
    jobs: tuple[work.Job, ...]

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.done) + len(self.refused) + len(self.jobs)

    @property
    def worst_seconds(self) -> float:
        """Seconds of solving if every cell in turn spends its budget; infinite without a limit."""
        return sum(job.cell.experiment.max_seconds for job in self.jobs)


def plan(experiments: Iterable[Experiment], folder: Path, shard: tuple[int, int] = (1, 1)) -> Plan:
    """What there is to do, this shard's part of it; nothing is written.

    Shard (2, 5) has the cells whose hash leaves 1 when divided by 5, whatever else the grid holds. Raises
    ValueError for data that are not there, and where the folder cannot be used.
    """
    known, read = stored(folder), cache(data_of)
    seen, done, refused, jobs = set(), [], list[Refusal](), list[work.Job]()
    for experiment in experiments:
        data = read(experiment.dataset)
        one = cell(experiment, data)
        if one.name in seen or int(one.name, 16) % shard[1] != shard[0] - 1:
            continue
        seen.add(one.name)
        if one.name in known:
            done.append(one.name)
        elif reason := refusal(experiment, data):
            refused.append((work.job(one, data), reason))
        else:
            jobs.append(work.job(one, data))
    return Plan(tuple(done), tuple(refused), tuple(jobs))


def refusal(experiment: Experiment, data: Dataset) -> str | None:
    """Why this combination cannot run, if it cannot."""
    try:
        experiment.check(experiment.problem(data))
    except (ValueError, ImportError) as error:
        return str(error)
    return None


class Tally:
    """How far a grid is, and when it will be done."""

    def __init__(self, plan: Plan) -> None:
        self.size, self.before = plan.size, len(plan.done)
        self.elsewhere, self.in_work_elsewhere = 0, 0  # cells of other processes: done, not yet done
        self.statuses: Counter[str] = Counter()
        self._waiting = Counter(job.cell.experiment.method for job in plan.jobs)
        self._met: Counter[str] = Counter()
        self._spent: dict[str, float] = dict.fromkeys(self._waiting, 0.0)  # seconds by method
        self._started = time.monotonic()

    @property
    def done(self) -> int:
        """Cells that are on disk."""
        return self.before + self.elsewhere + self.statuses.total()

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._started

    @property
    def seconds_left(self) -> float:
        """Seconds left, from the time that cells of the same method, or else all cells, took so far."""
        met, spent = self._met.total(), sum(self._spent.values())
        if not self._waiting.total() or not spent:
            return math.inf if self._waiting.total() else 0.0
        work = (
            count * (self._spent[name] / self._met[name] if self._met[name] else spent / met)
            for name, count in self._waiting.items()
        )
        return sum(work) * self.seconds / spent

    def find(self, cell: Cell) -> None:
        """Count a cell that another process has done."""
        self.elsewhere += 1
        self._waiting[cell.experiment.method] -= 1

    def count(self, method: str, status: str, seconds: float) -> None:
        """Count one more cell; a refused one was never waited for."""
        self.statuses[status] += 1
        if status != "refused":
            self._waiting[method] -= 1
            self._met[method] += 1
            self._spent[method] += seconds


def run_plan(
    todo: Plan,
    folder: Path,
    *,
    jobs: int | None = None,
    threads: int | None = None,
    cluster: str | None = None,
    together: bool = True,
    on_progress: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Runs what is to be done in `jobs` processes (None: as many as there are cores), or on a Dask cluster.

    A run has `threads` BLAS threads; None: as `thread_rule` says, at most its process's share of cores.
    Cells that differ in their seed alone train `together`, where the method and the engine can.
    `on_progress` is called a few times a second. Raises ValueError where nothing can run or be written; what
    had finished is kept, as it is after KeyboardInterrupt. Other processes may run the same plan at once:
    each cell is run by one of them, and each process ends when all are done.
    """
    tally = Tally(todo)
    prepare(folder)
    _keep(folder, [_refused(*refusal) for refusal in todo.refused], tally)
    jobs = jobs or max(1, cores() // (threads or 1))
    asked = [replace(job, threads=threads) for job in todo.jobs]
    bundles = work.bundles(asked, 1 if cluster else jobs) if together else asked
    share = threads or max(1, cores() // jobs)
    with Claims(folder) as claims:
        shared = Shared(bundles, folder, claims, tally.find)
        many = min(jobs, len(bundles))
        todays = clusters.run(shared, cluster) if cluster else workers.run(shared, many, share)
        with closing(todays) as arrivals:
            for look in _looks(arrivals):
                claims.release(_keep(folder, look, tally))
                SIGNALS.check(_how_to_go_on(tally))
                tally.in_work_elsewhere = shared.elsewhere
                on_progress(tally)
    sync_folder(folder)
    return tally


def _how_to_go_on(tally: Tally) -> str:
    return (
        f"interrupted: {tally.done:,} of {tally.size:,} cells are done; the same command goes on from there"
    )


def _looks(arrivals: Iterable[work.Arrival]) -> Iterator[list[Finished]]:
    """What has arrived at each look; the rest at the end."""
    look: list[Finished] = []
    for arrival in arrivals:
        if arrival is None:
            yield look
            look = []
        else:
            look.append(arrival)
    yield look


def _refused(job: work.Job, reason: str) -> Finished:
    return job, [without_run(job.cell, work.data_for(job), "refused", reason)]


def _keep(folder: Path, finished: Iterable[Finished], tally: Tally) -> list[str]:
    """Write the cells of jobs, all at once, and count them; return their names."""
    cells = {cell.name: files for job, rows in finished for cell, files in zip(job.cells, rows, strict=True)}
    write_cells(folder, cells)
    for files in cells.values():
        facts = json.loads(files["run.json"])
        tally.count(facts["method"], facts["status"], seconds_spent(facts))
    return list(cells)


def seconds_spent(facts: Words) -> float:
    """Return the seconds of solving and compiling; 0 for a cell without a run."""
    return sum(facts["seconds"].get(kind, 0.0) for kind in ("solve", "compile"))
