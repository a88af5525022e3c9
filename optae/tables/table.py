"""A table before it is printed: its columns, and its cells in words.

A column `x` may have `x_low` and `x_high`, its interval, `x_seed`, and `x_least`, where `x` is but a bound,
beside it in the frame; they are written into its cell.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..text import interval, number, one_line

if TYPE_CHECKING:
    from pandas import DataFrame

PARTS = {"_low": " low", "_high": " high", "_seed": " seed", "_least": " at least"}


@dataclass(frozen=True)
class Column:
    """One column of a table: where it stands in the frame, what is written above it, and what that means."""

    key: str
    head: str
    meaning: str = ""
    better: str = ""  # low or high
    group: bool = False  # it names the row
    never: bool = False  # infinity reads as never


@dataclass(frozen=True, eq=False)
class Table:
    """A frame that can be printed: raw numbers, and what one must know to read them."""

    frame: "DataFrame"
    columns: tuple[Column, ...]
    caption: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, frame: "DataFrame", caption: str = "") -> "Table":
        """Any frame, its columns as they are called."""
        return cls(frame, tuple(Column(str(key), str(key)) for key in frame.columns), caption)


@dataclass(frozen=True)
class Style:
    """How a format writes what plain text cannot say."""

    escape: Callable[[str], str]
    infinity: str = "∞"
    missing: str = "-"
    at_most: str = "≤ "
    power: str = r"\1e\2"  # of a mantissa and an exponent


def written(table: Table, column: Column, style: Style) -> list[str]:
    """The column's cells as text."""
    keys = [key for key in (column.key, *(column.key + part for part in PARTS)) if key in table.frame]
    rows = zip(*(table.frame[key].tolist() for key in keys), strict=True)
    return [_cell(column, dict(zip(keys, row, strict=True)), style) for row in rows]


def _cell(column: Column, row: Mapping[str, Any], style: Style) -> str:
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
    """A written number, in the format's own signs."""
    if text.endswith("inf"):
        return "never" if column.never else text.replace("inf", style.infinity)
    return re.sub(r"(.*)e(-?\d+)$", style.power, text)


def _missing(value: object) -> bool:
    return value is None or bool(value != value)


def is_number(table: Table, column: Column) -> bool:
    """Whether the column holds numbers."""
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(table.frame[column.key]))
