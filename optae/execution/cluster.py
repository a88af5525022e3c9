"""Run cells on a Dask cluster: a free worker takes the next job and returns its files."""

import logging
import time
import warnings
from collections.abc import Collection, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from itertools import chain, islice
from pkgutil import resolve_name
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any
from uuid import uuid4

from ..storage.cells import Files
from .jobs import Arrival, Job, failed, run_job
from .workers import TICK, limit_threads

PATIENCE = 12.0  # seconds without a worker, after which a run ends with a sentence
VERSION = "optae:__version__"

_ONE_AT_A_TIME = Lock()


def run(jobs: Iterable[Job | None], address: str) -> Generator[Arrival]:
    """Run the jobs on the Dask cluster at this address; the jobs of a lost worker run again elsewhere.

    `jobs` may yield None, which means that more come later. Raises ValueError if there is no such cluster, if
    it has no workers for `PATIENCE` seconds, or if it cannot run the jobs.
    """
    jobs = iter(jobs)
    if not (first := list(islice(jobs, 1))):
        return  # nothing to run needs no cluster
    distributed, jobs = _distributed(), chain(first, jobs)
    by_name, arrived = dict[str, tuple[Job, Any]](), SimpleQueue[Any]()
    with _silent_log(), _client(distributed, address) as client:
        cluster = Cluster(client, address)
        while not cluster.workers():
            yield None
            time.sleep(TICK)
        more = True
        while more or by_name:
            more = _submit(client, jobs, by_name, arrived)
            try:
                future = arrived.get(timeout=TICK)
            except Empty:
                cluster.workers()
            else:
                job, _ = by_name.pop(future.key.split("-")[1])
                yield job, _result(distributed, job, future, address)
            yield None


class Cluster:
    """The scheduler and the workers of a cluster, as far as they are known to have this optae."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._checked, self._seen = set[str](), time.monotonic()
        _check_version(self._schedulers(), f"the Dask scheduler at '{address}'")

    def workers(self) -> set[str]:
        """Return the addresses of the workers, each asked for its version. Raises ValueError."""
        found = self._found()
        self._check(found - self._checked)
        if found:
            self._seen = time.monotonic()
        elif time.monotonic() > self._seen + PATIENCE:
            raise ValueError(
                f"the Dask scheduler at '{self._address}' has had no worker for {PATIENCE:g} s: start one by"
                f" dask worker {self._address}, where optae is installed"
            )
        return found

    def _schedulers(self) -> str | ImportError:
        """Return the scheduler's version of optae, or why it has none."""
        try:
            return str(self._client.run_on_scheduler(resolve_name, VERSION))
        except ImportError as error:
            return error

    def _found(self) -> set[str]:
        try:
            if self._client.status == "running":
                return set(self._client.scheduler_info()["workers"])
        except (OSError, TimeoutError):
            pass
        raise _gone(self._address)

    def _check(self, new: Collection[str]) -> None:
        """Ask new workers which optae they have. Raises ValueError."""
        if new:
            answers = self._client.run(resolve_name, VERSION, workers=list(new), on_error="return")
            for worker, answer in answers.items():
                _check_version(answer, f"the Dask worker at '{worker}'")
            self._checked |= set(answers)


def run_alone(job: Job) -> list[Files]:
    """Run a job in the process of a Dask worker, one job at a time, on one thread by default."""
    with _ONE_AT_A_TIME:
        limit_threads(job.threads or 1)
        return run_job(job)


def _check_version(answer: object, whose: str) -> None:
    """Raise ValueError if a process answers that it lacks optae, or has another version of it."""
    here = resolve_name(VERSION)
    if isinstance(answer, ImportError):
        raise ValueError(f"{whose} has no optae: install optae {here} there")
    if isinstance(answer, str) and answer != here:
        raise ValueError(f"{whose} has optae {answer}: install optae {here} there, as here")


@contextmanager
def _silent_log() -> Iterator[None]:
    """Keep Dask's own log of lost connections off the terminal: a sentence says what is wrong."""
    log = logging.getLogger("distributed.client")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def _submit(
    client: Any, jobs: Iterator[Job | None], by_name: dict[str, tuple[Job, Any]], arrived: SimpleQueue[Any]
) -> bool:
    """Submit the available jobs and keep them by name; return False once no more will come."""
    for job in jobs:
        if job is None:
            return True
        name = job.cell.name
        future = client.submit(run_alone, job, key=f"optae-{name}-{uuid4().hex}")
        by_name[name] = job, future
        future.add_done_callback(arrived.put)
    return False


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError:
        raise ValueError("`cluster` needs dask.distributed: pip install 'optae[cluster]'") from None


def _client(distributed: Any, address: str) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):  # of schemes that are gone
            distributed.comm.get_address_host(address)  # a client of a wrong address takes long to go away
            certified = distributed.Security().get_connection_args("client").get("ssl_context")
            if address.startswith("tls://") and not certified:
                raise ValueError("tls needs distributed.comm.tls.ca-file and .client.cert in Dask's settings")
            return distributed.Client(address, timeout=10, set_as_default=False)
    except Exception as error:  # each scheme fails in its own way
        reason = " ".join(str(error).split())
        raise ValueError(
            f"no Dask scheduler answers at '{address}': {reason}; start one by dask scheduler"
        ) from None


def _gone(address: str) -> ValueError:
    return ValueError(f"the Dask scheduler at '{address}' is gone: start it again, then this command")


def _result(distributed: Any, job: Job, future: Any, address: str) -> list[Files]:
    try:
        return future.result()
    except distributed.KilledWorker:
        return failed(job, "every worker that took it died, as for lack of memory")
    except CancelledError:  # the client has lost its scheduler
        raise _gone(address) from None
    except Exception as error:
        raise ValueError(f"the cluster cannot run cells: {type(error).__name__}: {error}") from None
