"""Add published figures to a table."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..experiments.sameness import PROBLEM
from ..tables.table import Column, Table
from .filters import numbers
from .pivot import natural_text


def add_reference(table: Table, path: str | Path, metric: str) -> Table:
    """Return the table with a column of figures from a CSV file that has a column `metric`.

    Rows are matched by the columns that the file shares with the table. Raises ValueError if it shares none,
    lacks the metric, or names a row twice.
    """
    path = Path(path)
    file = read_reference(path, metric)
    keys = [column.key for column in table.columns if column.group and column.key in file]
    if not keys:
        names = ", ".join(column.key for column in table.columns if column.group)
        raise ValueError(f"'{path}' names no row of this table: give it columns of {names}")
    known = dict(zip(_keys(file, keys, path), numbers(file[metric]).tolist(), strict=True))
    if len(known) < len(file):
        raise ValueError(f"'{path}' names the same {', '.join(keys)} twice: keep one row of each")
    ours = [tuple(map(natural_text, row)) for row in table.frame[keys].itertuples(index=False)]
    head = Column("reference", f"{metric} in {path.stem}", f"as given in {path.name}, beside ours")
    frame = table.frame.assign(reference=[known.get(key, float("nan")) for key in ours])
    unmet = len(known.keys() - set(ours))
    notes = [f"{unmet} rows of {path.name} have no run beside them"] if unmet else []
    unnamed = [column.key for column in table.columns if column.key in PROBLEM and column.key not in file]
    loose = [key for key in unnamed if table.frame[key].nunique(dropna=False) > 1]
    notes += [f"{path.name} does not say which {key}: its figures stand beside each" for key in loose]
    last = [column for column in table.columns if column.key == "note"]
    columns = (*(column for column in table.columns if column.key != "note"), head, *last)
    return replace(table, frame=frame, columns=columns, notes=(*table.notes, *notes))


def read_reference(path: Path, metric: str) -> pd.DataFrame:
    """Return the file as a frame of texts and figures. Raises ValueError if it is not such a file."""
    try:
        file = pd.read_csv(path, dtype=str, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError):
        raise ValueError(f"'{path}' is not a CSV file with a line of column names") from None
    if metric not in file:
        raise ValueError(f"'{path}' has no column '{metric}', only {', '.join(map(str, file))}: add it")
    return file


def _keys(file: pd.DataFrame, keys: list[str], path: Path) -> list[tuple[str, ...]]:
    if file.empty:
        raise ValueError(f"'{path}' holds no figures: add rows")
    return [tuple(map(natural_text, row)) for row in file[keys].itertuples(index=False)]
