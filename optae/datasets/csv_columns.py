"""Find the roles of the columns of a CSV file: values of samples, their labels, an index, numbers to predict.

An ambiguous file raises a ValueError that names the word after the path which decides it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..registry import suggestion
from ..text import quoted
from .checks import Values, whole
from .csv_lines import Lines
from .options import Options

INDEX = ("", "index", "id", "unnamed: 0")  # names of a first column that numbers or names the samples
LABEL = "label"  # the name of a column that is one without a word
ALIKE = 3  # so many columns named alike make another name stand out
PLACES = ("first", "last", "no")  # words for columns that are no names
FEW, MANY = 10, 128  # whole numbers below the one may be labels beside pixels that reach the other


@dataclass(frozen=True)
class Columns:
    """The width of a file, the names of its columns, and the columns that hold no values of the samples."""

    where: str
    width: int
    names: tuple[str, ...] | None
    index: int | None = None
    label: int | None = None
    y: tuple[int, ...] = ()

    @property
    def words(self) -> list[int]:
        """The indices of the columns that are read as text."""
        return [j for j in (self.index, self.label, *self.y) if j is not None]

    @property
    def values(self) -> list[int]:
        """The indices of the columns of the samples' values."""
        kept = set(range(self.width)) - set(self.words)
        return sorted(kept)

    def name(self, column: int) -> str:
        """Return a column's name, or its number from 1."""
        return self.names[column] if self.names else f"column {column + 1}"

    def word(self, column: int) -> str:
        """Return the word that names a column after the path."""
        if self.names and self.names[column]:
            return self.names[column]
        return {0: "first", self.width - 1: "last"}.get(column, str(column + 1))


def columns(lines: Lines, options: Options) -> Columns:
    """Find the columns by the words behind the path, else by the first two lines.

    Raises ValueError for a missing column or one with two roles, and if the first line may be a header.
    """
    rows = iter(lines)
    first, second = next(rows, None), next(rows, None)
    if first is None:
        raise ValueError(f"{quoted(lines.path)} holds no samples: write one line of numbers per sample")
    where, cells = first
    names = tuple(" ".join(cell.split()) for cell in cells)
    header = (
        options.header if options.header is not None else _is_header(lines, names, options, second is None)
    )
    if header and second is None:
        raise ValueError(f"{quoted(lines.path)} holds no samples: write one line of numbers per sample")
    found = Columns(where, len(names), names if header else None)
    return _roles(found, options)


def counted(found: Columns, options: Options, x: Values, name: str) -> bool:
    """Return whether the first column of x (n, d) counts the samples. Raises ValueError if it may do so.

    Without a header it does for three or more samples, unless targets are named, as it may then be time.
    """
    n = len(x)
    if found.index is not None or options.index is not None or x.shape[1] < 2 or n < 2:
        return False
    if not any(np.array_equal(x[:, 0], np.arange(start, start + n)) for start in (0, 1)):
        return False
    if found.names is not None and (n == 2 or found.y):
        return False
    if n > 2 and found.names is None and not found.y:
        return True
    what = found.name(found.values[0])
    raise ValueError(
        f"{what} of {name} counts the samples, as an index does: say whether it is one"
        " by @index=yes or @index=no behind the path"
    )


def check_labels(found: Columns, options: Options, x: Values, name: str) -> None:
    """Raise ValueError if the first or last column of x (n, d) looks like labels."""
    if options.label is not None or found.label is not None or found.y or x.shape[1] < 3:
        return
    if (odd := _odd(found)) is not None:
        raise ValueError(
            f"column {quoted(found.name(odd))} of {name} is named unlike the others: say whether it holds"
            f" labels, by @label={found.word(odd)} or @label=no behind the path"
        )
    for at, column, rest in ((0, x[:, 0], x[:, 1:]), (-1, x[:, -1], x[:, :-1])):
        if (
            column.max() < FEW
            and np.ptp(column)
            and whole(column)
            and (rest.max() >= MANY or not whole(rest))
        ):
            place = found.values[at]
            raise ValueError(
                f"{found.name(place)} of {name} holds whole numbers below {FEW}, unlike the others: say"
                f" whether they are labels, by @label={found.word(place)} or @label=no behind the path"
            )


def _is_header(lines: Lines, names: Sequence[str], options: Options, alone: bool) -> bool:
    """Return whether the first line names the columns. Raises ValueError if that is ambiguous."""
    if any(names) and not any(map(lines.is_number, names)):
        return True
    wanted = {options.label, options.y, *(options.y or "").split("+")} - {None, *PLACES}
    if LABEL in map(str.casefold, names) or any(
        word in names and not word.isdigit() for word in wanted if word
    ):
        return True
    if len(names) > 1 and names[0] == "" and all(names[1:]):  # as pandas and R write an index
        return True
    numbers = [name for name in names if lines.is_number(name)]
    if alone or numbers != [str(j) for j in range(len(numbers))]:
        return False
    if len(numbers) > 2:  # as pandas numbers columns
        return True
    if len(numbers) < len(names):
        return False
    raise ValueError(
        f"the first line of {quoted(lines.path)} is {','.join(names)}, which may be a header or a sample:"
        " say which by @header=yes or @header=no behind the path"
    )


def _roles(found: Columns, options: Options) -> Columns:
    """Return the columns with their index, label and targets. Raises ValueError for a missing one."""
    names = [name.casefold() for name in found.names or ()]
    index = options.index
    if index is None and names and len(names) > 1 and names[0] in INDEX:
        index = {options.label, options.y}.isdisjoint({"first", (found.names or ("",))[0]})
    start = 1 if index else 0
    label = None
    if options.label not in (None, "no"):
        label = _column(found, options.label or "", start)
    elif options.label is None and LABEL in names:
        label = names.index(LABEL)
    y = () if options.y is None else _targets(found, options.y, start)
    roles = [0] * start + [label] * (label is not None) + list(y)
    if len(set(roles)) < len(roles):
        raise ValueError(
            f"{found.where}: a column is named twice: give its label, its index and y one column each"
        )
    if len(roles) == found.width:
        raise ValueError(f"{found.where} has no column of values left: name fewer")
    return replace(found, index=0 if index else None, label=label, y=y)


def _targets(found: Columns, text: str, start: int) -> tuple[int, ...]:
    if found.names and text in found.names:
        return (found.names.index(text),)
    return tuple(_column(found, word.strip(), start) for word in text.split("+"))


def _column(found: Columns, word: str, start: int) -> int:
    """Return the index of a column by its name, first or last, or its number from 1 without a header."""
    if found.names and (many := found.names.count(word)):
        if many > 1:
            raise ValueError(f"{found.where} names {many} columns {quoted(word)}: rename all but one")
        return found.names.index(word)
    if word in ("first", "last"):
        return start if word == "first" else found.width - 1
    if not found.names and word.isascii() and word.isdigit() and 1 <= int(word[:9]) <= found.width:
        return int(word) - 1
    known = found.names or [str(j + 1) for j in range(found.width)]
    raise ValueError(
        f"{found.where} has no column {quoted(word)}: {suggestion(word, [*known, 'first', 'last'])}"
    )


def _odd(found: Columns) -> int | None:
    """Return the first or last column if its name alone differs from the others' in more than a number."""
    stems = [re.sub(r"[0-9]+", "", found.names[j]) for j in found.values] if found.names else []
    for at, rest in ((0, stems[1:]), (-1, stems[:-1])):
        if len(rest) >= ALIKE and len(set(rest)) == 1 and stems[at] != rest[0]:
            return found.values[at]
    return None
