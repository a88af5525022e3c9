"""Two textbook problems for networks that predict: a curve, and classes that wind around each other."""

import numpy as np

from .dataset import Dataset

POINTS = 200  # of the curve
TURNS = 97  # points of each spiral


def sinc() -> Dataset:
    """Return y = sin(10 pi x) / (10 pi x) at 200 points of [-1, 1], evenly spaced."""
    x = np.linspace(-1, 1, POINTS)[:, None]
    labels = tuple(f"{value:.3g}" for value in x[:, 0])
    source = "y = sin(10 pi x) / (10 pi x)"
    return Dataset("sinc", x, labels, (1, 1), source, targets=np.sinc(10 * x), target_names=("y",))


def spirals() -> Dataset:
    """Return two spirals of 97 points each, the classes of Lang & Witbrock (1988)."""
    turn = np.arange(TURNS)
    radius, angle = 6.5 * (104 - turn) / 104, turn * np.pi / 16
    one = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    labels = ("one",) * TURNS + ("other",) * TURNS
    source = "two spirals (Lang & Witbrock, 1988)"
    return Dataset("spirals", np.vstack([one, -one]), labels, (1, 2), source, order=("one", "other"))
