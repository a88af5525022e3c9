"""Run the cells of a grid that are not yet done, and write each as soon as it arrives.

Every arrival is written at once, so killing the command at any moment loses only the cells that are running.
Finished cells are found on disk, so a second command, on this machine or another, runs only those that are
missing or damaged. A cell that is running is claimed, so commands that run at the same time on one folder
share its cells.
"""

import json
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from ..datasets import Dataset, load_dataset
from ..engines.threads import cores
from ..experiments.experiment import Experiment
from ..experiments.identity import Cell, Families
from ..experiments.schema import Words
from ..files import prepare, sync_folder
from ..storage.cells import Files, names_in, stored, without_run, write_cells
from ..storage.claims import Claims
from ..storage.seals import Damaged, Examined
from ..training.signals import SIGNALS
from . import cluster as clusters
from . import jobs as work
from . import workers
from .shared import Shared

STEP = 1000  # experiments between two signs of progress of a plan
Refusal = tuple[work.Job, str]  # a job and the reason
Finished = tuple[work.Job, list[Files]]


@dataclass(frozen=True)
class Plan:
    """The cells of a grid: those done before, those refused with a reason, and those to run."""

    done: tuple[str, ...]
    refused: tuple[Refusal, ...]
    jobs: tuple[work.Job, ...]
    notes: tuple[str, ...] = ()  # what the readers of the data sets say of them
    damaged: tuple[str, ...] = ()  # a line for each damaged cell, which is one of those to run or to refuse
    unsealed: int = 0  # number of those done that carry no digests

    @property
    def size(self) -> int:
        """The number of cells."""
        return len(self.done) + len(self.refused) + len(self.jobs)

    @property
    def worst_seconds(self) -> float:
        """Seconds of solving if all cells spend their budgets one after another; infinite without a limit."""
        return sum(job.cell.family.max_seconds for job in self.jobs)


def plan(
    experiments: Iterable[Experiment],
    folder: Path,
    shard: tuple[int, int] = (1, 1),
    on_progress: Callable[[int], None] = lambda planned: None,
) -> Plan:
    """Return this shard's part of what is to be done; nothing is written.

    Shard (2, 5) has the cells whose hash leaves 1 when divided by 5, whatever other cells the grid has.
    `on_progress` is told now and then how many experiments are planned. Raises ValueError if data are missing
    or the folder cannot be used.
    """
    there, read, families = names_in(folder), cache(load_dataset), Families()
    seen, done, refused, jobs = set(), [], list[Refusal](), list[work.Job]()
    names, damaged, unsealed = dict[str, None](), list[str](), 0
    known = dict[tuple[object, ...], tuple[str | None, work.Job]]()
    for planned, experiment in enumerate(experiments):
        if planned % STEP == 0:
            on_progress(planned)
        names[experiment.dataset] = None
        data = read(experiment.dataset)
        one = families.cell(experiment, data)
        if one.name in seen or int(one.name, 16) % shard[1] != shard[0] - 1:
            continue
        seen.add(one.name)
        if one.name in there and (found := _done(folder, one.name, damaged)):
            done.append(one.name)
            unsealed += not found.sealed
            continue
        if (family := experiment.family) not in known:
            known[family] = refusal(experiment, data), work.job(one, data)
        reason, job = known[family]
        job = work.Job(one, job.data, sources=job.sources)
        if reason:
            refused.append((job, reason))
        else:
            jobs.append(job)
    notes = dict.fromkeys(note for name in names for note in read(name).remarks)
    return Plan(tuple(done), tuple(refused), tuple(jobs), tuple(notes), tuple(damaged), unsealed)


def refusal(experiment: Experiment, data: Dataset) -> str | None:
    """Return why this combination cannot run, or None if it can."""
    try:
        experiment.check(experiment.problem(data))
    except (ValueError, ImportError) as error:
        return str(error)
    return None


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
    """Run the plan in `jobs` processes (by default one for each core), or on a Dask cluster.

    A run uses `threads` BLAS threads, by default those of `thread_rule`, at most its process's share of the
    cores. Cells that differ only in the seed train `together` if the method and the engine can.
    `on_progress` is called a few times a second. Other processes may run the same plan at the same time: each
    cell is run by one of them, and each process returns when all cells are done. Raises ValueError if no cell
    can run or be written; finished cells are kept, also after a KeyboardInterrupt.
    """
    tally = Tally(todo)
    prepare(folder)
    _keep(folder, [_refused(*refusal) for refusal in todo.refused], tally)
    jobs = jobs or max(1, cores() // (threads or 1))
    asked = [replace(job, threads=threads) for job in todo.jobs]
    bundles = work.bundles(asked, 1 if cluster else jobs) if together else asked
    many, share = min(jobs, len(bundles)), threads or max(1, cores() // jobs)
    run_stream(bundles, folder, tally, many, share, cluster, on_progress, partial(_interrupted, tally))
    sync_folder(folder)
    return tally


def run_stream(
    jobs: Iterable[work.Job | None],
    folder: Path,
    tally: Tally,
    many: int,
    threads: int = 1,
    cluster: str | None = None,
    on_progress: Callable[[Tally], None] = lambda tally: None,
    how_to_go_on: Callable[[], str] = lambda: "interrupted",
) -> None:
    """Run jobs, `many` at a time, and write each as soon as it arrives.

    None among the jobs means that more come later, so that later jobs may depend on the cells of earlier
    ones. `how_to_go_on` is what a signal that ends the run says.
    """
    with Claims(folder) as claims:
        shared = Shared(jobs, folder, claims, tally.find)
        todays = clusters.run(shared, cluster) if cluster else workers.run(shared, many, threads)
        with closing(todays) as arrivals:
            for look in _looks(arrivals):
                claims.release(_keep(folder, look, tally))
                SIGNALS.check(how_to_go_on())
                tally.in_work_elsewhere = shared.elsewhere
                on_progress(tally)


def seconds_spent(facts: Words) -> float:
    """Return the seconds of solving and compiling; 0 for a cell without a run."""
    return sum(facts["seconds"].get(kind, 0.0) for kind in ("solve", "compile"))


def _done(folder: Path, name: str, damaged: list[str]) -> Examined | None:
    """Return the cell of this name if it is done; add a line to `damaged` if it is damaged."""
    try:
        return stored(folder, name)
    except Damaged as error:
        damaged.append(str(error))
        return None


def _interrupted(tally: Tally) -> str:
    return f"interrupted: {_how_to_go_on(tally)}"


def _how_to_go_on(tally: Tally) -> str:
    return f"{tally.done:,} of {tally.size:,} cells are done; the same command goes on from there"


def _looks(arrivals: Iterable[work.Arrival]) -> Iterator[list[Finished]]:
    """Yield the jobs that have arrived at each look, and the rest at the end."""
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
    """Write the cells of finished jobs together, count them, and return their names."""
    cells = {cell.name: files for job, rows in finished for cell, files in zip(job.cells, rows, strict=True)}
    try:
        write_cells(folder, cells)
    except OSError as error:
        raise OSError(
            f"cannot write to '{folder}': {error.strerror or error}; {_how_to_go_on(tally)}"
        ) from None
    for files in cells.values():
        facts = json.loads(files["run.json"])
        tally.count(facts["method"], facts["status"], seconds_spent(facts))
    return list(cells)
