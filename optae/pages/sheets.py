"""A table as tables.js reads it: heads and their meanings, cells as text, and numbers to sort by."""

import numpy as np

from ..tables.language import translated_table
from ..tables.table import Style, Table, is_number, written
from .page import Json


def sheet(table: Table) -> dict[str, Json]:
    """Return a table for tables.js."""
    table = translated_table(table)
    style = Style(str)
    columns = [
        {
            "head": column.head,
            "meaning": column.meaning,
            "number": is_number(table, column),
            "cells": written(table, column, style),
            "keys": _keys(table.frame[column.key].tolist()) if is_number(table, column) else None,
        }
        for column in table.columns
    ]
    return {"caption": table.caption, "columns": columns, "notes": list(table.notes)}


def _keys(values: list[float]) -> list[float | str | None]:
    """Return numbers for JSON: nan as null, infinities as words that JavaScript reads."""
    words: dict[float, str | None] = {np.inf: "Infinity", -np.inf: "-Infinity"}
    return [None if v != v else words.get(v, v) for v in values]
