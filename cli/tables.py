"""Print tables in the terminal: columns share its width, and those whose words do not fit go below."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from optae.text import one_line

from .output import named

if TYPE_CHECKING:
    from rich.table import Table

GAP, EDGES = 3, 2  # characters between two columns, and at both edges together
Rows = Sequence[Mapping[str, object]]


def print_table(rows: Rows, title: str | None = None) -> None:
    """Print rows that have the same keys, which are the heads of the columns.

    If not all columns fit with their longest words, further tables with the first column follow.
    """
    from rich.console import Console

    with named():
        console = Console()
        for number, heads in enumerate(blocks(rows, console.width)):
            part = [{head: row[head] for head in heads} for row in rows]
            console.print(table_of(part, None if number else title, console.width))


def table_of(rows: Rows, title: str | None = None, width: int | None = None) -> "Table":
    """Return such rows as a table of rich, at most `width` characters wide."""
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
    sizes = [None] * len(rows[0]) if width is None else _shared(_sizes(rows, width), width)
    for i, (head, size) in enumerate(zip(rows[0], sizes, strict=True)):
        table.add_column(text(head), overflow="fold", no_wrap=i == 0 and size is None, width=size)
    for row in rows:
        table.add_row(*map(text, row.values()))
    return table


def blocks(rows: Rows, width: int) -> list[list[str]]:
    """Return the heads of each table: the first head, then as many others as fit with their longest words.

    >>> blocks([{"a": "one", "b": "two three", "c": "four"}], 16)
    [['a', 'b'], ['a', 'c']]
    """
    first, *others = rows[0]
    least = {head: word for head, (word, _) in zip(rows[0], _sizes(rows, width), strict=True)}
    found: list[list[str]] = [[first]]
    for head in others:
        wide = sum(least[one] + GAP for one in found[-1]) + least[head] + EDGES
        if len(found[-1]) > 1 and wide > width:
            found.append([first])
        found[-1].append(head)
    return found


def _sizes(rows: Rows, width: int) -> list[tuple[int, int]]:
    """Return the longest word and line of each column; the first is wrapped only beyond half of the width."""
    texts = [[one_line(str(text)) for text in (head, *(row[head] for row in rows))] for head in rows[0]]
    lines = [max(map(cell_len, column)) for column in texts]
    words = [max((cell_len(word) for text in column for word in text.split()), default=0) for column in texts]
    words[0] = lines[0] if 2 * lines[0] <= width else words[0]
    return [*zip(words, lines, strict=True)]


def _shared(sizes: list[tuple[int, int]], width: int) -> list[int | None]:
    """Return the widths of columns: their longest words, and equal parts of the rest, up to their lines."""
    room = width - EDGES - GAP * (len(sizes) - 1) - sum(word for word, _ in sizes)
    if room < 0:
        return [None] * len(sizes)  # rich cuts words
    found, left = [word for word, _ in sizes], len(sizes)
    for i in sorted(range(len(sizes)), key=lambda i: sizes[i][1] - sizes[i][0]):
        more = min(sizes[i][1] - sizes[i][0], room // left)
        found[i], room, left = found[i] + more, room - more, left - 1
    return [*found]
