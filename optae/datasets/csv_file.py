"""Read samples, labels and targets from a CSV file."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..text import listed, quoted
from .checks import Values
from .csv_columns import Columns, check_labels, columns, counted
from .csv_lines import Lines
from .dataset import Dataset
from .memory import most_square, natural_order
from .options import read_options
from .scaling import scaled

KNOWN = ("size", "header", "index", "label", "y", "scale", "sep")
CLASSES = 20  # up to this many different whole numbers may be classes


class Learned(NamedTuple):
    """Labels and their classes, or numbers to predict (n, k), with notes."""

    labels: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    targets: Values | None = None
    notes: tuple[str, ...] = ()


def read_csv(spec: str, path: str, after: str | None = None) -> Dataset:
    """Return one sample per line; `csv_columns` finds the columns, `scaling` scales the values.

    Labels are classes if two of them are equal. A column y of words holds classes, one of numbers holds
    numbers to predict.
    """
    options, name = read_options(spec, after, KNOWN), quoted(path)
    lines = Lines.of(path, options.sep)
    found = columns(lines, options)
    x, words = lines.cells(found.width, found.words, found.names is not None)
    notes, index = list[str](), () if found.index is None else _tidy(words[found.index])
    if counted(found, options, x, name):
        index, x = tuple(f"{i:g}" for i in x[:, 0]), x[:, 1:]
        notes.append("the first column counts the samples and is left out")
    check_labels(found, options, x, name)
    x, said = scaled(x, options.scale, name, free=bool(found.y))
    learned = _learned(lines, words, found, name)
    return Dataset(
        spec,
        x,
        learned.labels or index or tuple(map(str, range(len(x)))),
        options.size or most_square(x.shape[1]),
        f"the file {name}",
        order=learned.order,
        targets=learned.targets,
        target_names=() if learned.targets is None else tuple(found.name(j) for j in found.y),
        notes=(*notes, *said, *learned.notes),
    )


def _tidy(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(cell.split()) for cell in cells)


def _learned(lines: Lines, words: Mapping[int, Sequence[str]], found: Columns, name: str) -> Learned:
    """Return the content of the columns of labels and of y. Raises ValueError for words among numbers."""
    labels = () if found.label is None else _tidy(words[found.label])
    if not found.y:
        return Learned(labels, natural_order(labels) if len(set(labels)) < len(labels) else ())
    cells = [_tidy(words[j]) for j in found.y]
    numeric = [_all_numbers(lines, found, j, column) for j, column in zip(found.y, cells, strict=True)]
    if all(numeric):
        targets = np.array([[float(cell.replace(",", ".")) for cell in column] for column in cells]).T
        return Learned(labels, (), targets, _hints(found, targets))
    if len(cells) > 1 or labels:
        column = found.word(found.y[numeric.index(False)])
        raise ValueError(f"{name}: column {quoted(column)} holds words: give it alone, as @y={column}")
    return Learned(cells[0], natural_order(cells[0]))


def _all_numbers(lines: Lines, found: Columns, column: int, cells: Sequence[str]) -> bool:
    """Return whether a column of y holds numbers, not words. Raises ValueError if it holds both."""
    words = [cell for cell in cells if not lines.is_number(cell)]
    if words and 2 * len(words) <= len(cells):
        word = found.word(column)
        raise ValueError(
            f"{quoted(lines.path)}: {quoted(found.name(column))} holds numbers and {quoted(words[0], 20)}:"
            f" clean it, or read all of it as classes by @label={word} behind the path"
        )
    return not words


def _hints(found: Columns, targets: Values) -> tuple[str, ...]:
    """Return a note if a few whole numbers may be classes."""
    few = [
        j
        for j, column in zip(found.y, targets.T, strict=True)
        if (column == np.floor(column)).all() and len(set(column)) <= min(CLASSES, len(column) // 3)
    ]
    names = listed(quoted(found.name(j)) for j in few)
    return (
        (f"{names}: whole numbers, read as numbers; as classes by @label={found.word(few[0])}",)
        if few
        else ()
    )
