"""Silence warnings about overflow while a method runs; the method handles it, and the user need not know."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import numpy as np

EVERY = "(?s).*"  # message pattern, which distinguishes our filter from the user's


@contextmanager
def quietly() -> Iterator[None]:
    """Ignore RuntimeWarnings inside.

    NumPy's are ignored in this thread only. Those of other libraries are filtered in the whole process by one
    filter, which the first of several overlapping runs adds and the last removes, so that `warnings.filters`
    is restored.
    """
    with _LOCK:
        _FILTER.enter()
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        with _LOCK:
            _FILTER.leave()


class _Filter:
    """One entry of `warnings.filters`, with the number of runs that need it."""

    def __init__(self) -> None:
        self._runs = 0
        self._entry: object = None

    def enter(self) -> None:
        if not self._runs:
            warnings.filterwarnings("ignore", EVERY, RuntimeWarning)
            self._entry = warnings.filters[0]
        self._runs += 1

    def leave(self) -> None:
        self._runs -= 1
        if not self._runs and self._entry in warnings.filters:
            warnings.filters.remove(self._entry)  # type: ignore[attr-defined]


_LOCK, _FILTER = Lock(), _Filter()
