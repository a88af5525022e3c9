"""Runs the cells of a grid that are not yet done, and keeps each as it comes.

Every arrival is written at once, so killing the command at any moment loses the cells in flight and no other;
what is done is seen on disk, so a second command, on this machine or another, runs only what is missing.
"""

import json
import math
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ..datasets import Dataset
from ..engines.threads import cores
from ..experiments.experiment import Experiment
from ..experiments.identity import cell, data_of
from ..experiments.schema import Words
from ..storage.cells import Files, stored, without_run, write_cell
from . import cluster as clusters
from . import jobs as work
from . import workers

STALE = 3600.0  # seconds after which a temporary folder counts as abandoned
Refusal = tuple[work.Job, str]  # and why


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
        self.statuses: Counter[str] = Counter()
        self._waiting = Counter(job.cell.experiment.method for job in plan.jobs)
        self._met: Counter[str] = Counter()
        self._spent: dict[str, float] = dict.fromkeys(self._waiting, 0.0)  # seconds by method
        self._started = time.monotonic()

    @property
    def done(self) -> int:
        """Cells that are on disk."""
        return self.before + self.statuses.total()

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
    had finished is kept, as it is after KeyboardInterrupt.
    """
    tally = Tally(todo)
    prepare(folder)
    for job, reason in todo.refused:
        row = without_run(job.cell, work.data_for(job), "refused", reason)
        _keep(folder, job, [row], tally)
    jobs = jobs or max(1, cores() // (threads or 1))
    asked = [replace(job, threads=threads) for job in todo.jobs]
    bundles = work.bundles(asked, 1 if cluster else jobs) if together else asked
    share = threads or max(1, cores() // jobs)
    todays = clusters.run(bundles, cluster) if cluster else workers.run(bundles, jobs, share)
    with closing(todays) as arrivals:
        for arrival in arrivals:
            if arrival:
                _keep(folder, *arrival, tally)
            on_progress(tally)
    return tally


def _keep(folder: Path, job: work.Job, rows: Iterable[Files], tally: Tally) -> None:
    for one, files in zip(job.cells, rows, strict=True):
        write_cell(folder, one.name, files)
        facts = json.loads(files["run.json"])
        tally.count(facts["method"], facts["status"], seconds_spent(facts))


def seconds_spent(facts: Words) -> float:
    """Return the seconds of solving and compiling; 0 for a cell without a run."""
    return sum(facts["seconds"].get(kind, 0.0) for kind in ("solve", "compile"))


def prepare(folder: Path) -> None:
    """Makes the folder, and sweeps away what killed writers left there long ago. Raises ValueError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryDirectory(prefix=".optae-", dir=folder).cleanup()  # may one write here?
        for place in folder.glob(".optae-*"):
            if time.time() - place.stat().st_mtime > STALE:
                shutil.rmtree(place, ignore_errors=True)
    except FileNotFoundError:  # another writer has just finished
        pass
    except OSError as error:
        raise ValueError(f"cannot write to '{folder}': {error.strerror}; choose another folder") from None
