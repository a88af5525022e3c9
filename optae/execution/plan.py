"""Plan a grid: which of its cells are done, which cannot run, and which are to run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..datasets import Dataset, load_dataset
from ..experiments.experiment import Experiment
from ..experiments.identity import Families
from ..storage.cells import names_in, stored
from ..storage.seals import Damaged, Examined
from . import jobs as work

STEP = 1000  # experiments between two signs of progress
Refusal = tuple[work.Job, str]  # a job and the reason


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


def _done(folder: Path, name: str, damaged: list[str]) -> Examined | None:
    """Return the cell of this name if it is done; add a line to `damaged` if it is damaged."""
    try:
        return stored(folder, name)
    except Damaged as error:
        damaged.append(str(error))
        return None
