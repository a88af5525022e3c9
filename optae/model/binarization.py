"""Pixels of 0 and 1 that are drawn from grey values, as the literature has them for variational autoencoders.

Each pixel is 1 with probability its grey value x. The words of `binarize` say when:

static   once, for all runs, as in the fixed files of Larochelle and Murray (2011), which had their own draw
dynamic  at every draw of the training (Burda et al., 2016); whatever is measured uses the static pixels

A draw from pixels that are 0 or 1 already is these pixels.
"""

import numpy as np

from ..engines import Array
from ..engines.contract import Noise
from ..engines.streams import BINARY, stream
from ..registry import lookup

BINARIZATIONS = ("dynamic", "static")
SEEN, HELDOUT = 0, 1  # parts of the stream: samples that are trained on, and held-out ones
ROWS = 4096  # that are drawn at a time; their number does not change the pixels


def binarization(word: str | None) -> str | None:
    """Return the word if it is None or one of `BINARIZATIONS`. Raises ValueError for another."""
    if word is not None:
        lookup("binarize", word, dict.fromkeys(BINARIZATIONS))
    return word


def pixels_of(x: Array, rng: Noise) -> Array:
    """Return pixels of 0 and 1, each 1 with probability its grey value, of x (n, d) in [0, 1]."""
    return (rng.random(x.shape) < x).astype(x.dtype)


def static_pixels(x: np.ndarray, part: int = SEEN) -> np.ndarray:
    """Return the pixels of x (n, d) that no seed changes: x itself if all its values are 0 or 1."""
    if is_binary(x):
        return x
    rng = stream(0, BINARY, part)
    return np.concatenate([pixels_of(x[at : at + ROWS], rng) for at in range(0, len(x), ROWS)])


def is_binary(x: np.ndarray) -> bool:
    """Return whether all values are 0 or 1."""
    pieces = (x[at : at + ROWS] for at in range(0, len(x), ROWS))
    return all(((piece == 0) | (piece == 1)).all() for piece in pieces)
