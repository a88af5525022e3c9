"""The decoded latent plane: the image at every point of it."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, isfinite

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..datasets import Dataset
from ..evaluation.latent import Window, check_window, decode, frame, inside, shadows
from ..model.autoencoder import Autoencoder
from ..text import counted
from .images import PAPER
from .labels import Marks
from .latent_plane import described, name_axes, repeated
from .medium import current
from .palette import VERMILLION
from .scales import centres, number_axes, scales_of
from .style import INK, STYLE, clean, name_of, no_numbers, sheet

MOST_CELLS, CELLS, FEW_CELLS = 100, 15, 9  # most images a side, the usual number, that of small pages
HIGH, BESIDE = 8.6, 0.75  # inches: the highest plane, and the room of its vertical axis
NAMES, LETTERS = 0.125, 7.5  # height of a strip for names in inches, and of its letters in points
GAPS = PAPER.with_extremes(under="#d6e2ee")  # the colour between images


@rc_context(STYLE)
def decoded_plane(
    model: Autoencoder,
    theta: np.ndarray,
    data: Dataset,
    window: Sequence[float] | None = None,
    cells: int | None = None,
    swap: bool = False,
) -> Figure:
    """Draw images decoded on a grid over a window of the latent plane, with the samples' codes.

    The window is (x0, x1, y0, y1), or (x0, x1) for one-dimensional codes. By default it surrounds the codes,
    and a plane's axes are by rank, so that a crowded part has room. An axis runs from its first end to its
    second, and with `swap` the second coordinate is horizontal. For codes with more than two dimensions the
    window is in the plane of their two principal components. Raises ValueError for an empty window, and
    unless there are 1 to 100 cells.
    """
    cells = _usual_cells() if cells is None else cells
    if not 1 <= cells <= MOST_CELLS:
        raise ValueError(f"cells {cells}: give 1 to {MOST_CELLS} images a side")
    plane, points = shadows(model, theta, data.x)
    if swap:
        plane, points = plane.swapped(), points[:, ::-1]
    ranked, window = window is None and len(points.T) == 2, _window(points, window)
    known = inside(points, window)
    scales = scales_of(points[known], window, ranked)
    images = decode(model, theta, plane.codes(centres(scales, cells)))
    unit, strip = _sizes(data.shape, cells, len(points.T))
    picture = mosaic(images, data.shape, cells, strip)
    labels = [data.labels[i] for i in np.flatnonzero(known)]
    classes, named = repeated(labels, data.classes), _medians(points[known], labels, data.classes)
    wide, tall = unit * picture.shape[1], unit * picture.shape[0]
    marks = Marks.of(*named, window, wide)
    room, shape = (marks.room, "line") if len(points.T) == 1 else (0.0, "plane")
    title = f"The latent {shape}, decoded: {name_of(data)}"
    what = _what(len(points), len(labels), classes, ranked, strip)
    caption = f"{described(plane)} {what}{no_numbers(images)}"
    figure = sheet(max(min(6.0, current().room), wide + 0.9), tall + room + 1.3, title, caption)
    axes = figure.subplots()
    name_axes(axes, plane)
    _draw(axes, picture, (0.0, 1.0, 0.0, 1.0) if ranked else window, room / tall)
    if ranked:
        number_axes(axes, scales[0], scales[1], (wide, tall))
    at = np.stack([scale.share(x) for scale, x in zip(scales, marks.points.T, strict=True)], axis=1)
    if strip:
        _name_cells(axes, at, marks.labels, cells, 0.5 * (strip + _gap(data.shape)) * unit / tall)
    else:
        _mark(figure, axes, replace(marks, points=at) if ranked else marks, tall)
    return figure


def _window(points: np.ndarray, asked: Sequence[float] | None) -> Window:
    """Return the window that was asked for, or one around the points. Raises ValueError for an empty one."""
    return frame(points) if asked is None else check_window(asked, points.shape[1])


def mosaic(images: np.ndarray, shape: tuple[int, int], cells: int, strip: int = 0) -> np.ndarray:
    """Return images (n, d), `cells` in a row, as one array whose gaps are -1; values clipped to [0, 1].

    `strip` more pixels below each image have room for names.
    """
    gap = _gap(shape)
    tiles = np.clip(images, 0, 1).reshape(-1, cells, *shape)
    tiles = np.pad(tiles, ((0, 0), (0, 0), (0, gap + strip), (0, gap)), constant_values=-1)
    rows, columns = len(tiles) * (shape[0] + gap + strip), cells * (shape[1] + gap)
    joined = tiles.transpose(0, 2, 1, 3).reshape(rows, columns)
    return np.pad(joined, ((gap, 0), (gap, 0)), constant_values=-1)


def _gap(shape: tuple[int, int]) -> int:
    """Return the pixels between two images."""
    return max(1, round(min(shape) / 10))


def _usual_cells() -> int:
    """Return how many images a side a page of the medium has by default."""
    return FEW_CELLS if current().narrow or isfinite(current().ratio) else CELLS


def _what(n: int, shown: int, classes: list[str], ranked: bool, strip: int) -> str:
    """Return sentences on the images, the axes and the dots."""
    dots = "the medians of the labels' codes" if classes else f"the codes of {counted(shown, 'sample')}"
    outside = f"; {counted(n - shown, 'code')} outside this window" if shown < n else ""
    marks = "Named below an image, if they lie in its cell" if strip else "Dots"
    axes = " Axes by rank: equal steps hold equally many codes." if ranked else ""
    return f"Each image is decoded at the middle of its cell.{axes} {marks}: {dots}{outside}."


def _sizes(shape: tuple[int, int], cells: int, k: int) -> tuple[float, int]:
    """Return the side of a pixel in inches, so that the picture fits on a page, and the pixels for names.

    There are none on a line, whose names are above it, and between cells that are too small.
    """
    rows, columns, gap = cells if k == 2 else 1, cells * shape[1], _gap(shape)
    columns += gap * (cells + 1)
    wide = min(9.0, current().room - BESIDE) / columns
    most = min(wide, max(0.12, 4 / columns))
    high = min(HIGH, current().ratio * current().room - BESIDE) if isfinite(current().ratio) else HIGH
    named = min(most, (high / rows - NAMES) / (shape[0] + gap))
    if k == 2 and named * shape[1] > NAMES:
        return named, ceil(NAMES / named)
    return min(most, high / (rows * (shape[0] + gap) + gap)), 0


def _draw(axes: Axes, picture: np.ndarray, window: Window, above: float) -> None:
    """Draw the mosaic over its window with square pixels, and room above it in shares of its height."""
    x0, x1, y0, y1 = (*window, 0.0, 1.0) if len(window) == 2 else window
    axes.imshow(
        np.ma.masked_invalid(picture), cmap=GAPS, vmin=0, vmax=1, extent=(x0, x1, y0, y1), aspect="auto",
        interpolation_stage="rgba",
    )  # fmt: skip
    tall, wide = picture.shape
    taller = 1 + above
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


def _name_cells(axes: Axes, at: np.ndarray, labels: Sequence[str], cells: int, above: float) -> None:
    """Write the labels of points (n, 2), in shares of the axes, below the images of their cells.

    `above` is the height of a strip's middle in shares of the axes.
    """
    held: dict[tuple[int, int], list[str]] = {}
    for (x, y), label in zip((at * cells).astype(int).clip(0, cells - 1), labels, strict=True):
        held.setdefault((int(x), int(y)), []).append(label)
    for (x, y), names in held.items():
        axes.annotate(
            clean(" ".join(names)), ((x + 0.5) / cells, y / cells + above), xycoords="axes fraction",
            ha="center", va="center", fontsize=LETTERS, color=INK, annotation_clip=False, zorder=5,
        )  # fmt: skip
