"""The rows of a table, each with the row of the baseline that it is measured against."""

import numpy as np
import pandas as pd

from ..experiments.sameness import codes
from ..registry import unknown
from .filters import different
from .groups import Board, Group
from .reading import methods

METHOD = ("label", "method", "options")  # the columns that name a method


def rows_of(frame: pd.DataFrame, by: list[str], board: Board, against: str | None) -> list[Group]:
    """Return the runs of each row of a table, with the baseline's row if there is a baseline."""
    code = codes(frame, by)
    order = np.argsort(code, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
    if against is None:
        return [Group(board, group) for group in rows]
    rivals = _rivals(frame, by, board, rows, against)
    where = _places(frame, by)
    found = [(group, rivals.get(where[group[0]])) for group in rows]
    return [rival if rival and rival.rows is group else Group(board, group, rival) for group, rival in found]


def _places(frame: pd.DataFrame, by: list[str]) -> list[int]:
    """Return a number for each run, equal for runs that agree in all columns except those of the method."""
    rest = [key for key in by if key not in METHOD]
    return codes(frame, rest).tolist() if rest else [0] * len(frame)


def _rivals(
    frame: pd.DataFrame, by: list[str], board: Board, rows: list[np.ndarray], against: str
) -> dict[int, Group]:
    """Return the baseline's row for each combination of the other columns."""
    key = "label" if "label" in by else "method"
    if key not in by:
        raise ValueError(f"`against` {against} needs label or method in `by`, not {', '.join(by)}")
    column = key if (frame[key] == against).any() else "method"
    mine = (frame[column] == against).to_numpy()
    if not mine.any():
        raise ValueError(unknown(key, against, methods(frame)))
    if frame.loc[mine, key].nunique() > 1:
        raise ValueError(f"`against` {against} is several: choose one of {different(frame.loc[mine, key])}")
    where = _places(frame, by)
    return {where[group[0]]: Group(board, group) for group in rows if mine[group[0]]}
