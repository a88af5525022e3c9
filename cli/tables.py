"""Print tables in the terminal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from optae.text import one_line

from .output import named

if TYPE_CHECKING:
    from rich.table import Table


def print_table(rows: Sequence[Mapping[str, object]], title: str | None = None) -> None:
    """Print rows that have the same keys, which are the heads of the columns."""
    from rich.console import Console

    with named():
        Console().print(table_of(rows, title))


def table_of(rows: Sequence[Mapping[str, object]], title: str | None = None) -> "Table":
    """Return such rows as a table of rich."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    def text(value: object) -> Text:
        return Text(one_line(str(value)))

    table = Table(
        title=None if title is None else text(title),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for i, head in enumerate(rows[0]):
        table.add_column(text(head), overflow="fold", no_wrap=i == 0)
    for row in rows:
        table.add_row(*map(text, row.values()))
    return table
