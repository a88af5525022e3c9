"""Read the lines of a CSV file: find the separator of the cells, and read the numbers by pandas.

If pandas fails, Python's own reader goes over the lines to find the one that is wrong.
"""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import NamedTuple

import numpy as np

from ..text import quoted
from .checks import Values
from .text_file import read_text

LIMIT = 500_000_000  # bytes
SEPARATORS = "\t;,"  # in the order in which they are tried; a blank stands for any white space
WIDE = 2000  # columns above which lines are read one by one, as pandas takes a millisecond for five columns
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")  # a number with a decimal comma


class Cells(NamedTuple):
    """Numbers (n, d), and the columns of text by index."""

    x: Values
    words: dict[int, list[str]]


class Walk:
    """The lines of a text, one at a time; `at` is the start of the next one."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def __iter__(self) -> Iterator[str]:
        while self.at < len(self.text):
            start, end = self.at, self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end + 1
            yield self.text[start : self.at]


@dataclass(frozen=True)
class Lines:
    """The text of a CSV file and the separator of its cells."""

    path: str
    text: str
    sep: str

    @classmethod
    def of(cls, path: str, sep: str | None) -> "Lines":
        """Read a file. Raises ValueError if it is not text or is too large."""
        text = read_text(path, LIMIT)
        return cls(path, text, sep or _separator(text))

    def __iter__(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the position of each line, for errors, and its cells, without blank lines."""
        return self._read(Walk(self.text))

    def _read(self, walk: Walk) -> Iterator[tuple[str, list[str]]]:
        number = 0
        try:
            for number, cells in self._rows(walk):
                if len(cells) > 1 or "".join(cells).strip():
                    yield self._where(number), cells
        except csv.Error as error:
            raise ValueError(f"{self._where(number + 1)} is not CSV ({error}): mend it") from error

    def _rows(self, walk: Walk) -> Iterator[tuple[int, list[str]]]:
        if self.sep == " ":
            yield from enumerate((line.split() for line in walk), 1)
            return
        reader = csv.reader(walk, delimiter=self.sep)
        for cells in reader:
            yield reader.line_num, cells

    def _where(self, number: int) -> str:
        return f"line {number} of {quoted(self.path)}"

    def is_number(self, cell: str) -> bool:
        """Return whether a cell is a finite number; a decimal comma counts unless commas separate cells."""
        try:
            return math.isfinite(float(cell)) and "_" not in cell
        except ValueError:
            return self.sep != "," and bool(_COMMA.fullmatch(cell.strip()))

    def cells(self, width: int, words: Sequence[int], header: bool) -> Cells:
        """Return the cells below the header: text in the columns `words`, numbers in the others.

        Raises ValueError, which names the line, for lines of another width and for other text.
        """
        found = None
        for decimal in ".," if self.sep != "," and "," in self.text else ".":
            try:
                found = (self._few if width <= WIDE else self._many)(width, words, header, decimal)
                break
            except Exception as error:  # a hostile file fails in many ways
                reason = " ".join(str(error).split())[:100]
        if found is None or any("" in column for column in found.words.values()):
            self._check(width, words, header)
        if found is None:
            raise ValueError(
                f"{quoted(self.path)} cannot be read ({reason}): write a decimal point and a sample a line"
            )
        return found

    def _few(self, width: int, words: Sequence[int], header: bool, decimal: str) -> Cells:
        """Read by pandas, whose cost grows with the columns. Raises an error of any kind."""
        import pandas as pd

        walk = Walk(self.text)
        if header:
            next(self._read(walk))
        frame = pd.read_csv(
            BytesIO(self.text[walk.at :].encode()),
            sep=r"\s+" if self.sep == " " else self.sep,
            header=None,
            dtype=dict.fromkeys(range(width), float) | dict.fromkeys(words, object),
            decimal=decimal,
            skipinitialspace=True,
            na_filter=False,
            **exactly(pd.__version__),
        )
        if frame.shape[1] != width:
            raise ValueError(f"{frame.shape[1]} cells in a line")
        return Cells(frame.drop(columns=words).to_numpy(float), {j: frame[j].tolist() for j in words})

    def _many(self, width: int, words: Sequence[int], header: bool, decimal: str) -> Cells:
        """Read line by line. Raises ValueError."""
        text, x, kept = {j: list[str]() for j in words}, [], sorted(set(range(width)) - set(words))
        for _, cells in islice(self, int(header), None):
            if len(cells) != width:
                raise ValueError(f"{len(cells)} cells in a line")
            x.append(np.array([float(cells[j].replace(decimal, ".")) for j in kept]))
            for j, column in text.items():
                column.append(cells[j])
        return Cells(np.array(x), text)

    def _check(self, width: int, words: Sequence[int], header: bool) -> None:
        rows = iter(self)
        names = next(rows)[1] if header else ()
        for where, cells in rows:
            if len(cells) != width:
                raise ValueError(
                    f"{where} has {len(cells)} cells and the first line {width}: make them equal"
                )
            wrong = [j for j, cell in enumerate(cells) if j not in words and not self.is_number(cell)]
            if wrong:
                raise ValueError(f"{where}: {_remedy(cells[wrong[0]], wrong[0], width, names)}")


def exactly(version: str) -> dict[str, str]:
    """Return the option by which pandas reads the nearest float64; from 3.1 on it always does.

    >>> exactly("2.2.3"), exactly("3.1.0")
    ({'float_precision': 'round_trip'}, {})
    """
    major, minor = map(int, version.split(".")[:2])
    return {} if (major, minor) >= (3, 1) else {"float_precision": "round_trip"}


def _remedy(cell: str, column: int, width: int, names: Sequence[str]) -> str:
    """Return what to do about a cell that is not a number."""
    ends = {0: "first", width - 1: "last"}
    place = " ".join(names[column].split())[:40] if names else ends.get(column, str(column + 1))
    first = "" if names else ", or a header by @header=yes"
    return (
        f"{quoted(cell, 20)} is not a number: write numbers apart by commas, or say behind the path what it"
        f" is: a label by @label={place}, a class to predict by @y={place}{first}"
    )


def _separator(text: str) -> str:
    """Return the first of SEPARATORS that the first line has outside quotes, or a blank."""
    first = next((line for line in Walk(text) if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    if found := next((sep for sep in SEPARATORS if sep in bare), None):
        return found
    rows = islice((line.split() for line in Walk(text) if line.strip()), 2)
    widths = {len(cells) for cells in rows}
    return " " if len(widths) == 1 and widths != {1} else ","
