"""Check the samples that a model is given: pixels in [0, 1], features of any range, and targets."""

import numpy as np
import numpy.typing as npt

from ..text import shortest
from .criterion import Criterion


def pixels(x: npt.ArrayLike, width: int) -> np.ndarray:
    """Return x as float64 (n, width). Raises ValueError for another shape, or values outside [0, 1]."""
    x = features(x, width, "pixel")
    if x.min() < 0 or x.max() > 1:
        raise ValueError(
            f"data range over [{shortest(float(x.min()))}, {shortest(float(x.max()))}]: scale them to [0, 1]"
        )
    return x


def features(x: npt.ArrayLike, width: int, column: str = "feature") -> np.ndarray:
    """Return x as float64 (n, width). Raises ValueError for another shape, or values that are not finite."""
    x = np.ascontiguousarray(x, dtype=float)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"data of shape {x.shape}: give at least one sample, as (n, {column}s)")
    if x.shape[1] != width:
        raise ValueError(
            f"data of {x.shape[1]} {column}s do not fit an architecture that starts with {width}"
        )
    _check_finite(x, "data hold", column)
    return x


def targets(y: npt.ArrayLike, samples: int, width: int, criterion: Criterion) -> np.ndarray:
    """Return y as float64 (n, width), which may be given as (n,): classes from 0, or one number each.

    Classes become rows with one 1. Raises ValueError for targets that do not fit the data, the network's
    outputs or the criterion.
    """
    y = np.asarray(y, dtype=float)
    if y.ndim == 1:
        y = _one_hot(y, width) if criterion.classes else y[:, None]
    if y.shape != (samples, width):
        raise ValueError(
            f"targets of shape {y.shape}: {samples} samples and {width} outputs need {samples, width}"
        )
    y = np.ascontiguousarray(y)
    _check_finite(y, "targets hold", "output")
    if reason := criterion.refuses(y):
        raise ValueError(reason)
    return y


def _one_hot(y: np.ndarray, width: int) -> np.ndarray:
    wrong = np.flatnonzero((y != np.floor(y)) | (y < 0) | (y >= width))
    if len(wrong):
        raise ValueError(
            f"class {shortest(float(y[wrong[0]]))} of sample {wrong[0]}:"
            f" give whole numbers from 0 to {width - 1}"
        )
    return np.eye(width)[y.astype(int)]


def _check_finite(values: np.ndarray, what: str, column: str) -> None:
    if not np.isfinite(values).all():
        i, j = np.argwhere(~np.isfinite(values))[0]
        raise ValueError(f"{what} {values[i, j]} at sample {i}, {column} {j}: every value must be a number")
