"""Pack arrays into text that a page can hold: little-endian, deflated, in base64."""

import zlib
from base64 import b64encode

import numpy as np

FORMATS = {"f8": "<f8", "f4": "<f4", "f2": "<f2", "u1": "u1"}
LEVELS = (1, 4, 15, 16, 255)  # the highest grey level of common data sets


def packed(array: np.ndarray, form: str) -> dict[str, str]:
    """Return an array in the form that `numbers` of network.js reads.

    >>> packed(np.zeros(1000), "f4")["format"]
    'f4'
    """
    content = np.asarray(array).astype(FORMATS[form]).tobytes()
    return {"format": form, "data": b64encode(zlib.compress(content, 9)).decode()}


def grey(x: np.ndarray) -> tuple[int, dict[str, str]]:
    """Return the highest grey level and the pixels as levels; it is 255 if they fit no coarser scale."""
    exact = (n for n in LEVELS if np.abs(x * n - np.round(x * n)).max(initial=0) < 1e-9)
    levels = next(exact, 255)
    return levels, packed(np.round(x * levels), "u1")


def size_of(entry: dict[str, str]) -> int:
    """Return the number of characters of a packed array."""
    return len(entry["data"])
