"""Cells on a Dask cluster: any free worker takes the next job, and its files come back as it ends."""

from collections.abc import Generator, Iterable, Iterator
from importlib import import_module
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any
from uuid import uuid4

from ..storage.cells import Files
from .jobs import Arrival, Job, failed, run_job
from .workers import TICK, limit_threads

_ONE_AT_A_TIME = Lock()


def run(jobs: Iterable[Job | None], address: str) -> Generator[Arrival]:
    """Run the jobs on the Dask cluster at that address, which tries a lost worker's jobs elsewhere.

    `jobs` may give None, which means that more come later. Raises ValueError if there is no such cluster, or
    if it cannot run them.
    """
    distributed, jobs = _distributed(), iter(jobs)
    by_name, arrived = dict[str, tuple[Job, Any]](), SimpleQueue[Any]()
    with _client(distributed, address) as client:
        more = True
        while more or by_name:
            more = _submit(client, jobs, by_name, arrived)
            try:
                future = arrived.get(timeout=TICK)
            except Empty:
                _check_alive(client, address)
            else:
                job, _ = by_name.pop(future.key.split("-")[1])
                yield job, _result(distributed, job, future)
            yield None


def _submit(
    client: Any, jobs: Iterator[Job | None], by_name: dict[str, tuple[Job, Any]], arrived: SimpleQueue[Any]
) -> bool:
    """Submit the jobs that are there, and keep them by name; return False once no more will come."""
    for job in jobs:
        if job is None:
            return True
        name = job.cell.name
        future = client.submit(run_alone, job, key=f"optae-{name}-{uuid4().hex}")
        by_name[name] = job, future
        future.add_done_callback(arrived.put)
    return False


def run_alone(job: Job) -> list[Files]:
    """`run_job` on one thread unless more are asked for, with no other beside it, in another's process."""
    with _ONE_AT_A_TIME:
        limit_threads(job.threads or 1)
        return run_job(job)


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError:
        raise ValueError("`cluster` needs dask.distributed: pip install 'optae[cluster]'") from None


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
