"""Write a table as LaTeX that fits a page, with its definitions in small print below."""

import pandas as pd
from rich.cells import cell_len

from ..text import one_line
from .table import GAP, Column, Style, Table, is_number, written

PAGE = 72  # characters in a line of a page


def latex(table: Table, caption: str = "", label: str = "") -> str:
    r"""Return a LaTeX `table` with the rules of \usepackage{booktabs}, and definitions in small print below.

    Columns that would not fit a page are left out, and a comment names them.
    """
    style = Style(_escape_latex, r"$\infty$", "--", r"$\le$ ", r"$\1\\times10^{\2}$")
    shown = _fitting(table)
    cells = [[_guarded(text) for text in written(table, column, style)] for column in shown]
    frame = pd.DataFrame(dict(enumerate(cells)))
    frame.columns = pd.Index([_guarded(style.escape(one_line(column.head))) for column in shown])
    text = frame.style.hide(axis="index").to_latex(
        column_format="".join("r" if is_number(table, column) else "l" for column in shown),
        caption=style.escape(one_line(caption or "; ".join(table.caption.split("\n")))) or None,
        label=one_line(label) or None,
        position_float="centering",
        hrules=True,
    )
    words = [*(f"{c.head}: {c.meaning}." for c in shown if c.meaning), *(f"{note}." for note in table.notes)]
    small = " ".join(style.escape(one_line(word)) for word in words)
    below = f"\\par\\smallskip\n{{\\footnotesize\\raggedright {small}\\par}}\n" if small else ""
    head = "% needs \\usepackage{booktabs} in the preamble\n"
    if left_out := [one_line(column.head) for column in table.columns if column not in shown]:
        head += f"% left out, to fit a page: {', '.join(left_out)}; name the columns that you want\n"
    return head + str(text).replace("\\end{table}", f"{below}\\end{{table}}")


def _fitting(table: Table) -> list[Column]:
    """Return the columns that fit a page side by side: those that name a row, and the first others."""
    style, room, shown = Style(str), PAGE, list[Column]()
    for column in sorted(table.columns, key=lambda column: not column.group):
        room -= GAP + max(map(cell_len, [one_line(column.head), *written(table, column, style)]))
        if column.group or room >= 0 or not any(not one.group for one in shown):
            shown.append(column)
    return [column for column in table.columns if column in shown]


def _guarded(text: str) -> str:
    r"""Return a cell that may begin a row, where LaTeX reads a bracket as an option of the \\ before it."""
    return "{}" + text if text.startswith("[") else text


def _escape_latex(text: str) -> str:
    return "".join(LATEX.get(c, c) for c in text)


LATEX = {
    **{c: f"\\{c}" for c in "&%_#${}"},
    **{"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"},
    **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "∞": r"$\infty$"},
}
