"""Lines of many methods in one picture: steps, markers, names, logarithmic axes."""

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

FEW = 6  # lines that are named where they end
NAME = 34  # letters of a name
DECADES = 5  # of a cost that are worth showing
LETTERS = 9.0  # in points


def staircase(
    axes: Axes, steps: Steps, span: tuple[float, float], look: Look, order: tuple[int, int]
) -> None:
    """A step function over a span, its markers where those of the others, `order` of how many, are not."""
    inner = steps.x[(steps.x > span[0]) & (steps.x < span[1])]
    x = np.union1d(inner, np.geomspace(*span, 200))  # between its steps too, for markers to stand there
    place = 0.03 + 0.16 * order[0] / max(1, order[1])
    axes.plot(
        x, steps.at(x), drawstyle="steps-post", lw=1.6, ms=5, markevery=(place, 0.16),
        zorder=3 - order[0] / 100, **look.line,
    )  # fmt: skip


def shares(axes: Axes, highest: float) -> None:
    """A vertical axis from 0 to 100 %, or to a little above the highest share where that is low."""
    top = 1.0 if highest > 0.6 else max(0.1, highest * 1.15)
    axes.set_ylim(-0.025 * top, 1.03 * top)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g} %")
    grid(axes)


def grid(axes: Axes) -> None:
    """Pale horizontal lines behind everything."""
    axes.grid(axis="y", color="#eeeeee", lw=0.8)
    axes.set_axisbelow(True)


def empty(axes: Axes, text: str) -> None:
    """Says why there is nothing to see."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=GREY)


def logarithmic(axis: XAxis | YAxis, low: float, high: float) -> None:
    """A logarithmic axis from `low` to `high`, with numbers as people write them."""
    name = axis.axis_name
    getattr(axis.axes, f"set_{name}scale")("log")
    getattr(axis.axes, f"set_{name}lim")(low, high)
    decades = math.log10(high / low)
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 2.5 else (1,), numticks=7))
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(ticks())


def span_of(costs: np.ndarray) -> tuple[float, float]:
    """From the first cost above zero, 1 to `DECADES` decades below the last, to a little beyond the last.

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
    """Names series, best first: where their lines end if they are few, else in a legend at the right."""
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
    """The series with their names, in the order given, right of the picture."""
    lines = [Line2D([], [], lw=1.6, ms=5, **looks[series].line) for series in names]
    figure.legend(
        lines, [short(name, NAME + 20) for name in names.values()], loc="outside right center",
        fontsize=LETTERS - 0.5, handlelength=3.8, labelspacing=0.35,
    )  # fmt: skip


def room(names: Mapping[str, str]) -> tuple[float, float]:
    """Inches across and down that names beside a picture need."""
    widest = max((inked(short(name, NAME + 20), LETTERS) for name in names.values()), default=0)
    return widest / 72 + 0.85, 0.185 * len(names) + 0.3 if len(names) > FEW else 0.0


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """The heights in the same order, moved for no two to be nearer than `gap`, the first of equals on top.

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
