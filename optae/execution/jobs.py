"""What a worker is sent: a cell, or cells that differ in their seed alone and gain by training together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from ..datasets import Dataset
from ..experiments.identity import Cell, content_hash, data_as_then
from ..storage.cells import Files, finished, without_run

LANES = 16  # seeds of a job, at most: so many cells are lost with it
SMALL = 1_000_000  # bytes of data that travel with a cell; larger data are read where it runs


@dataclass(frozen=True)
class Job:
    """A cell, and its data where they are small; `others` are the same but for the seed, and run with it."""

    cell: Cell
    data: Dataset | None
    others: tuple[Cell, ...] = ()
    threads: int | None = None  # of BLAS; None: as `thread_rule` says, at most the process's

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that it runs."""
        return self.cell, *self.others


Arrival = tuple[Job, list[Files]] | None  # None: nothing new at this look


def job(cell: Cell, data: Dataset) -> Job:
    """Return the job of one cell, with its data where they are small."""
    return Job(cell, data if data.x.nbytes < SMALL else None)


def bundles(jobs: Sequence[Job], workers: int) -> list[Job]:
    """The same cells in fewer jobs: up to `LANES` seeds of one recipe in one, where they gain by it.

    There are as many bundles of a recipe as there are workers, if it has so many seeds.
    """
    families: dict[str, list[Job]] = {}
    for job in jobs:
        families.setdefault(_family(job), []).append(job)
    parts = (part for family in families.values() for part in _parts(family, workers))
    return [replace(part[0], others=tuple(job.cell for job in part[1:])) for part in parts]


def _family(job: Job) -> str:
    """One name for what may train together; a cell's own name where it may not."""
    experiment, data = job.cell.experiment, data_for(job)
    if not experiment.suits(experiment.problem(data)):
        return job.cell.name
    return content_hash({name: word for name, word in job.cell.identity.items() if name != "seed"})


def _parts(family: list[Job], workers: int) -> list[list[Job]]:
    """Parts of nearly one size."""
    many = min(len(family), max(workers, math.ceil(len(family) / LANES)))
    ends = [len(family) * i // many for i in range(many + 1)]
    return [family[start:stop] for start, stop in pairwise(ends)]


def run_job(job: Job) -> list[Files]:
    """Run its cells in this process; an error in one becomes a row."""
    try:
        return _run(job)
    except Exception as error:
        if job.others:
            return [files for cell in job.cells for files in run_job(replace(job, cell=cell, others=()))]
        return failed(job, f"{type(error).__name__}: {error}")


def _run(job: Job) -> list[Files]:
    data, experiment = data_for(job), job.cell.experiment
    if not job.others:
        return [finished(job.cell, data, experiment.run(experiment.problem(data), threads=job.threads))]
    seeds = [cell.experiment.seed for cell in job.cells]
    results = experiment.run_together(seeds, data, job.threads)
    return [finished(cell, data, result, seeds) for cell, result in zip(job.cells, results, strict=True)]


def failed(job: Job, reason: str) -> list[Files]:
    """The rows of cells that came to nothing."""
    return [without_run(cell, data_for(job), "failed", reason) for cell in job.cells]


def data_for(job: Job) -> Dataset:
    """The data of a job: what travelled with it, or what lies here. Raises ValueError for other data."""
    if job.data is not None:
        return job.data
    return _read(job.cell.experiment.dataset, job.cell.identity["dataset"]["sha256"])


@lru_cache(maxsize=2)  # the data are large, and cell after cell needs them
def _read(dataset: str, sha256: str) -> Dataset:
    return data_as_then(dataset, sha256, "the grid was planned, or differs where this cell runs")
