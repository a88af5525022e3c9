"""Read the history of a stored run, its trace.csv, as columns of numbers."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pandas import DataFrame

TRACE, HELDOUT = "trace.csv", "heldout.csv"
COMMON = ("seconds", "iteration", "evaluations", "operations", "best", "max_pixel_error")


class Trace(Mapping[str, np.ndarray]):
    """The columns (rows,) of a trace by name.

    A page reads thousands of these small files, most of them for `COMMON` columns alone, which take half the
    time; pandas would take four times as long. Raises OSError, KeyError, and ValueError for other content.
    """

    def __init__(self, path: Path) -> None:
        """Read the common columns; the first use of another one reads the whole file."""
        self._path = path
        self._names, self._common = _columns(path, COMMON)

    def __getitem__(self, name: str) -> np.ndarray:
        return self._common[name] if name in self._common else self._whole[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    @cached_property
    def _whole(self) -> dict[str, np.ndarray]:
        try:
            return _columns(self._path)[1]
        except (OSError, ValueError):
            raise ValueError(_damaged(self._path.parent, TRACE)) from None


def read_history(folder: str | Path) -> Mapping[str, np.ndarray]:
    """Return the columns (rows,) by name; `operations` of old runs are nan.

    Raises ValueError if there is no history, or if it is not a table of numbers.
    """
    try:
        columns = Trace(Path(folder) / TRACE)
        best = columns["best"]
        return columns if "operations" in columns else {**columns, "operations": np.full_like(best, np.nan)}
    except FileNotFoundError:
        reasons = f"it was refused, its archive holds records alone, or its {TRACE} is gone"
        raise ValueError(f"'{folder}' has no history: {reasons}") from None
    except (OSError, ValueError, KeyError):
        raise ValueError(_damaged(folder, TRACE)) from None


def read_heldout(folder: str | Path) -> dict[str, np.ndarray]:
    """Return the looks at held-out data as columns (looks,) by name, empty if there are none.

    Raises ValueError if they are not a table of numbers.
    """
    try:
        return _columns(Path(folder) / HELDOUT)[1]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise ValueError(_damaged(folder, HELDOUT)) from None


def load_history(folder: str | Path) -> "DataFrame":
    """Return the history as a pandas frame. Raises ValueError as `read_history` does."""
    import pandas as pd

    frame = pd.DataFrame(dict(read_history(folder)))
    return frame.astype({name: int for name in ("iteration",) if name in frame})


def _columns(path: Path, only: Collection[str] | None = None) -> tuple[list[str], dict[str, np.ndarray]]:
    """Return the names in a CSV file of numbers, and its columns (rows,), or those `only`.

    Raises OSError, ValueError.
    """
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    if not rest.strip():
        raise ValueError("there are no rows")
    names = head.strip().split(",")
    read = None if only is None else [k for k, name in enumerate(names) if name in only]
    table = np.loadtxt(rest.splitlines(), delimiter=",", comments=None, ndmin=2, usecols=read)
    return names, dict(zip(names if read is None else [names[k] for k in read], table.T, strict=True))


def _damaged(folder: str | Path, name: str) -> str:
    return f"'{folder}' is damaged: its {name} is not a table of numbers"
