"""Read the history of a stored run, its trace.csv, as columns of numbers."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pandas import DataFrame

TRACE, HELDOUT = "trace.csv", "heldout.csv"


def read_history(folder: str | Path) -> dict[str, np.ndarray]:
    """Return the columns (rows,) by name; `operations` of old runs are nan.

    A page reads thousands of these small files, and pandas would take four times as long to parse them.
    Raises ValueError if there is no history, or if it is not a table of numbers.
    """
    try:
        columns = _columns(Path(folder) / TRACE)
        columns.setdefault("operations", np.full_like(columns["best"], np.nan))
    except FileNotFoundError:
        reasons = f"it was refused, its archive holds records alone, or its {TRACE} is gone"
        raise ValueError(f"'{folder}' has no history: {reasons}") from None
    except (OSError, ValueError, KeyError):
        raise ValueError(f"'{folder}' is damaged: its {TRACE} is not a table of numbers") from None
    return columns


def read_heldout(folder: str | Path) -> dict[str, np.ndarray]:
    """Return the looks at held-out data as columns (looks,) by name, empty if there are none.

    Raises ValueError if they are not a table of numbers.
    """
    try:
        return _columns(Path(folder) / HELDOUT)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise ValueError(f"'{folder}' is damaged: its {HELDOUT} is not a table of numbers") from None


def load_history(folder: str | Path) -> "DataFrame":
    """Return the history as a pandas frame. Raises ValueError as `read_history` does."""
    import pandas as pd

    frame = pd.DataFrame(read_history(folder))
    return frame.astype({name: int for name in ("iteration",) if name in frame})


def _columns(path: Path) -> dict[str, np.ndarray]:
    """Return the columns (rows,) of a CSV file of numbers. Raises OSError, ValueError."""
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    if not rest.strip():
        raise ValueError("there are no rows")
    table = np.loadtxt(rest.splitlines(), delimiter=",", comments=None, ndmin=2)
    return dict(zip(head.strip().split(","), table.T, strict=True))
