"""Write a table as text for the terminal, Markdown, CSV or LaTeX, with special characters escaped."""

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.cells import cell_len

from ..registry import lookup
from ..text import one_line
from .table import GAP, PARTS, Column, Style, Table, is_number, written

if TYPE_CHECKING:
    from pandas import DataFrame

WIDE = 10_000  # characters in a line if there is no terminal to fit
WORD = re.compile(r"\S+?(?:(?<=\d-)(?=\d)|(?=\s)|$)")  # what is not cut if there is room: 35-20 is two


def render(
    table: "Table | DataFrame",
    form: str = "terminal",
    width: int | None = None,
    caption: str = "",
    label: str = "",
) -> str:
    """Return a table or a frame as text in one of `FORMATS`; `width` is the terminal's.

    `caption`, by default the table's own, and `label` are LaTeX's. Raises ValueError for an unknown format,
    and for a label of another one.
    """
    write = lookup("format", form, FORMATS)
    table = table if isinstance(table, Table) else Table.of(table)
    if form == "latex":
        return _latex(table, caption, label)
    if label:
        raise ValueError(f"`label` is for `format` latex, not {form}: leave it out")
    table = replace(table, caption=caption) if caption else table
    return terminal(table, width) if form == "terminal" else write(table)


def terminal(table: Table, width: int | None = None) -> str:
    """Return the table for a terminal: wrapped to its width, in several blocks if needed, with a legend."""
    width = width or shutil.get_terminal_size((WIDE, 24)).columns
    style = Style(str)
    cells = [written(table, column, style) for column in table.columns]
    widths = _widths(table, cells, width)
    blocks = [_block(table, cells, widths, block) for block in _split(table, widths, width)]
    above, below = _wrapped(table.caption, width), _wrapped(_legend(table), width) + _notes(table, width)
    return _paragraphs(above, *([block] for block in blocks), below)


def markdown(table: Table) -> str:
    """Return the table in GitHub's Markdown, with columns aligned in the source too."""
    style = Style(_escape_markdown)

    def clean(text: str) -> str:
        return style.escape(one_line(text))

    columns = [
        _padded([clean(column.head), *written(table, column, style)], is_number(table, column))
        for column in table.columns
    ]
    rows = ["| " + " | ".join(row) + " |" for row in zip(*columns, strict=True)]
    legend = [f"- **{clean(column.head)}**: {clean(column.meaning)}" for column in _explained(table)]
    above = [[clean(line)] for line in table.caption.split("\n")]
    return _paragraphs(*above, rows, legend + [f"- {clean(note)}" for note in table.notes])


def csv(table: Table) -> str:
    """Return raw numbers in full precision, with intervals and seeds in separate columns, and no caption.

    A text that a spreadsheet would take for a formula has an apostrophe in front.
    """
    parts = [
        (column.key + suffix, column.head + name)
        for column in table.columns
        for suffix, name in {"": "", **PARTS}.items()
        if column.key + suffix in table.frame
    ]
    frame = table.frame[[key for key, _ in parts]].copy()
    for key in frame.select_dtypes(include=["object", "string"]):
        frame[key] = [_inert(value) if isinstance(value, str) else value for value in frame[key]]
    frame.columns = [_inert(head) for _, head in parts]
    return str(frame.to_csv(index=False, lineterminator="\n"))


def _inert(text: str) -> str:
    """Return a text on one line that no spreadsheet computes.

    >>> _inert("=1+1"), _inert("adam")
    ("'=1+1", 'adam')
    """
    line = one_line(text)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def _latex(table: Table, caption: str = "", label: str = "") -> str:
    from .latex import latex  # it needs pandas, which takes a while to import

    return latex(table, caption, label)


FORMATS: dict[str, Callable[[Table], str]] = {
    "terminal": terminal,
    "markdown": markdown,
    "csv": csv,
    "latex": _latex,
}


def _padded(cells: list[str], right: bool) -> list[str]:
    """Return cells padded to one width, with Markdown's rule under the first."""
    width = max(3, *map(cell_len, cells))
    first, *rest = (_pad(cell, width, right) for cell in cells)
    return [first, "-" * (width - right) + ":" * right, *rest]


def _explained(table: Table) -> list[Column]:
    return [column for column in table.columns if column.meaning]


def _legend(table: Table) -> str:
    return "\n".join(f"{column.head}: {column.meaning}" for column in _explained(table))


def _notes(table: Table, width: int) -> list[str]:
    return [line for note in table.notes for line in _wrapped(f"note: {note}", width)]


def _wrapped(text: str, width: int) -> list[str]:
    lines = [one_line(line) for line in text.split("\n")]
    return [part for line in lines for part in wrap(line, min(width, 110), subsequent_indent="  ")]


def _paragraphs(*parts: list[str]) -> str:
    return "\n\n".join("\n".join(part) for part in parts if any(part)) + "\n"


def _widths(table: Table, cells: list[list[str]], width: int) -> list[int]:
    """Return widths that fit the cells and each word of the head; row names share the remaining width.

    Words are cut only where the names of the rows and one other column have no room for theirs.
    """
    texts = [
        [*column, *one_line(head.head).split(" ")] for head, column in zip(table.columns, cells, strict=True)
    ]
    needed = [max(map(cell_len, text)) for text in texts]
    words = [max(map(cell_len, WORD.findall(" ".join(text)))) for text in texts]
    named = [column.group for column in table.columns]
    widest = max((need for need, name in zip(needed, named, strict=True) if not name), default=0)
    most = max(4, (width - widest) // max(sum(named), 1) - GAP)
    least = max((word for word, name in zip(words, named, strict=True) if not name), default=0)
    names = [min(need, max(most, word)) for need, word in zip(needed, words, strict=True)]
    if sum(size + GAP for size, name in zip(names, named, strict=True) if name) + least > width:
        names = [min(need, most) for need in needed]
    room = width - sum(size + GAP for size, name in zip(names, named, strict=True) if name)
    return [
        size if name else min(need, max(1, room))
        for size, name, need in zip(names, named, needed, strict=True)
    ]


def _split(table: Table, widths: list[int], width: int) -> list[list[int]]:
    """Return the columns of each block; those that name a row are in every block."""
    names = [i for i, column in enumerate(table.columns) if column.group]
    room = width - sum(widths[i] + GAP for i in names)
    blocks: list[list[int]] = [[]]
    for i in (i for i in range(len(widths)) if i not in names):
        if blocks[-1] and sum(widths[j] + GAP for j in blocks[-1]) + widths[i] > room:
            blocks.append([])
        blocks[-1].append(i)
    return [names + block for block in blocks]


def _block(table: Table, cells: list[list[str]], widths: list[int], block: list[int]) -> str:
    right = [is_number(table, table.columns[i]) for i in block]
    sizes = [widths[i] for i in block]
    heads = _lines([one_line(table.columns[i].head) for i in block], sizes, right)
    rows = zip(*(cells[i] for i in block), strict=True)
    body = [line for row in rows for line in _lines(row, sizes, right)]
    rule = "─" * (sum(sizes) + GAP * (len(sizes) - 1))
    return "\n".join([*heads, rule, *body])


def _lines(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    """Return a row of cells as one or more lines."""
    wrapped = [_fold(cell, width) for cell, width in zip(row, widths, strict=True)]
    lines = zip_longest(*wrapped, fillvalue="")
    return [(" " * GAP).join(map(_pad, line, widths, right)).rstrip() for line in lines]


def _fold(text: str, width: int) -> list[str]:
    """Return a text in lines of at most `width` characters; words are cut only if they are longer.

    >>> _fold("l-bfgs on 35-20-15", 9), _fold("powell", 4)
    (['l-bfgs on', '35-20-15'], ['powe', 'll'])
    """
    lines = [""]
    for found in WORD.finditer(text):
        gap = " " * (found.start() > 0 and text[found.start() - 1].isspace())
        if cell_len(lines[-1] + gap + found[0]) <= width:
            lines[-1] += gap + found[0]
            continue
        *full, last = wrap(found[0], width, break_on_hyphens=False)
        lines += [*full, last]
    return [line.lstrip() for line in lines if line]


def _pad(text: str, width: int, right: bool) -> str:
    gap = " " * (width - cell_len(text))
    return gap + text if right else text + gap


def _escape_markdown(text: str) -> str:
    return re.sub(r"([\\|`*<>~$]|\[(?!-?[\d∞]))", r"\\\1", text)
