"""Arrays of values in [0, 1] from `.npy` and `.csv` files."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .dataset import Dataset, check_file, quoted
from .memory import most_square
from .text_file import read_text

LIMIT = 500_000_000  # bytes of a text


class Samples(NamedTuple):
    """What a file holds: values (n, d), and what it says of labels and of the shape of an image."""

    x: np.ndarray
    labels: tuple[str, ...] | None = None
    shape: tuple[int, int] | None = None


def read_array(spec: str, path: str, size: str | None = None) -> Dataset:
    """The samples of a `.npy` or `.csv` file, as images of `size`, such as '7x5'.

    Without a size an image has the shape that is stored, or the most square one: 7x5 for 35 pixels.
    """
    shape = None if size is None else parse_size(spec, size)
    x, labels, stored = read_npy(path) if path.lower().endswith(".npy") else read_csv(path)
    labels = labels or tuple(map(str, range(len(x))))
    return Dataset(spec, x, labels, shape or stored or most_square(x.shape[1]), f"the file {quoted(path)}")


def parse_size(spec: str, size: str) -> tuple[int, int]:
    """Rows and columns: '7x5' -> (7, 5)."""
    match = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", size)
    if not match:
        raise ValueError(f"no image size in {quoted(spec)}: end it with rows x columns, such as @7x5")
    return int(match[1]), int(match[2])


def read_npy(path: str) -> Samples:
    """Real numbers of shape (n, d), or (n, rows, columns), which gives the shape of an image."""
    name = quoted(path)
    check_file(path)
    try:
        x = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # a hostile header fails in many ways
        reason = quoted(" ".join(str(error).split())[:100])
        raise ValueError(f"{name} is no whole .npy file of numbers ({reason}): use numpy.save") from error
    if x.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {x.dtype} values: save real numbers in [0, 1]")
    if x.ndim not in (2, 3) or 0 in x.shape:
        raise ValueError(f"{name} has shape {x.shape}: save samples as (n, d) or (n, rows, columns), n > 0")
    shape = (x.shape[1], x.shape[2]) if x.ndim == 3 else None
    return Samples(x.reshape(len(x), -1), shape=shape)


def read_csv(path: str) -> Samples:
    """A sample per line; a header line, whose first or last column may be `label`, is optional."""
    lines = _lines(path)
    start = next(lines, ("", []))
    header, column = _header(*start)
    width, labels = len(start[1]), list[str]()
    values: list[npt.NDArray[np.float64]] = []
    for where, cells in lines if header or not width else chain([start], lines):
        if len(cells) != width:
            raise ValueError(f"{where} has {len(cells)} cells and the first line {width}: make them equal")
        if column is not None:
            labels.append(" ".join(cells.pop(column).split()))
        values.append(_numbers(cells, where))
    if not values:
        raise ValueError(f"{quoted(path)} holds no samples: write one line of numbers per sample")
    return Samples(np.array(values), tuple(labels) if labels else None)


def _lines(path: str) -> Iterator[tuple[str, list[str]]]:
    """Where a line is, for an error, and its cells; blank lines are left out."""
    reader = csv.reader(StringIO(read_text(path, LIMIT)))
    try:
        for cells in reader:
            if len(cells) > 1 or "".join(cells).strip():
                yield f"line {reader.line_num} of {quoted(path)}", cells
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num} of {quoted(path)} is no CSV ({error}): mend it") from error


def _header(where: str, cells: list[str]) -> tuple[bool, int | None]:
    """Whether a first line is a header, and its column of labels: 0, -1 or none."""
    names = [cell.strip().casefold() for cell in cells]
    if "label" in names[1:-1]:
        raise ValueError(f"{where} has 'label' inside: make it the first or the last column")
    column = next((at for at in (0, -1) if names and names[at] == "label"), None)
    words = any(names) and not any(map(_is_number, names))
    return words or column is not None, column


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(cells: list[str], where: str) -> npt.NDArray[np.float64]:
    try:
        return np.array([float(cell) for cell in cells])
    except ValueError:
        wrong = next(cell for cell in cells if not _is_number(cell))
        raise ValueError(
            f"{where}: {quoted(wrong, 20)} is no number: write numbers apart by commas"
        ) from None
