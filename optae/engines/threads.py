"""Count this process's processors and BLAS threads, name its BLAS, and limit the threads for a while."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from threading import Lock


def cores() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows cannot tell
        return os.cpu_count() or 1


def blas() -> int:
    """Return how many threads the BLAS of this process may use now."""
    return max((pool["num_threads"] for pool in import_module("threadpoolctl").threadpool_info()), default=1)


@cache
def blas_names() -> str:
    """Return the BLAS libraries that this process has loaded, each with its version and kind of processor.

    NumPy and SciPy each bring their own, and the last bits of a product depend on both.
    """
    pools = import_module("threadpoolctl").threadpool_info()
    facts = (
        (pool["internal_api"], pool["version"], pool.get("architecture"))
        for pool in pools
        if pool["user_api"] == "blas"
    )
    return ", ".join(sorted({" ".join(filter(None, words)) for words in facts}))


@contextmanager
def limited(threads: int) -> Iterator[int]:
    """Limit the threads of BLAS, yield the number in effect, and restore the old number at the end.

    The limit applies to the whole process: where runs overlap in several Python threads, the smallest limit
    holds, and the last run to end restores the number from before the first.
    """
    with _LOCK:
        used = _LIMITS.enter(threads)
    try:
        yield used
    finally:
        with _LOCK:
            _LIMITS.leave(threads)


class _Limits:
    """The limits in force, and a function that restores the state from before the first of them."""

    def __init__(self) -> None:
        self._asked: list[int] = []
        self._restore: Callable[[], None] | None = None

    def enter(self, threads: int) -> int:
        self._asked.append(threads)
        limits = import_module("threadpoolctl").threadpool_limits(min(self._asked))
        self._restore = self._restore or limits.restore_original_limits
        return min(self._asked)

    def leave(self, threads: int) -> None:
        self._asked.remove(threads)
        if self._asked:
            import_module("threadpoolctl").threadpool_limits(min(self._asked))
        elif self._restore is not None:
            self._restore()
            self._restore = None


_LOCK, _LIMITS = Lock(), _Limits()
