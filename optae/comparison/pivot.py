"""Sort a table, or put the values of one of its columns side by side."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ..registry import unknown
from ..tables.table import Column, Table
from ..text import natural

PARTS = ("", "_low", "_high", "_seed", "_least")
LAST = ("label", "method", "options")  # columns that do not name the problem


def arrange(table: Table, sort: str | None = None, reverse: bool = False) -> Table:
    """Return the table sorted by one column, best first; by default by problem and then by the first score.

    Rows that are equal there are in the order of the other scores. Missing values come last, even if
    reversed. Raises ValueError for an unknown column.
    """
    names = {column.key: column for column in table.columns}
    if sort is not None and sort not in names:
        raise ValueError(f"`sort` {unknown('column', sort, names)}")
    scores = [column for column in table.columns if column.better]
    problem = [column for column in table.columns if column.group and column.key not in LAST]
    first = [names[sort]] if sort is not None else scores[:1]
    keys = [*([] if sort is not None else problem), *first, *(one for one in scores if one not in first)]
    frame = table.frame
    for column in reversed(keys):
        frame = _sorted(frame, column, reverse and column in first)
    return replace(table, frame=frame.reset_index(drop=True))


def pivot(table: Table, on: str, statistic: str | None = None) -> Table:
    """Return one statistic of a summary, with the values of column `on` side by side.

    The default `statistic` is the first score. The number of seeds is kept, as a range if cells differ.
    Raises ValueError if `on` is not a column that names rows.
    """
    groups = [column.key for column in table.columns if column.group]
    if on not in groups:
        raise ValueError(f"`pivot` {unknown('column', on, groups)}")
    chosen = _statistic(table, statistic)
    rest = [key for key in groups if key != on]
    values = sorted(table.frame[on].drop_duplicates().tolist(), key=natural)
    places = {natural_text(value): i for i, value in enumerate(values)}
    rows: dict[tuple[str, ...], dict[str, object]] = {}
    seeds: dict[tuple[str, ...], list[int]] = {}
    for record in table.frame.to_dict("records"):
        names = {key: record[key] for key in rest}
        key = tuple(map(natural_text, names.values()))
        seeds.setdefault(key, []).append(record["seeds"])
        row = rows.setdefault(key, dict(names))
        cell = f"on{places[natural_text(record[on])]}"
        row |= {cell + part: record[chosen.key + part] for part in PARTS if chosen.key + part in record}
    frame = pd.DataFrame([{**row, "seeds": _range(seeds[key])} for key, row in rows.items()])
    return _pivoted(table, chosen, on, rest, values, frame)


def natural_text(value: object) -> str:
    """Return a value as a key; missing values become the word none, so they are equal."""
    if value is None or value != value or value == "none":
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _sorted(frame: pd.DataFrame, column: Column, reverse: bool) -> pd.DataFrame:
    values = frame[column.key].tolist()
    known = [i for i, value in enumerate(values) if natural(value) != (2,)]
    missing = [i for i, value in enumerate(values) if natural(value) == (2,)]
    down = reverse != (column.better == "high")
    return frame.iloc[sorted(known, key=lambda i: natural(values[i]), reverse=down) + missing]


def _statistic(table: Table, name: str | None) -> Column:
    found = {column.key: column for column in table.columns if not column.group and column.key != "note"}
    scores = [column for column in found.values() if column.better]
    if name is None:
        return scores[0] if scores else found["seeds"]
    if name not in found:
        raise ValueError(unknown("statistic", name, found))
    return found[name]


def _pivoted(
    table: Table, chosen: Column, on: str, rest: list[str], values: Sequence[object], frame: pd.DataFrame
) -> Table:
    heads = [
        replace(chosen, key=f"on{i}", head=_words(on, value), meaning="") for i, value in enumerate(values)
    ]
    names = [Column(key, key, group=True) for key in rest]
    seeds = Column("seeds", "seeds", f"different seeds in one cell; {chosen.head}: {chosen.meaning}")
    caption = f"{chosen.head} by {on}; {table.caption}"
    return replace(table, frame=frame, columns=(*names, seeds, *heads), caption=caption)


def _words(on: str, value: object) -> str:
    text = natural_text(value) or "none"
    return text if isinstance(value, str) else f"{on} {text}"


def _range(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    if low < high:
        return f"{low}-{high}"
    return "1 seed" if low == 1 else str(low)
