"""Tables with statistics of several metrics, such as the best half_sse and the median of wrong pixels."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import pandas as pd

from ..tables.table import PARTS, Table
from .summary import Asked, summarise

OF = " of "  # as in "median of exact"


def table_of(
    frame: pd.DataFrame, by: Sequence[str] | None, metric: str, columns: Sequence[str], **how: Unpack[Asked]
) -> Table:
    """Return the table of `summarise`, with columns "STATISTIC of METRIC" for metrics other than its own."""
    wanted = split(metric, columns)
    table, *others = (summarise(frame, by, name, columns=some, **how) for name, some in wanted.items())
    for name, other in zip(list(wanted)[1:], others, strict=True):
        table = beside(table, other, name)
    return _ordered(table, metric, columns)


def split(metric: str, columns: Sequence[str]) -> dict[str, list[str]]:
    """Return the statistics to compute for each metric, the table's own metric first.

    >>> split("half_sse", ["best", "best of exact", "median of exact", "seconds"])
    {'half_sse': ['best', 'seconds'], 'exact': ['best', 'median']}
    """
    wanted: dict[str, list[str]] = {metric: []}
    for column in columns:
        statistic, of, other = column.partition(OF)
        wanted.setdefault(other if of else metric, []).append(statistic)
    return wanted


def beside(table: Table, other: Table, metric: str) -> Table:
    """Append the statistics of `other`, whose rows are the same groups, as "STATISTIC of METRIC"."""
    groups = [column.key for column in table.columns if column.group]
    new = [column for column in other.columns if not column.group and column.key not in ("seeds", "note")]
    names = {
        column.key + part: f"{column.key}{OF}{metric}{part}"
        for column in new
        for part in ("", *PARTS)
        if column.key + part in other.frame
    }
    frame = table.frame.merge(other.frame[[*groups, *names]].rename(columns=names), on=groups, how="left")
    heads = tuple(replace(column, key=names[column.key], head=_head(column.head, metric)) for column in new)
    notes = tuple(dict.fromkeys([*table.notes, *other.notes]))
    return replace(table, frame=frame, columns=(*table.columns, *heads), notes=notes)


def _head(head: str, metric: str) -> str:
    """Return a head that names its metric."""
    return head if metric in head else f"{head}, {metric}"


def _ordered(table: Table, metric: str, columns: Sequence[str]) -> Table:
    """Return the table with its columns in order: row names, seeds, `columns` as given, the note."""
    order = {column.removesuffix(f"{OF}{metric}"): i for i, column in enumerate(columns)}
    first = [column for column in table.columns if column.group or column.key == "seeds"]
    rest = [column for column in table.columns if column not in first]
    rest.sort(key=lambda column: order.get(column.key, len(order)))
    return replace(table, columns=(*first, *rest))
