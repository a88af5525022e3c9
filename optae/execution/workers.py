"""Where cells run: worker processes of this machine, or a Dask cluster; both give files as cells finish.

A worker runs one job at a time on its share of the cores and gives its files back; only the parent writes.
A job is a cell, or cells that differ in their seed alone and gain by training together. Each process of this
machine has its own queue, so that one that dies takes nobody else's cell with it.
"""

import math
import os
import signal
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from itertools import pairwise
from multiprocessing import active_children, get_context, parent_process
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any
from uuid import uuid4

from ..datasets import Dataset
from ..experiments.identity import Cell, content_hash, data_of
from ..storage.cells import Files, finished, without_run

TICK = 0.25  # seconds between two looks, where nothing finishes
TRIES = 3  # of a cell whose worker dies, and of a worker that does not start
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
        """All that it runs."""
        return self.cell, *self.others


Arrival = tuple[Job, list[Files]] | None  # None: nothing new at this look


def job(cell: Cell, data: Dataset) -> Job:
    """What a worker is sent."""
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
    return content_hash({name: word for name, word in job.cell.recipe.items() if name != "seed"})


def _parts(family: list[Job], workers: int) -> list[list[Job]]:
    """Parts of nearly one size."""
    many = min(len(family), max(workers, math.ceil(len(family) / LANES)))
    ends = [len(family) * i // many for i in range(many + 1)]
    return [family[start:stop] for start, stop in pairwise(ends)]


def run_job(job: Job) -> list[Files]:
    """Runs its cells in this process. What goes wrong in one is a row, and no error."""
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
    experiment = job.cell.experiment
    data = _read(experiment.dataset)
    if data.sha256 != job.cell.recipe["dataset"]["sha256"]:
        raise ValueError(f"data set '{experiment.dataset}' is another where this cell runs")
    return data


@lru_cache(maxsize=2)  # large, and asked for by cell after cell
def _read(dataset: str) -> Dataset:
    return data_of(dataset)


# on this machine


def local(jobs: Sequence[Job], workers: int, threads: int = 1) -> Generator[Arrival]:
    """Runs the jobs in that many processes. A job whose worker dies `TRIES` times is a failed row.

    Raises ValueError where no worker can start.
    """
    waiting, before = list(reversed(jobs)), set(active_children())
    lanes = [Lane(threads) for _ in range(min(workers, len(jobs)))]
    try:
        while waiting or any(lane.job for lane in lanes):
            for lane in lanes:
                if waiting and not lane.job:
                    lane.send(waiting.pop())
            done, _ = wait([lane.future for lane in lanes if lane.job], TICK, FIRST_COMPLETED)
            arrivals = [lane.take() for lane in lanes if lane.job and lane.future in done]
            yield from arrivals or [None]
    except BaseException:  # of the caller too: nobody waits for cells that nobody will keep
        for child in set(active_children()) - before:
            child.kill()
        raise
    finally:
        for lane in lanes:
            lane.close()


class Lane:
    """One worker process with one job at a time."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self.job: Job | None = None
        self.future: Future[list[Files]] = Future()
        self._deaths, self._false_starts = 0, 0
        self._open()

    def _open(self) -> None:
        self._executor = ProcessPoolExecutor(1, get_context("spawn"), settle, (self._threads,))
        self.hello = self._executor.submit(os.getpid)  # done when the worker has started

    def close(self) -> None:
        """Waits for nobody."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def send(self, job: Job) -> None:
        """Gives the idle worker a job."""
        self.job, self._deaths = job, 0
        self._submit(job)

    def _submit(self, job: Job) -> None:
        try:
            self.future = self._executor.submit(run_job, job)
        except BrokenExecutor as error:  # died while idle
            self.future = Future()
            self.future.set_exception(error)

    def take(self) -> Arrival:
        """The job's files; where its worker has died a new worker tries, and nothing is there yet."""
        job = self.job
        assert job is not None
        if self.future.exception() is None:
            self.job = None
            return job, self.future.result()
        self._replace()
        if self._deaths >= TRIES:
            self.job = None
            return job, failed(job, f"its worker process died {TRIES} times, as for lack of memory")
        self._submit(job)
        return None

    def _replace(self) -> None:
        """A new worker for the dead one, which dies of its job, unless it never started."""
        if self.hello.done() and self.hello.exception() is None:
            self._deaths += 1
        else:
            self._false_starts += 1
        if self._false_starts >= TRIES:
            raise ValueError("worker processes die as they start: a script needs if __name__ == '__main__'")
        self.close()
        self._open()


def settle(threads: int) -> None:
    """In a new worker process: so many threads, Ctrl-C is the parent's affair, and no life without it."""
    limit_threads(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := parent_process():
        Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: Any) -> None:
    parent.join()
    os._exit(1)


def limit_threads(threads: int) -> None:
    """So many threads for BLAS, and for XLA and Numba where they are not yet imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NPROC"):
        os.environ[name] = str(threads)  # NPROC: of XLA's pools
    if threads == 1:
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    import_module("threadpoolctl").threadpool_limits(threads)


# on a cluster

_ONE_AT_A_TIME = Lock()


def cluster(jobs: Sequence[Job], address: str) -> Generator[Arrival]:
    """Runs the jobs on the Dask cluster at that address, which tries a lost worker's jobs elsewhere.

    Raises ValueError where there is no such cluster, or it cannot run them.
    """
    distributed = _distributed()
    by_name, arrived = {job.cell.name: job for job in jobs}, SimpleQueue[Any]()
    with _client(distributed, address) as client:
        futures = [
            client.submit(run_alone, job, key=f"optae-{name}-{uuid4().hex}") for name, job in by_name.items()
        ]
        for future in futures:
            future.add_done_callback(arrived.put)
        while by_name:
            try:
                future = arrived.get(timeout=TICK)
            except Empty:
                _check_alive(client, address)
                yield None
                continue
            job = by_name.pop(future.key.split("-")[1])
            yield job, _result(distributed, job, future)


def run_alone(job: Job) -> list[Files]:
    """`run_job` on one thread unless more are asked for, with no other beside it, in another's process."""
    with _ONE_AT_A_TIME:
        limit_threads(job.threads or 1)
        return run_job(job)


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError:
        raise ValueError("--cluster needs dask.distributed: pip install 'optae[cluster]'") from None


def _client(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=10, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise ValueError(
            f"no Dask scheduler answers at '{address}': {error}; start one by dask scheduler"
        ) from None


def _check_alive(client: Any, address: str) -> None:
    if client.status != "running":
        raise ValueError(f"the Dask scheduler at '{address}' is gone: start it again, then this command")


def _result(distributed: Any, job: Job, future: Any) -> list[Files]:
    try:
        return future.result()
    except distributed.KilledWorker:
        return failed(job, "every worker that took it died, as for lack of memory")
    except Exception as error:
        raise ValueError(f"the cluster cannot run cells: {type(error).__name__}: {error}") from None
