"""The lines of many methods in one picture: steps, markers, names, logarithmic axes."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ...statistics import Steps
from ..curves import ticks
from ..palette import Look
from ..style import GREY, inked, short

FEW = 6  # most lines that are named at their ends
NAME = 34  # most letters of a name
DECADES = 5  # most decades of a cost that are shown
LETTERS = 9.0  # size in points


def staircase(
    axes: Axes, steps: Steps, span: tuple[float, float], look: Look, order: tuple[int, int]
) -> None:
    """Draw a step function over a span; `order` (index, count) spaces its markers from those of others."""
    inner = steps.x[(steps.x > span[0]) & (steps.x < span[1])]
    x = np.union1d(inner, np.geomspace(*span, 200))  # between the steps too, for the markers
    place = 0.03 + 0.16 * order[0] / max(1, order[1])
    axes.plot(
        x, steps.at(x), drawstyle="steps-post", lw=1.6, ms=5, markevery=(place, 0.16),
        zorder=3 - order[0] / 100, **look.line,
    )  # fmt: skip


def shares(axes: Axes, highest: float) -> None:
    """Set a vertical axis from 0 to 100 %, or to a little above the highest share if that is low."""
    top = 1.0 if highest > 0.6 else max(0.1, highest * 1.15)
    axes.set_ylim(-0.025 * top, 1.03 * top)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g} %")
    grid(axes)


def grid(axes: Axes) -> None:
    """Draw pale horizontal lines behind everything."""
    axes.grid(axis="y", color="#eeeeee", lw=0.8)
    axes.set_axisbelow(True)


def empty(axes: Axes, text: str) -> None:
    """Write why there is nothing to see."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=GREY)


def logarithmic(axis: XAxis | YAxis, low: float, high: float) -> None:
    """Set a logarithmic axis from `low` to `high`, with plain numbers."""
    name = axis.axis_name
    getattr(axis.axes, f"set_{name}scale")("log")
    getattr(axis.axes, f"set_{name}lim")(low, high)
    decades = math.log10(high / low)
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 2.5 else (1,), numticks=7))
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(ticks())


def span_of(costs: np.ndarray) -> tuple[float, float]:
    """Return the ends of an axis: the first positive cost, 1 to `DECADES` decades below the last, and more.

    >>> span_of(np.array([0.0, 1.0, 100.0, np.inf]))
    (0.8, 125.0)
    """
    known = costs[np.isfinite(costs) & (costs > 0)]
    if not known.size:
        return 0.8, 12.5
    last = float(known.max())
    return 0.8 * max(min(float(known.min()), last / 10), last / 10**DECADES), 1.25 * last


def name_lines(
    figure: Figure, axes: Axes, looks: Mapping[str, Look], names: Mapping[str, str], ends: Sequence[float]
) -> None:
    """Write the names of series, best first, at the ends of their lines if they are few, else in a legend."""
    if len(names) > FEW:
        legend(figure, looks, names)
        return
    low, high = axes.get_ylim()
    heights = apart([(end - low) / (high - low) for end in ends], 0.06)
    for (series, name), end, height in zip(names.items(), ends, heights, strict=True):
        look, text = looks[series], short(name, NAME + 20)
        at, place = (1, (end - low) / (high - low)), (1.04, height)
        axes.plot(
            *zip(at, place, strict=True), transform=axes.transAxes, clip_on=False, lw=0.7, color=look.color
        )
        axes.plot(*place, transform=axes.transAxes, clip_on=False, ms=6, linestyle="none", **look.dot)
        axes.annotate(
            text, place, (7, 0), xycoords="axes fraction", textcoords="offset points", va="center",
            fontsize=LETTERS, annotation_clip=False,
        )  # fmt: skip


def legend(figure: Figure, looks: Mapping[str, Look], names: Mapping[str, str]) -> None:
    """Draw a legend with the names of the series, in this order, to the right of the picture."""
    lines = [Line2D([], [], lw=1.6, ms=5, **looks[series].line) for series in names]
    figure.legend(
        lines, [short(name, NAME + 20) for name in names.values()], loc="outside right center",
        fontsize=LETTERS - 0.5, handlelength=3.8, labelspacing=0.35,
    )  # fmt: skip


def room(names: Mapping[str, str]) -> tuple[float, float]:
    """Return the width and height in inches that names beside a picture need."""
    widest = max((inked(short(name, NAME + 20), LETTERS) for name in names.values()), default=0)
    return widest / 72 + 0.85, 0.185 * len(names) + 0.3 if len(names) > FEW else 0.0


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
