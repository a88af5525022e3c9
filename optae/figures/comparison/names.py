"""The names of many lines: the best in colour beside their ends, the others in grey."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...comparison.series import Comparison
from ...text import listed
from ..medium import current
from ..palette import Look
from ..style import inked, short
from .looks import looks_of

FEW = 6  # most series in colour
NAME = 34  # most letters of a name
LETTERS = 9.0  # size in points
ROW = 0.185  # inches of a name's row
SHARE = 0.4  # most of a page's width for names beside the lines
KEY = 0.85  # inches of a line's sample and the gaps around it
OTHERS = "#c4c4c4"  # the colour of series beyond the best


def coloured(runs: Comparison, best: Sequence[str]) -> dict[str, Look]:
    """Return the look of each series: the best have colours, the others are grey."""
    grey = Look(OTHERS, "", "-", "full")
    return dict.fromkeys(runs.series, grey) | looks_of(runs, best)


def others(runs: Comparison, names: Mapping[str, str], best: Mapping[str, str]) -> str:
    """Return a sentence on the series in grey, those that are not the best; empty if there are none."""
    rest = [name for series, name in names.items() if series not in best]
    return f"In grey: the other {runs.noun}s, {listed(rest, len(rest), NAME + 20)}." if rest else ""


def room(names: Mapping[str, str]) -> tuple[float, float]:
    """Return the width and height in inches that names to the right of a picture need.

    The width is 0 if the medium has no such room, and the names then go below.
    """
    shown = list(names.values())
    widest = max((inked(short(name, NAME + 20), LETTERS) for name in shown), default=0) / 72 + KEY
    if widest > SHARE * current().room:
        return 0.0, 0.0
    return widest, ROW * len(shown) + 0.3 if len(shown) > FEW else 0.0


def name_lines(
    figure: Figure, axes: Axes, looks: Mapping[str, Look], names: Mapping[str, str], heights: Sequence[float]
) -> None:
    """Write the names of series, the best first, at the heights of their ends in shares of the axes.

    They go below the picture if the medium has no room beside it.
    """
    if not room(names)[0]:
        legend(figure, looks, names)
        return
    tall = axes.get_position().height * figure.get_figheight()
    places = apart(heights, ROW / max(tall, 1.0))
    for (series, name), end, height in zip(names.items(), heights, places, strict=True):
        look, place = looks[series], (1.04, height)
        leader = zip((1, end), place, strict=True)
        axes.plot(*leader, transform=axes.transAxes, clip_on=False, lw=0.7, color=look.color)
        axes.plot(*place, transform=axes.transAxes, clip_on=False, ms=6, linestyle="none", **look.dot)
        axes.annotate(
            short(name, NAME + 20), place, (7, 0), xycoords="axes fraction", textcoords="offset points",
            va="center", fontsize=LETTERS, annotation_clip=False,
        )  # fmt: skip


def height_of(axes: Axes, value: float) -> float:
    """Return where a value lies on the vertical axis, in shares of its height, at most 0 to 1."""
    place = axes.transAxes.inverted().transform(axes.transData.transform((axes.get_xlim()[1], value)))[1]
    return float(np.clip(place, 0, 1)) if math.isfinite(place) else 0.0


def legend(figure: Figure, looks: Mapping[str, Look], names: Mapping[str, str]) -> None:
    """Draw a legend with the names of the series, in this order, beside the picture or below it."""
    lines = [Line2D([], [], lw=1.6, ms=5, **looks[series].line) for series in names]
    wide = room(names)[0]
    words = [short(name, NAME + 20) for name in names.values()]
    widest = max((inked(word, LETTERS - 0.5) for word in words), default=0) / 72 + 0.7
    figure.legend(
        lines, words, loc="outside right center" if wide else "outside lower center",
        ncols=1 if wide else current().columns(3, widest),
        fontsize=LETTERS - 0.5, handlelength=3.8 if wide else 2.6, labelspacing=0.35, columnspacing=1.0,
    )  # fmt: skip


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """Return the heights, moved so that no two are nearer than `gap`, the first of equals on top.

    None is moved below zero.

    >>> [round(h, 2) for h in apart([0.5, 0.5, 0.0], 0.1)], apart([0.0, 0.0], 0.1)
    ([0.55, 0.45, 0.0], [0.1, 0.0])
    """
    order = sorted(range(len(heights)), key=lambda i: -heights[i])
    moved = np.array([heights[i] for i in order])
    for _ in range(200):
        overlap = gap - (moved[:-1] - moved[1:])
        if not (overlap > 1e-6).any():
            break
        push = np.maximum(overlap, 0) / 2
        moved[:-1] += push
        moved[1:] -= push
    for i in reversed(range(len(moved))):
        moved[i] = max(moved[i], moved[i + 1] + gap if i + 1 < len(moved) else 0.0)
    placed = dict(zip(order, moved.tolist(), strict=True))
    return [placed[i] for i in range(len(heights))]
