"""Scale values of 0 to 255 to [0, 1], with a note; ambiguous values are refused with a remedy."""

import numpy as np
import numpy.typing as npt

from ..text import shortest
from .checks import Values, whole

BYTE, HALF = 255, 128  # the largest byte; whole numbers up to this or more are taken for bytes


def scaled(
    x: npt.NDArray[np.generic], scale: float | None, name: str, free: bool = False
) -> tuple[Values, list[str]]:
    """Return the samples x (n, d) in float64, divided by `scale`, and notes on what was done.

    By default, bytes and whole numbers whose largest is 128 to 255 are divided by 255; `free` values are
    kept. Raises ValueError for whole numbers whose largest is 2 to 127, as they may have any scale.
    """
    if scale is None and not free and x.size and x.max() > 1:
        scale = BYTE if x.dtype == np.uint8 else _guessed(x, name)
    if scale is None or scale == 1:
        return np.asarray(x, dtype=np.float64), []
    values = np.divide(x, scale, dtype=np.float64, order="C")
    values.setflags(write=False)  # so that the data set shares it
    return values, [f"values are divided by {shortest(float(scale))}"]


def _guessed(x: npt.NDArray[np.generic], name: str) -> float | None:
    """Return 255 for bytes and None for other values. Raises ValueError for values that may be bytes."""
    low, high = float(x.min()), float(x.max())
    if low < 0 or high > BYTE or not whole(x):
        return None
    if high < HALF:
        raise ValueError(
            f"{name} holds whole numbers from {low:g} to {high:g}: say what 1 is,"
            f" by @scale={high:g} or @scale={BYTE} behind the path, or keep them by @scale=no"
        )
    return BYTE
