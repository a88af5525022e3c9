"""The jobs of workers: one cell, or cells that differ only in the seed and are faster together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from ..datasets import Dataset
from ..experiments.identity import Cell, content_hash, data_as_then
from ..plugins import Source, lent
from ..storage.cells import Files, finished, without_run
from ..training.snapshots import SMALL as SMALL_NETWORK

LANES = 16  # most seeds in a job, as its cells are lost together
SMALL = 1_000_000  # most bytes of data that are sent with a cell; larger data are read where it runs


@dataclass(frozen=True)
class Job:
    """A cell with its data if they are small; `others` differ only in the seed and run together with it."""

    cell: Cell
    data: Dataset | None
    others: tuple[Cell, ...] = ()
    threads: int | None = None  # of BLAS; None means those of `thread_rule`, at most the process's
    sources: tuple[Source, ...] = ()  # of the files of one's own that the recipe names

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that the job runs."""
        return self.cell, *self.others


Arrival = tuple[Job, list[Files]] | None  # None means that nothing has arrived


def job(cell: Cell, data: Dataset) -> Job:
    """Return the job of one cell, with its data if they are small."""
    return Job(cell, data if data.x.nbytes < SMALL else None, sources=cell.experiment.sources)


def bundles(jobs: Sequence[Job], workers: int) -> list[Job]:
    """Return the same cells in fewer jobs, with up to `LANES` seeds of a recipe in one if that is faster.

    The seeds of a recipe are divided among all workers, so that each has a bundle if there are enough seeds.
    """
    families: dict[str, list[Job]] = {}
    for job in jobs:
        families.setdefault(_family(job), []).append(job)
    parts = (part for family in families.values() for part in _parts(family, workers))
    return [replace(part[0], others=tuple(job.cell for job in part[1:])) for part in parts]


def run_job(job: Job) -> list[Files]:
    """Run the job's cells in this process; a cell that raises an error becomes a failed row."""
    try:
        with lent(job.sources):
            return _run(job)
    except Exception as error:
        if job.others:
            return [files for cell in job.cells for files in run_job(replace(job, cell=cell, others=()))]
        return failed(job, f"{type(error).__name__}: {error}")


def failed(job: Job, reason: str) -> list[Files]:
    """Return the files of the job's cells as failed, with the reason."""
    return [without_run(cell, data_for(job), "failed", reason) for cell in job.cells]


def data_for(job: Job) -> Dataset:
    """Return the data of a job: those sent with it, or those of this machine.

    Raises ValueError if this machine's data differ from those of the recipe.
    """
    if job.data is not None:
        return job.data
    return _read(job.cell.experiment.dataset, job.cell.identity["dataset"]["sha256"])


def _family(job: Job) -> str:
    """Return the same name for cells that may train together, and a cell's own name if it may not."""
    experiment, data = job.cell.experiment, data_for(job)
    if not experiment.suits(experiment.problem(data)):
        return job.cell.name
    return content_hash({name: word for name, word in job.cell.identity.items() if name != "seed"})


def _parts(family: list[Job], workers: int) -> list[list[Job]]:
    """Split a family into parts of nearly equal size."""
    many = min(len(family), max(workers, math.ceil(len(family) / LANES)))
    ends = [len(family) * i // many for i in range(many + 1)]
    return [family[start:stop] for start, stop in pairwise(ends)]


def _run(job: Job) -> list[Files]:
    data, experiment = data_for(job), job.cell.experiment
    problem = experiment.problem(data)
    snapshots = problem.model.size <= SMALL_NETWORK
    if not job.others:
        return [finished(job.cell, data, experiment.run(problem, snapshots=snapshots, threads=job.threads))]
    seeds = [cell.experiment.seed for cell in job.cells]
    results = experiment.run_together(seeds, data, snapshots, job.threads)
    return [finished(cell, data, result, seeds) for cell, result in zip(job.cells, results, strict=True)]


@lru_cache(maxsize=2)  # the data are large, and many cells in a row need them
def _read(dataset: str, sha256: str) -> Dataset:
    return data_as_then(dataset, sha256, "the grid was planned, or differs where this cell runs")
