"""The decoded latent plane: the image at every point of it."""

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..datasets import Dataset
from ..evaluation.latent import Window, check_window, decode, frame, grid, inside, shadows
from ..model.autoencoder import Autoencoder
from ..text import counted
from .images import PAPER
from .labels import Marks
from .latent_plane import described, name_axes, repeated
from .palette import VERMILLION
from .style import STYLE, name_of, no_numbers, sheet

MOST_CELLS = 100
GAPS = PAPER.with_extremes(under="#d6e2ee")  # the colour between images


@rc_context(STYLE)
def decoded_plane(
    model: Autoencoder,
    theta: np.ndarray,
    data: Dataset,
    window: Sequence[float] | None = None,
    cells: int = 15,
    swap: bool = False,
) -> Figure:
    """Draw images decoded on a grid over a window of the latent plane, with the samples' codes.

    The window is (x0, x1, y0, y1), or (x0, x1) for one-dimensional codes; by default it surrounds the codes.
    An axis runs from its first end to its second, and with `swap` the second coordinate is horizontal. For
    codes with more than two dimensions the window is in the plane of their two principal components. Raises
    ValueError for an empty window, and unless there are 1 to 100 cells.
    """
    if not 1 <= cells <= MOST_CELLS:
        raise ValueError(f"cells {cells}: give 1 to {MOST_CELLS} images a side")
    plane, points = shadows(model, theta, data.x)
    if swap:
        plane, points = plane.swapped(), points[:, ::-1]
    k = points.shape[1]
    window = frame(points) if window is None else check_window(window, k)
    images = decode(model, theta, plane.codes(grid(window, cells)))
    picture = mosaic(images, data.shape, cells)
    known = inside(points, window)
    labels = [data.labels[i] for i in np.flatnonzero(known)]
    marks = Marks.of(
        *_medians(points[known], labels, data.classes), window, _unit(picture) * picture.shape[1]
    )
    room, classes = marks.room if k == 1 else 0.0, repeated(labels, data.classes)
    figure = sheet(
        max(6.0, _unit(picture) * picture.shape[1] + 0.9),
        _unit(picture) * picture.shape[0] + room + 1.3,
        f"The latent {'line' if k == 1 else 'plane'}, decoded: {name_of(data)}",
        f"{described(plane)} {_what(len(points), len(labels), classes)}{no_numbers(images)}",
    )
    axes = figure.subplots()
    name_axes(axes, plane)
    _draw(axes, picture, window, room)
    _mark(figure, axes, marks, _unit(picture) * picture.shape[0])
    return figure


def mosaic(images: np.ndarray, shape: tuple[int, int], cells: int) -> np.ndarray:
    """Return images (n, d), `cells` in a row, as one array whose gaps are -1; values clipped to [0, 1]."""
    gap = max(1, round(min(shape) / 10))
    tiles = np.clip(images, 0, 1).reshape(-1, cells, *shape)
    tiles = np.pad(tiles, ((0, 0), (0, 0), (0, gap), (0, gap)), constant_values=-1)
    rows, columns = len(tiles) * (shape[0] + gap), cells * (shape[1] + gap)
    joined = tiles.transpose(0, 2, 1, 3).reshape(rows, columns)
    return np.pad(joined, ((gap, 0), (gap, 0)), constant_values=-1)


def _what(n: int, shown: int, classes: list[str]) -> str:
    """Return a sentence on the images and the dots."""
    dots = "the medians of the labels' codes" if classes else f"the codes of {counted(shown, 'sample')}"
    outside = f"; {counted(n - shown, 'code')} outside this window" if shown < n else ""
    return f"Each image is decoded at the middle of its cell. Dots: {dots}{outside}."


def _unit(picture: np.ndarray) -> float:
    """Return the side of a pixel in inches, so that the picture fits on a page."""
    return min(9.0 / picture.shape[1], 8.6 / picture.shape[0], max(0.12, 4 / picture.shape[1]))


def _draw(axes: Axes, picture: np.ndarray, window: Window, room: float) -> None:
    """Draw the mosaic over its window with square pixels; a line has `room` inches above it."""
    x0, x1, y0, y1 = (*window, 0.0, 1.0) if len(window) == 2 else window
    axes.imshow(
        np.ma.masked_invalid(picture), cmap=GAPS, vmin=0, vmax=1, extent=(x0, x1, y0, y1), aspect="auto",
        interpolation_stage="rgba",
    )  # fmt: skip
    tall, wide = picture.shape
    taller = 1 + room / (_unit(picture) * tall)
    axes.set(xlim=(x0, x1), ylim=(y0, y0 + taller * (y1 - y0)))
    axes.set_box_aspect(taller * tall / wide)


def _medians(points: np.ndarray, labels: list[str], order: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Return the points (n, k) and labels, or the median of each label if a few labels repeat."""
    if not (classes := repeated(labels, order)):
        return points, labels
    of = np.array(labels, dtype=object)
    return np.array([np.median(points[of == name], axis=0) for name in classes]), classes


def _mark(figure: Figure, axes: Axes, marks: Marks, tall: float) -> None:
    """Draw dots and their labels over the picture, or above it if it is a line, `tall` inches high."""
    line = marks.points.shape[1] == 1
    base = 1 + 0.06 / tall
    y = np.full(len(marks.points), base) if line else marks.points[:, 1]
    axes.plot(marks.points[:, 0], y, "o", ms=5, color=VERMILLION, mec="white", mew=0.8, zorder=4)
    marks.draw(figure, axes, base, VERMILLION)
