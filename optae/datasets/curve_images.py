"""Pictures of smooth curves, drawn like those on which deep autoencoders were first trained.

Hinton & Salakhutdinov (2006) drew 20,000 curves through three random points each to train on, and 10,000 to
test. Their generator is not public, so these are other pictures, and no figure of theirs belongs beside them.
"""

import numpy as np

from ..engines.streams import CURVES, stream
from .dataset import Dataset

SIDE = 28  # rows and columns of a picture
TRAIN, TEST = 20_000, 10_000
MARGIN = 4.0  # pixels between the points and the edge
WIDTH = 0.6  # pixels, the deviation of the pen's Gaussian profile
STEPS = 64  # points of a curve
LEVELS = 255  # grey levels above white
TOGETHER = 2000  # pictures drawn at once
SOURCE = "curves through three random points, in the manner of Hinton & Salakhutdinov (2006)"


def curves_like() -> Dataset:
    """Return 20,000 pictures of 28 x 28 grey levels, with 10,000 others held out."""
    pictures = drawn(TRAIN + TEST)
    heldout = _dataset(pictures[TRAIN:], "test")
    return _dataset(pictures[:TRAIN], "train", heldout)


def drawn(many: int) -> np.ndarray:
    """Return pictures (many, 784) in [0, 1]: parabolas through three points each, at t = 0, 1/2, 1."""
    points = stream(0, CURVES).uniform(MARGIN, SIDE - MARGIN, (many, 3, 2))
    t = np.linspace(0, 1, STEPS)[:, None]
    weights = np.hstack([(2 * t - 1) * (t - 1), 4 * t * (1 - t), t * (2 * t - 1)])  # Lagrange's
    pieces = np.array_split(points, -(-many // TOGETHER))
    return np.concatenate([_ink(np.einsum("tk,nkd->ntd", weights, piece)) for piece in pieces])


def _ink(paths: np.ndarray) -> np.ndarray:
    """Return pictures of paths (n, STEPS, 2) in pixels: ink up to 1, in whole grey levels."""
    centres = np.arange(SIDE) + 0.5
    across, down = (np.exp(-(((paths[..., k, None] - centres) / WIDTH) ** 2) / 2) for k in (0, 1))
    lengths = np.linalg.norm(np.gradient(paths, axis=1), axis=2, keepdims=True)
    flow = np.matmul((lengths * down).transpose(0, 2, 1), across)
    return (np.rint(LEVELS * np.minimum(flow, 1.0)) / LEVELS).reshape(len(paths), -1)


def _dataset(pictures: np.ndarray, part: str, heldout: Dataset | None = None) -> Dataset:
    labels = ("curve",) * len(pictures)
    return Dataset("curves-like", pictures, labels, (SIDE, SIDE), f"{SOURCE}, {part}", heldout)
