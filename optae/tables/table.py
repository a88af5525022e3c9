"""A table before it is printed: its columns, and its cells as text.

In the frame, a column `x` may be accompanied by its interval `x_low` and `x_high`, by `x_seed`, and by
`x_least`, a lower bound if `x` is only an upper bound; they are written into the cell of `x`.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..text import Record, counted, interval, number, one_line
from .card import rows

if TYPE_CHECKING:
    from pandas import DataFrame

GAP = 3  # characters between two columns of text
PARTS = {"_low": " low", "_high": " high", "_seed": " seed", "_least": " at least"}


@dataclass(frozen=True)
class Column:
    """One column of a table: its name in the frame, its head, and the head's meaning."""

    key: str
    head: str
    meaning: str = ""
    better: str = ""  # low or high
    group: bool = False  # the column names the row
    never: bool = False  # infinity is written as "never"


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A frame that can be printed: raw numbers, with the columns, caption and notes that explain them.

    A caption may have several lines.
    """

    frame: "DataFrame"
    columns: tuple[Column, ...]
    caption: str = ""
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Table: {counted(len(self.frame), 'row')}. {one_line(self.caption)}>"

    def _repr_html_(self) -> str:
        cells = [written(self, column, Style(str)) for column in self.columns]
        return rows([column.head for column in self.columns], list(zip(*cells, strict=True)))

    @classmethod
    def of(cls, frame: "DataFrame", caption: str = "") -> "Table":
        """Return any frame as a table whose heads are the names of the columns."""
        return cls(frame, tuple(Column(str(key), str(key)) for key in frame.columns), caption)


@dataclass(frozen=True)
class Style:
    """How a format writes powers, infinity and other signs that plain text lacks."""

    escape: Callable[[str], str]
    infinity: str = "∞"
    missing: str = "-"
    at_most: str = "≤ "
    power: str = r"\1e\2"  # of a mantissa and an exponent


def written(table: Table, column: Column, style: Style) -> list[str]:
    """Return the column's cells as text."""
    keys = [key for key in (column.key, *(column.key + part for part in PARTS)) if key in table.frame]
    rows = zip(*(table.frame[key].tolist() for key in keys), strict=True)
    return [_cell(column, dict(zip(keys, row, strict=True)), style) for row in rows]


def is_number(table: Table, column: Column) -> bool:
    """Return whether the column holds numbers."""
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(table.frame[column.key]))


def _cell(column: Column, row: Record, style: Style) -> str:
    value, low, high, seed, least = (row.get(column.key + part, math.nan) for part in ("", *PARTS))
    if _missing(value):
        return "none" if column.group else style.missing
    if isinstance(value, bool) or not isinstance(value, int | float):
        return style.escape(one_line(str(value)))
    text = _mark(_infinite(value) or number(value), column, style)
    if not (_missing(low) or _missing(high)):
        first, *ends = (_mark(part, column, style) for part in interval(value, low, high))
        text = f"{first} [{', '.join(ends)}]"
    if not _missing(least):
        text = style.at_most + text
    return text if _missing(seed) else f"{text} (seed {int(seed)})"


def _infinite(x: float) -> str:
    return str(x) if math.isinf(x) else ""


def _mark(text: str, column: Column, style: Style) -> str:
    """Return a written number with the format's own signs."""
    if text.endswith("inf"):
        return "never" if column.never else text.replace("inf", style.infinity)
    return re.sub(r"(.*)e(-?\d+)$", style.power, text)


def _missing(value: object) -> bool:
    return value is None or bool(value != value)
