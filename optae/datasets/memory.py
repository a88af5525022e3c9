"""Make a data set from arrays in memory, with the shape of its images and the order of its classes."""

from collections.abc import Sequence
from dataclasses import replace
from math import isqrt

import numpy as np
import numpy.typing as npt

from ..text import natural
from .dataset import Dataset, quoted


def from_arrays(
    x: npt.ArrayLike,
    y: npt.ArrayLike | None = None,
    name: str = "arrays",
    shape: tuple[int, int] | None = None,
    source: str = "arrays in memory",
    notes: Sequence[str] = (),
) -> Dataset:
    """Return the data set of samples x (n, d), or (n, rows, columns), and targets y.

    Floating-point y (n,) or (n, k) are numbers to predict; whole numbers, booleans and words (n,) are
    classes. Raises ValueError if they do not fit.
    """
    values = np.asarray(x)
    if values.ndim == 3:
        shape = shape or (values.shape[1], values.shape[2])
        values = values.reshape(len(values), -1)
    n, d = (*values.shape, 0, 0)[:2]
    labels, order, targets = _learned(y, name)
    labels, shape = labels or tuple(map(str, range(n))), shape or most_square(d)
    kept = tuple(notes)
    return Dataset(name, values, labels, shape, source, order=order, targets=targets, notes=kept)


def with_heldout(data: Dataset, heldout: Dataset) -> Dataset:
    """Return the data with these samples held out, both with the classes of either.

    Raises ValueError if they differ in shape or in targets.
    """
    if data.order and heldout.order:
        order = natural_order((*data.order, *heldout.order))
        data, heldout = replace(data, order=order), replace(heldout, order=order)
    if (data.shape, data.columns) != (heldout.shape, heldout.columns):
        raise ValueError(
            f"{quoted(data.name)} holds samples of {data.shape} and, held out, of {heldout.shape} pixels,"
            f" with {len(data.columns)} and {len(heldout.columns)} targets: make them alike"
        )
    return replace(data, heldout=heldout)


def natural_order(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the distinct labels in natural order: 2 before 10."""
    return tuple(sorted(set(labels), key=lambda label: (natural(label), label)))


def most_square(d: int) -> tuple[int, int]:
    """Return rows >= columns with d = rows columns, as equal as possible.

    >>> most_square(35), most_square(64), most_square(13)
    ((7, 5), (8, 8), (13, 1))
    """
    columns = max((c for c in range(1, isqrt(d) + 1) if d % c == 0), default=1)
    return d // columns, columns


def _learned(
    y: npt.ArrayLike | None, name: str
) -> tuple[tuple[str, ...], tuple[str, ...], npt.NDArray[np.float64] | None]:
    """Return labels and their classes, or numbers to predict (n, k)."""
    if y is None:
        return (), (), None
    found = np.asarray(y)
    if found.dtype.kind == "f":
        return (), (), found.reshape(-1, 1) if found.ndim < 2 else found.astype(float)
    if found.ndim != 1 or found.dtype.kind not in "biuUSO":
        raise ValueError(f"{quoted(name)}: y of {found.dtype} {found.shape}: give classes (n,) or floats")
    labels = tuple(map(str, found.tolist()))
    return labels, natural_order(labels), None
