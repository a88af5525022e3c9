"""The latent plane: where the samples' codes lie."""

from collections.abc import Sequence
from math import inf, log, sqrt

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from ..datasets import Dataset
from ..evaluation.latent import Plane, Window, frame, inside, shadows
from ..model.autoencoder import Autoencoder
from ..text import counted
from .curves import ticks
from .glyphs import draw_glyphs, suit
from .labels import MOST, Marks
from .medium import current
from .palette import BLUE, CLASSES, MARKERS
from .style import GREY, INK, STYLE, clean, name_of, sheet

WIDTH = 8.5  # inches
PLANE, BESIDE = 5.2, 1.5  # inches: height of a plane's axes, and the room for ticks and names beside it
MARGIN, ROW = 0.2, 0.22  # inches: height of a line with classes, and of a row for each class
DOTS = {500: 6.5, 3000: 4.5, inf: 3.2}  # sizes of dots in points, for fewer dots than the key
MOST_CLASSES = 40  # most classes that colours and markers distinguish
PRIOR = 0.95  # share of the prior in its circle
RADIUS = sqrt(-2 * log(1 - PRIOR))  # of a normal distribution in two dimensions
TURNS = 8  # parts in which a class is drawn, alternating with the other classes


@rc_context(STYLE)
def latent_plane(model: Autoencoder, theta: np.ndarray, data: Dataset) -> Figure:
    """Draw the samples' codes with their labels, or with a colour and marker for each class.

    One-dimensional codes are drawn along a line. Codes with more than two dimensions are projected onto their
    two principal components.
    """
    plane, points = shadows(model, theta, data.x)
    prior = plane.points(np.zeros((1, model.latent_width)))[0] if model.bottleneck.samples else None
    window, classes = _window(points, prior), repeated(data.labels, data.classes)
    outside = int((~inside(points, window)).sum())
    points = points.clip(window[::2], window[1::2])
    width = min(WIDTH, current().room)
    marks, glyphs = Marks.of(points, data.labels, window, width - 0.1), len(window) == 4 and suit(data)
    room = _room(window, classes, marks)
    figure = sheet(
        width,
        room + 1.3,
        f"Where the codes lie: {name_of(data)}",
        f"{described(plane)} {_what(data, classes, glyphs)}{_prior(prior)} {_far(outside)}",
    )
    axes = figure.subplots()
    axes.set(xlim=window[:2], ylim=(-0.1, room) if len(window) == 2 else window[2:])
    name_axes(axes, plane)
    if prior is not None and len(window) == 4:
        _draw_prior(axes, prior)
    if classes:
        _draw_classes(axes, points, data.labels, classes)
    elif glyphs:
        draw_glyphs(figure, axes, points, data)
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
        return _plane()
    return MARGIN + ROW * len(classes) if classes else marks.room


def _window(points: np.ndarray, prior: np.ndarray | None) -> Window:
    """Return the window of the points (n, k); for a prior, one with its circle, in the shape of the axes."""
    if prior is None or points.shape[1] == 1:
        return frame(points)
    x0, x1, y0, y1 = frame(np.vstack([points, prior + RADIUS, prior - RADIUS]))
    width, height = min(WIDTH, current().room) - BESIDE, _plane()
    half = max((x1 - x0) / width, (y1 - y0) / height) / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return x - half * width, x + half * width, y - half * height, y + half * height


def _plane() -> float:
    """Return the height of a plane's axes in inches."""
    return min(PLANE, 0.9 * current().room)


def _draw_prior(axes: Axes, centre: np.ndarray) -> None:
    """Draw the circle that holds `PRIOR` of the prior N(0, I)."""
    axes.set_aspect("equal")
    circle = Circle((centre[0], centre[1]), RADIUS, fill=False, ec=GREY, lw=1.2, ls=(0, (4, 3)), zorder=5)
    axes.add_patch(circle)


def _prior(prior: np.ndarray | None) -> str:
    return "" if prior is None else f" The circle holds {100 * PRIOR:.0f} % of the prior."


def _what(data: Dataset, classes: list[str], glyphs: bool) -> str:
    """Return a sentence on the dots."""
    n = len(data.x)
    if classes:
        return f"Each of {n:,} dots is a sample; names are at the medians of their classes."
    if glyphs:
        return f"Each of {counted(n, 'sample')} is drawn at its code, or beside its dot if others are near."
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
        _name_medians(axes, points, of, classes)
        columns = 1 + len(classes) // 25
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), ncols=columns, markerscale=6 / small)


def _name_medians(axes: Axes, points: np.ndarray, of: np.ndarray, classes: list[str]) -> None:
    """Write each class's name at the median of its points (n, 2)."""
    halo = [withStroke(linewidth=3, foreground="white")]
    for name in classes:
        x, y = np.median(points[of == name], axis=0)
        text = axes.text(
            x, y, clean(name), ha="center", va="center", fontsize=10, fontweight="bold", color=INK
        )
        text.set(path_effects=halo, zorder=6, clip_on=True)
