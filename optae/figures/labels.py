"""Labels beside their points, moved apart so that they do not cover each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..evaluation.latent import Window
from .style import DPI, INK, clean, inked

MOST = 64  # most labels in a picture
RADII = (8, 12, 18, 26, 36, 48, 62)  # distances of a label from its point, in points of 1/72 inch
ANGLES = np.pi / 8 * np.array([0, 8, 4, 12, 2, 6, 14, 10, 1, 7, 15, 9, 3, 5, 13, 11])
AROUND = np.array([(r * np.cos(a), r * np.sin(a)) for r in RADII for a in ANGLES]).round(6)
SIZE = 9.0  # size of the letters, in points
STEP = 12.5  # height of a stacked label, in points
HIGHEST = 15  # most levels of a stack
LINE = {"arrowstyle": "-", "lw": 0.5, "color": "#aaaaaa", "shrinkA": 0, "shrinkB": 1.5}

Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, eq=False)
class Marks:
    """Points (n, k) with labels, which are written around the points of a plane or stacked over a line."""

    points: np.ndarray
    labels: list[str]
    level: np.ndarray  # (n,), the level of each label in a stack

    @classmethod
    def of(cls, points: np.ndarray, labels: Sequence[str], window: Window, inches: float) -> "Marks":
        """Return the marks of at most `MOST` points, evenly chosen, for a window that is `inches` wide."""
        chosen = np.unique(np.linspace(0, len(points) - 1, min(len(points), MOST)).astype(int))
        points, names = points[chosen], [clean(labels[i]) for i in chosen]
        line = len(window) == 2 and len(points)
        return cls(points, names, levels(points[:, 0], names, window, inches) if line else chosen * 0)

    @property
    def room(self) -> float:
        """The height in inches that stacked labels need above a line."""
        return (22 + STEP * self.level.max(initial=0)) / 72

    def draw(self, figure: Figure, axes: Axes, base: float = 0.0, boxed: str | None = None) -> None:
        """Write the labels; `base` is the height of a line, `boxed` the colour of boxes behind the labels."""
        if self.points.shape[1] == 2:
            _surround(figure, axes, self.points, self.labels, boxed)
            return
        for i in np.argsort(-self.level, kind="stable"):  # the highest first, their lines below
            at = np.array([self.points[i, 0], base])
            _write(axes, self.labels[i], at, np.array([0.0, 11 + STEP * self.level[i]]), "none")


def levels(x: np.ndarray, labels: Sequence[str], window: Window, inches: float) -> np.ndarray:
    """Return the level (n,) of each label over a line of `inches`, so that none covers another.

    >>> levels(np.array([0.0, 1.0, 50.0]), ["a", "b", "c"], (0.0, 100.0), 2.0)
    array([0, 1, 0])
    """
    at = (x - window[0]) / (window[1] - window[0]) * inches * 72
    ends, level = np.full(HIGHEST, -np.inf), np.zeros(len(x), dtype=int)
    for i in np.argsort(at, kind="stable"):
        half = width(labels[i]) / 2
        free = np.flatnonzero(ends <= at[i] - half)
        level[i] = free[0] if len(free) else ends.argmin()
        ends[level[i]] = at[i] + half
    return level


def width(label: str) -> float:
    """Return the width of a label and its box, in points."""
    return inked(label, SIZE) + 4


def _surround(
    figure: Figure, axes: Axes, points: np.ndarray, labels: Sequence[str], boxed: str | None
) -> None:
    """Write a label near each point (n, 2), at the first position where it covers nothing."""
    figure.draw_without_rendering()  # positions are known only after this
    at = axes.transData.transform(points) * 72 / DPI
    bounds = axes.get_window_extent().get_points() * 72 / DPI
    taken = [box_around(dot, 4, 4) for dot in at]
    for dot, point, label in zip(at, points, labels, strict=True):
        size = width(label), 1.3 * SIZE
        spread = AROUND + np.sign(AROUND) * [max(0.0, size[0] / 2 - 5), 0]
        offset = freest(dot + spread, size, taken, bounds) - dot
        taken.append(box_around(dot + offset, *size))
        _write(axes, label, point, offset, boxed)


def _write(axes: Axes, label: str, point: np.ndarray, offset: np.ndarray, boxed: str | None) -> None:
    """Write a label, with a thin line to its point if that is far."""
    box = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": boxed, "linewidth": 0.6}
    far = abs(offset[1]) > 14 or abs(offset[0]) > width(label) / 2 + 12
    text = axes.annotate(
        label, tuple(point), tuple(offset), textcoords="offset points", ha="center", va="center",
        fontsize=SIZE, color=INK, bbox=box if boxed else None, arrowprops=LINE if far else None, zorder=5,
    )  # fmt: skip
    text.set_in_layout(False)


def box_around(centre: np.ndarray, wide: float, tall: float) -> Box:
    """Return the box of this size around a centre."""
    x, y = centre
    return x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2


def freest(
    centres: np.ndarray, size: tuple[float, float], taken: list[Box], bounds: np.ndarray
) -> np.ndarray:
    """Return the first centre whose box covers nothing and is in bounds, else the one that covers least."""
    mine, others = np.array([box_around(centre, *size) for centre in centres]), np.reshape(taken, (-1, 4))
    across = np.minimum(mine[:, None, 2], others[:, 2]) - np.maximum(mine[:, None, 0], others[:, 0])
    down = np.minimum(mine[:, None, 3], others[:, 3]) - np.maximum(mine[:, None, 1], others[:, 1])
    covered = (across.clip(0) * down.clip(0)).sum(axis=1)
    outside = (bounds[0] - mine[:, :2]).clip(0).sum(axis=1) + (mine[:, 2:] - bounds[1]).clip(0).sum(axis=1)
    return np.asarray(centres[(covered + 20 * outside).argmin()])
