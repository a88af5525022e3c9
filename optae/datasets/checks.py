"""Checks of a data set's arrays; a fault is a ValueError that begins with the data set's `name`."""

from collections.abc import Sequence
from math import prod

import numpy as np
import numpy.typing as npt

from ..text import one_line, shortest

Values = npt.NDArray[np.float64]


MOST_VALUES = 400_000_000  # most values of a data set: 3.2 GB as float64
ROWS = 1000  # that are looked at at a time


def check_size(name: str, shape: Sequence[int]) -> None:
    """Raise ValueError for more values than a data set may hold; it is called before they are read."""
    if (many := prod(shape)) > MOST_VALUES:
        sizes = " x ".join(f"{size:,}" for size in shape)
        raise ValueError(f"{name} has {sizes} values: give at most {MOST_VALUES:,} (3.2 GB), not {many:,}")


def whole(x: npt.NDArray[np.generic]) -> bool:
    """Return whether all values are whole numbers; it stops at the first rows with a fraction."""
    parts = (x[at : at + ROWS] for at in range(0, len(x), ROWS))
    return all((part == np.floor(part)).all() for part in parts)


def check_unit(name: str, x: Values) -> None:
    """Raise ValueError for the first value outside [0, 1] of the samples x (n, d) of a data set."""
    if not (x.min() >= 0 and x.max() <= 1):  # not <: a comparison with NaN is false
        i, j = (int(k) for k in np.argwhere(~((x >= 0) & (x <= 1)))[0])
        remedy = "clean" if not np.isfinite(x[i, j]) else "scale"
        value = shortest(float(x[i, j]))
        raise ValueError(f"{name} holds {value} (sample {i}, pixel {j}): {remedy} the values to [0, 1]")


def check_values(name: str, x: Values, unit: bool) -> None:
    """Check that x is (n, d) of finite values, in [0, 1] if `unit`."""
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"{name} has shape {x.shape}: give at least one sample of one pixel, as (n, d)")
    if unit:
        check_unit(name, x)
    _finite(name, x, "value")


def check_targets(name: str, targets: Values, n: int, names: Sequence[str]) -> None:
    """Check that targets are (n, k) of finite values, with k names or none."""
    if targets.ndim != 2 or len(targets) != n or not targets.shape[1]:
        raise ValueError(
            f"{name} has {n} samples and targets of shape {targets.shape}: give them as ({n}, k)"
        )
    if names and len(names) != targets.shape[1]:
        raise ValueError(
            f"{name} has {targets.shape[1]} targets and {len(names)} names of them: give one each"
        )
    _finite(name, targets, "target")


def check_fit(
    name: str, x: Values, labels: Sequence[str], shape: tuple[int, int], order: Sequence[str]
) -> None:
    """Check that the shape of an image, n labels and their classes suit the samples."""
    rows, columns = shape
    if rows * columns != x.shape[1] or rows < 1:
        raise ValueError(
            f"{name} has {x.shape[1]} pixels and shape {rows}x{columns}: give a shape of {x.shape[1]} pixels"
        )
    if len(labels) != len(x):
        raise ValueError(f"{name} has {len(x)} samples and {len(labels)} labels: give one label per sample")
    if order and (strange := sorted(set(labels) - set(order))):
        raise ValueError(
            f"{name} has the label '{one_line(strange[0])[:100]}', which is none of its classes: name it"
        )


def _finite(name: str, values: Values, what: str) -> None:
    if not np.isfinite([values.min(), values.max()]).all():  # both are NaN if any value is
        i, j = (int(k) for k in np.argwhere(~np.isfinite(values))[0])
        raise ValueError(f"{name} holds the {what} {values[i, j]:g} (sample {i}, column {j}): clean it")
