"""Worker processes of this machine, each with one job at a time and a share of the cores.

A worker returns its files, and only the parent writes them. Each process has its own queue, so that a worker
that dies loses only its own cells.
"""

import os
import signal
import sys
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from importlib import import_module
from multiprocessing import active_children, get_context, parent_process, resource_tracker
from multiprocessing.process import BaseProcess
from threading import Thread

from ..engines.compile_cache import NEVER
from ..storage.cells import Files
from .jobs import Arrival, Job, failed, run_job

TICK = 0.25  # seconds between two looks if nothing finishes
TRIES = 3  # tries of a job whose worker dies, and of a worker that does not start


def run(jobs: Iterable[Job | None], workers: int, threads: int = 1) -> Generator[Arrival]:
    """Run the jobs in `workers` processes. A job whose worker dies `TRIES` times becomes a failed row.

    `jobs` may yield None, which means that more come later. None is yielded after the arrivals of each look.
    Raises ValueError if no worker can start.
    """
    _start_tracker()
    jobs, before = iter(jobs), set(active_children())
    pool = [Worker(threads) for _ in range(workers)]
    try:
        more = _feed(pool, jobs)
        while more or any(worker.job for worker in pool):
            arrivals = _arrivals(pool)
            more = _feed(pool, jobs)  # so that the workers work while the caller writes
            yield from (arrival for arrival in arrivals if arrival)
            yield None
    except BaseException:  # the caller's errors too: the running cells will not be kept
        for child in set(active_children()) - before:
            child.kill()
        raise
    finally:
        for worker in pool:
            worker.close()


class Worker:
    """A worker process with one job at a time."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self.job: Job | None = None
        self.future: Future[list[Files]] = Future()
        self._deaths, self._false_starts = 0, 0
        self._open()

    def _open(self) -> None:
        self._executor = ProcessPoolExecutor(1, get_context("spawn"), settle, (self._threads,))
        self.hello = self._executor.submit(os.getpid)  # done when the worker has started
        # If this end stayed open here, a read would wait forever for a worker that died while sending.
        self._executor._result_queue._writer.close()  # type: ignore[attr-defined]

    def close(self) -> None:
        """Shut down without waiting."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def send(self, job: Job) -> None:
        """Give the idle worker a job."""
        self.job, self._deaths = job, 0
        self._submit(job)

    def _submit(self, job: Job) -> None:
        try:
            self.future = self._executor.submit(run_job, job)
        except BrokenExecutor as error:  # died while idle
            self.future = Future()
            self.future.set_exception(error)

    def take(self) -> Arrival:
        """Return the job's files, or None if its worker has died and a new worker tries again."""
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
        """Start a new worker; the death of the old one counts against its job unless it never started."""
        if self.hello.done() and self.hello.exception() is None:
            self._deaths += 1
        else:
            self._false_starts += 1
        if self._false_starts >= TRIES:
            raise ValueError("worker processes die as they start: a script needs if __name__ == '__main__'")
        self.close()
        self._open()


def settle(threads: int) -> None:
    """Set up a new worker process: limit threads, compile all, leave Ctrl-C to the parent, end with it."""
    limit_threads(threads)
    os.environ.update(NEVER)
    for name in ("SIGINT", "SIGHUP"):  # a terminal sends them to all
        if name in signal.Signals.__members__:
            signal.signal(signal.Signals[name], signal.SIG_IGN)
    if parent := parent_process():
        Thread(target=_follow, args=(parent,), daemon=True).start()


def limit_threads(threads: int) -> None:
    """Limit the threads of BLAS, and those of XLA and Numba if they are not yet imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NPROC"):
        os.environ[name] = str(threads)  # NPROC sets the size of XLA's pools
    if threads == 1:
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    import_module("threadpoolctl").threadpool_limits(threads)


def _start_tracker() -> None:
    """Start multiprocessing's tracker, which removes semaphores at the end, so that it ignores SIGHUP."""
    if sys.platform == "win32":
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        resource_tracker.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _feed(pool: Sequence["Worker"], jobs: Iterator[Job | None]) -> bool:
    """Give jobs to idle workers; return False once no more will come."""
    for worker in pool:
        if not worker.job:
            try:
                job = next(jobs)
            except StopIteration:
                return False
            if job is None:
                break
            worker.send(job)
    return bool(pool)


def _arrivals(pool: Sequence["Worker"]) -> list[Arrival]:
    """Return the jobs that finish within a `TICK`."""
    busy = [worker for worker in pool if worker.job]
    if not busy:
        time.sleep(TICK)
    done, _ = wait([worker.future for worker in busy], TICK, FIRST_COMPLETED)
    return [worker.take() for worker in busy if worker.future in done]


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
