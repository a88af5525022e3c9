"""Cells on a Dask cluster: any free worker takes the next job, and its files come back as it ends."""

from collections.abc import Generator, Sequence
from importlib import import_module
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any
from uuid import uuid4

from ..storage.cells import Files
from .jobs import Arrival, Job, failed, run_job
from .workers import TICK, limit_threads

_ONE_AT_A_TIME = Lock()


def run(jobs: Sequence[Job], address: str) -> Generator[Arrival]:
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
