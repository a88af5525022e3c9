"""Samples drawn as small images at their points, moved apart so that none covers another."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from ..datasets import Dataset
from .labels import AROUND, LINE, MOST, Box, box_around, freest
from .palette import BLUE
from .style import DPI, INK

LARGEST = 150  # most pixels of an image that is read at the size of a letter
SIDE = 15.0  # points: the longer side of an image
FRAME = 2.0  # points around it that stay free


def suit(data: Dataset) -> bool:
    """Return whether the samples are few and small enough to be drawn as glyphs."""
    return len(data.x) <= MOST and data.x.shape[1] <= LARGEST


def draw_glyphs(figure: Figure, axes: Axes, points: np.ndarray, data: Dataset) -> None:
    """Draw each sample of at most `MOST` at its point (n, 2), or beside it with a line if that is taken."""
    figure.draw_without_rendering()  # positions are known only after this
    at = axes.transData.transform(points) * 72 / DPI
    bounds = axes.get_window_extent().get_points() * 72 / DPI
    size = SIDE * np.array(data.shape[::-1]) / max(data.shape) + 2 * FRAME
    offsets = np.vstack([[0.0, 0.0], AROUND * 1.3])
    taken: list[Box] = []
    for i, dot in enumerate(at):
        others = [box_around(other, 5, 5) for k, other in enumerate(at) if k != i]
        offset = freest(dot + offsets, (size[0], size[1]), [*taken, *others], bounds) - dot
        taken.append(box_around(dot + offset, size[0], size[1]))
        if offset.any():
            axes.plot(*points[i], "o", ms=3.5, color=BLUE, clip_on=False, zorder=3)
        _glyph(axes, data.x[i].reshape(data.shape), points[i], offset)


def _glyph(axes: Axes, image: np.ndarray, point: np.ndarray, offset: np.ndarray) -> None:
    """Draw one image at an offset in points from its point."""
    ink = np.nan_to_num(image).clip(0, 1)
    drawn = np.dstack([*(np.full(image.shape, part) for part in to_rgb(INK)), ink])
    pixels = OffsetImage(drawn, zoom=SIDE / max(image.shape), interpolation="nearest", resample=False)
    box = AnnotationBbox(
        pixels, tuple(point), xybox=tuple(offset), boxcoords="offset points", frameon=True, pad=0.08,
        arrowprops={**LINE, "shrinkB": 0} if offset.any() else None, annotation_clip=False,
        bboxprops={"facecolor": "white", "edgecolor": "none", "alpha": 0.85}, zorder=4,
    )  # fmt: skip
    box.set_in_layout(False)
    axes.add_artist(box)
