"""No warnings for numbers that overflow while a method runs: that is the method's affair, not the user's."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import numpy as np

EVERY = "(?s).*"  # message; by this pattern our filter is told from a like one of the user's


@contextmanager
def quietly() -> Iterator[None]:
    """Ignores RuntimeWarnings inside.

    NumPy's are a matter of this thread alone. Other libraries' are filtered in the whole process: by one
    filter, put there by the first of several overlapping runs and taken away by the last, so that
    `warnings.filters` is then what it was.
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
    """One entry of `warnings.filters`, and how many runs need it."""

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
