"""The lines of many methods in one picture: steps, markers, logarithmic axes."""

import math
from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ...statistics import Steps
from ..curves import ticks
from ..palette import Look
from ..style import GREY

DECADES = 5  # most decades of a cost that are shown


def staircase(
    axes: Axes, steps: Steps, span: tuple[float, float], look: Look, order: tuple[int, int]
) -> None:
    """Draw a step function over a span; `order` (index, count) spaces its markers from those of others."""
    inner = steps.x[(steps.x > span[0]) & (steps.x < span[1])]
    x = np.union1d(inner, np.geomspace(*span, 200))  # between the steps too, for the markers
    place = 0.03 + 0.16 * order[0] / max(1, order[1])
    axes.plot(
        x, steps.at(x), drawstyle="steps-post", lw=1.6 if look.marker else 1.0, ms=5,
        markevery=(place, 0.16), zorder=3 - order[0] / 100, **look.line,
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


def after_start(curves: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return the costs of all curves but for those of the start, unless a curve has no other.

    The start is known after next to nothing, which would waste decades of an axis.
    """
    costs = [cost[1:] if len(cost) > 1 else cost for cost, _ in curves]
    return np.concatenate(costs) if costs else np.array([])


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
