"""The latent plane: where the samples' codes lie."""

from collections.abc import Sequence
from math import inf

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..datasets import Dataset
from ..evaluation.latent import Plane, Window, frame, inside, shadows
from ..model.autoencoder import Autoencoder
from ..text import counted
from .curves import ticks
from .labels import MOST, Marks
from .palette import BLUE, CLASSES, MARKERS
from .style import STYLE, clean, name_of, sheet

WIDTH = 8.5  # inches
PLANE = 5.2  # height of a plane's axes in inches
MARGIN, ROW = 0.2, 0.22  # inches: height of a line with classes, and of a row for each class
DOTS = {500: 4.5, 3000: 3.0, inf: 2.0}  # sizes of dots in points, for fewer dots than the key
MOST_CLASSES = 40  # most classes that colours and markers distinguish
TURNS = 8  # parts in which a class is drawn, alternating with the other classes


@rc_context(STYLE)
def latent_plane(model: Autoencoder, theta: np.ndarray, data: Dataset) -> Figure:
    """Draw the samples' codes with their labels, or with a colour and marker for each class.

    One-dimensional codes are drawn along a line. Codes with more than two dimensions are projected onto their
    two principal components.
    """
    plane, points = shadows(model, theta, data.x)
    window, classes = frame(points), repeated(data.labels, data.classes)
    outside = int((~inside(points, window)).sum())
    points = points.clip(window[::2], window[1::2])
    marks = Marks.of(points, data.labels, window, WIDTH - 0.1)
    room = _room(window, classes, marks)
    figure = sheet(
        WIDTH,
        room + 1.3,
        f"Where the codes lie: {name_of(data)}",
        f"{described(plane)} {_what(data, classes)} {_far(outside)}",
    )
    axes = figure.subplots()
    axes.set(xlim=window[:2], ylim=(-0.1, room) if len(window) == 2 else window[2:])
    name_axes(axes, plane)
    if classes:
        _draw_classes(axes, points, data.labels, classes)
    else:
        line = np.zeros(len(points)) if len(window) == 2 else points[:, 1]
        axes.plot(points[:, 0], line, "o", ms=3.5, color=BLUE, clip_on=False, zorder=3)
        marks.draw(figure, axes)
    return figure


def repeated(labels: Sequence[str], order: Sequence[str]) -> list[str]:
    """Return the distinct labels in order if they are classes: few, with three or more samples on average.

    >>> repeated(["b", "a"] * 3, "abc"), repeated("abc", "abc")
    (['a', 'b'], [])
    """
    known = set(labels)
    classes = [label for label in order if label in known]
    return classes if len(classes) <= MOST_CLASSES and len(labels) >= 3 * len(classes) else []


def described(plane: Plane) -> str:
    """Return a sentence on the plane."""
    if plane.flat:
        shares = " and ".join(f"{100 * share:.3g} %" for share in plane.explained)
        width = plane.axes.shape[1]
        return f"The two principal components of {width}-dimensional codes: {shares} of their variance."
    return "The latent space has one dimension." if len(plane.axes) == 1 else "The latent plane."


def name_axes(axes: Axes, plane: Plane) -> None:
    """Write the names of the coordinates, with plain numbers at the ticks."""
    word = "principal component" if plane.flat else "latent coordinate"
    axes.set_xlabel(f"{word} {plane.order[0]}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(ticks())
    if len(plane.axes) == 2:
        axes.set_ylabel(f"{word} {plane.order[1]}")
    else:
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)


def _room(window: Window, classes: list[str], marks: Marks) -> float:
    """Return the height of the axes in inches: a line needs a row for each class, or room for its labels."""
    if len(window) == 4:
        return PLANE
    return MARGIN + ROW * len(classes) if classes else marks.room


def _what(data: Dataset, classes: list[str]) -> str:
    """Return a sentence on the dots."""
    n = len(data.x)
    if classes:
        return f"Each of {n:,} dots is a sample."
    some = "" if n <= MOST else f" {MOST} of them are named."
    return f"Each of {counted(n, 'dot')} is a sample, with its label.{some}"


def _far(outside: int) -> str:
    if not outside:
        return ""
    return f"Drawn at the edge: {counted(outside, 'code')} far outside."


def _draw_classes(axes: Axes, points: np.ndarray, labels: Sequence[str], classes: list[str]) -> None:
    """Draw each class with its colour and marker, in turns so that none is hidden; on a line, in its row."""
    line, of = points.shape[1] == 1, np.array(labels, dtype=object)
    small = next(size for most, size in DOTS.items() if len(points) < most)
    for turn in range(TURNS):
        for k, name in enumerate(classes):
            mine = points[of == name][turn::TURNS]
            y = np.full(len(mine), k) if line else mine[:, 1]
            axes.plot(
                mine[:, 0], y, MARKERS[k % len(MARKERS)], ms=small, mew=0, alpha=0.65,
                color=CLASSES[k % len(CLASSES)], label="_" if turn else clean(name),
            )  # fmt: skip
    if line:
        axes.set_yticks(range(len(classes)), [clean(name) for name in classes])
        axes.set_ylim(len(classes) - 0.5, -0.5)
    else:
        columns = 1 + len(classes) // 25
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), ncols=columns, markerscale=6 / small)
