"""A table before it is printed: its columns, and its cells in words.

A column `x` may have `x_low` and `x_high`, its interval, `x_seed`, and `x_least`, where `x` is but a bound,
beside it in the frame; they are written into its cell.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PARTS = {"_low": " low", "_high": " high", "_seed": " seed", "_least": " at least"}
ANSI = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)", re.DOTALL)


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

    frame: Any
    columns: tuple[Column, ...]
    caption: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, frame: Any, caption: str = "") -> "Table":
        """Any frame, its columns as they are called."""
        return cls(frame, tuple(Column(str(key), str(key)) for key in frame.columns), caption)


@dataclass(frozen=True)
class Style:
    """How a format writes what is no plain text."""

    escape: Callable[[str], str]
    infinity: str = "∞"
    missing: str = "-"
    at_most: str = "≤ "
    power: str = r"\1e\2"  # of a mantissa and an exponent


def plain(text: str) -> str:
    r"""One line without control characters.

    >>> plain("a\x1b[31mb\n c\u202e")
    'ab c'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in ANSI.sub("", text)).split())


def number(x: float, digits: int = 4) -> str:
    """
    >>> number(0.123456), number(1234567.0), number(31.0), number(3.2e-5), number(12)
    ('0.1235', '1.235e6', '31', '3.2e-5', '12')
    """
    if isinstance(x, int) or (x.is_integer() and abs(x) < 1e6):
        return f"{x:.0f}"
    if 1e-3 <= abs(x) < 1e6:
        return f"{x:.{_decimals(x, digits)}f}"
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def interval(value: float, low: float, high: float) -> list[str]:
    """A value and its ends, with as many decimals each where they are of one size.

    >>> interval(0.714, 0.6, 0.84), interval(2.0, 0.0004, 1e9)
    (['0.714', '0.600', '0.840'], ['2', '4e-4', '1e9'])
    """
    three = (value, low, high)
    sizes = [abs(x) for x in three if x and math.isfinite(x)]
    of_one_size = value in sizes and min(sizes) >= 1e-3 and max(sizes) < min(1e6, 1e3 * min(sizes))
    decimals = _decimals(value, 3) if of_one_size else None
    return [_end(x, decimals) for x in three]


def _end(x: float, decimals: int | None) -> str:
    if not math.isfinite(x):
        return str(x)
    return number(x, 3) if decimals is None else f"{x:.{decimals}f}"


def _decimals(x: float, digits: int) -> int:
    return max(0, digits - 1 - math.floor(math.log10(abs(x)))) if x else 0


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
        return style.escape(plain(str(value)))
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


def _missing(value: Any) -> bool:
    return value is None or bool(value != value)


def is_number(table: Table, column: Column) -> bool:
    """Whether the column holds numbers."""
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(table.frame[column.key]))
