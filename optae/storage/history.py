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
        head, _, rest = (Path(folder) / TRACE).read_text(encoding="utf-8").partition("\n")
        names = head.strip().split(",")
        table = np.array(rest.replace("\n", ",").rstrip(",\r").split(","), dtype=float)
        columns = dict(zip(names, table.reshape(-1, len(names)).T, strict=True))
        columns.setdefault("operations", np.full_like(columns["best"], np.nan))
    except FileNotFoundError:
        raise ValueError(f"'{folder}' has no history: it was refused, or its {TRACE} is gone") from None
    except (OSError, ValueError, KeyError):
        raise ValueError(f"'{folder}' is damaged: its {TRACE} is not a table of numbers") from None
    return columns


def read_heldout(folder: str | Path) -> dict[str, np.ndarray]:
    """Return the looks at held-out data as columns (looks,) by name, empty if there are none."""
    import pandas as pd

    path = Path(folder) / HELDOUT
    return {name: column.to_numpy() for name, column in pd.read_csv(path).items()} if path.is_file() else {}


def load_history(folder: str | Path) -> "DataFrame":
    """Return the history as a pandas frame. Raises ValueError as `read_history` does."""
    import pandas as pd

    frame = pd.DataFrame(read_history(folder))
    return frame.astype({name: int for name in ("iteration",) if name in frame})
