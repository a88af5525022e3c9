"""Print tables in the terminal."""

from collections.abc import Mapping, Sequence


def print_table(rows: Sequence[Mapping[str, object]], title: str | None = None) -> None:
    """Print rows that have the same keys, which are the heads of the columns."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, head in enumerate(rows[0]):
        table.add_column(head, overflow="fold", no_wrap=i == 0)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row.values()))
    Console().print(table)
