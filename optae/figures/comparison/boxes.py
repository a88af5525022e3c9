"""Every seed of every method, with a box where there are enough for quartiles."""

import math
from math import ceil
from typing import Unpack

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame

from ...comparison.scores import COUNTS, or_worst
from ...comparison.series import Comparison, How, read
from ...comparison.yardstick import Yardstick
from ...evaluation.metrics import Target
from ...statistics import quantiles
from ...text import counted, listed
from ..curves import FAR, WIDE, ticks
from ..medium import current
from ..palette import Look
from ..style import GREY, INK, STYLE, inked, sheet, short, wrapped
from .lines import empty, logarithmic
from .looks import looks, marks
from .names import NAME

MOST_PANELS = 12
BOXED = 5  # fewest seeds whose quartiles are drawn
FLOOR = 1e-12  # share of the highest value below which the axis ends
Runs = list[tuple[str, np.ndarray]]  # each series with the values of its seeds, (seeds,), the best first


@rc_context(STYLE)
def boxes(
    frame: DataFrame, metric: str = "loss", target: str | Target | None = None, **how: Unpack[How]
) -> Figure:
    """Draw the metric of every run, with a row for each method by median, and a panel for each problem.

    A cost (seconds, operations, ...) is that until `target`, infinite for a miss. Raises ValueError as
    `comparison.read` does, and for an unknown metric.
    """
    by = Yardstick.named(metric, target, frame)
    runs = read(frame, by.cost, **how)
    runs.check_loss(by.word)
    shown = runs.problems[:MOST_PANELS]
    found = [_runs(runs, problem, by) for problem in shown]
    most = max(map(len, found))
    names = max(inked(short(s, NAME), 8.5) for s in runs.series) / 72
    each = min(3.3 + names, current().room)
    columns = current().columns(min(len(shown), 3 if len(shown) > 4 else 2), each)
    rows = ceil(len(shown) / columns)
    wide, caption = max(6.5, columns * each + 0.2), _caption(runs, by, found, len(shown))
    lines = 2 + wrapped(caption, wide, 9).count("\n")
    figure = sheet(wide, rows * (0.21 * most + 0.95) + 0.4 + 0.17 * lines, f"Every run's {by}", caption)
    figure.set_layout_engine("constrained", w_pad=0.12)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, problem, series in zip(panels, shown, found, strict=False):
        axes.set_title(wrapped(problem, each - names - 0.2, 9.5, 3), fontsize=9.5, loc="left")
        _panel(axes, series, looks(runs), by)
        if by.target is not None and axes.get_xticks().size:
            axes.xaxis.set_major_formatter(marks(runs))
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    return figure


def _runs(runs: Comparison, problem: str, by: Yardstick) -> Runs:
    """Return the series of a problem, sorted by median; a run without a finite value counts as worst."""
    sign, measure = -1 if by.larger else 1, by.measured(runs)
    scores = {s: np.array([measure(cell) for cell in runs.of(problem, s)]) for s in runs.series}
    known = {s: or_worst(v, by.larger) for s, v in scores.items() if len(v)}
    middle = {
        s: (float(quantiles(sign * v, 0.5)), float(quantiles(sign * v, 0.0)), s) for s, v in known.items()
    }
    return [(s, known[s]) for s in sorted(known, key=middle.__getitem__)]


def _panel(axes: Axes, series: Runs, looks: dict[str, Look], by: Yardstick) -> None:
    """Draw the panel of one problem."""
    low, high = _scale(axes, np.concatenate([v for _, v in series]), by.measure)
    for row, (name, values) in enumerate(series):
        _box(axes, row, values, (low, high), looks[name])
    axes.set_yticks(range(len(series)), [short(name, NAME) for name, _ in series], fontsize=8.5, color=INK)
    axes.set_ylim(len(series) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#eeeeee", lw=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(by.measure)


def _scale(axes: Axes, values: np.ndarray, metric: str) -> tuple[float, float]:
    """Scale the horizontal axis; return the values at which anything beyond them is drawn."""
    known = values[np.isfinite(values)].clip(-FAR, FAR)
    if not known.size:
        empty(axes, "no run left a number")
        axes.set(xlim=(0, 1), xticks=[])
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if metric not in COUNTS and low >= 0 and high > WIDE * low and high > 0:
        low = max(float(known[known > 0].min()), FLOOR * high)
        pad = max(high / low, 10.0) ** 0.06
        logarithmic(axes.xaxis, low / pad, high * pad)
        return low, high * pad
    pad = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    axes.set_xlim(low - pad, high + pad)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=metric in COUNTS))
    axes.xaxis.set_major_formatter(ticks())
    return low - pad, high + pad


def _box(axes: Axes, row: int, values: np.ndarray, ends: tuple[float, float], look: Look) -> None:
    """Draw seeds as dots, their median as a bar, a box if they are many, and missing values at the edge."""
    left, middle, right = (float(quantiles(values, q)) for q in (0.25, 0.5, 0.75))
    left, right = (min(max(q, ends[0]), ends[1]) for q in (left, right))
    if len(values) >= BOXED:
        box = Rectangle((left, row - 0.32), right - left, 0.64, fc=look.color, alpha=0.18, lw=0, zorder=1)
        axes.add_patch(box)
    if math.isfinite(middle):
        middle = min(max(middle, ends[0]), ends[1])
        axes.plot([middle] * 2, [row - 0.36, row + 0.36], color=look.color, lw=2, zorder=2)
    known = np.isfinite(values)
    shift = 0.24 * (np.arange(len(values)) % 3 - 1) * (len(values) > 1)
    if known.any():  # an empty line would upset the layout
        x, y = values[known].clip(*ends), row + shift[known]
        axes.plot(x, y, linestyle="none", ms=3.8, alpha=0.85, clip_on=False, zorder=3, **look.dot)
    if lost := int((~known).sum()):
        side, align = (0.0, "right") if (values == -math.inf).any() else (1.0, "left")
        axes.text(
            side, row, f" ×{lost} ", transform=axes.get_yaxis_transform(), ha=align, va="center",
            fontsize=8.5, color=GREY,
        )  # fmt: skip


def _boxed(found: list[Runs]) -> str:
    """Return a sentence on the boxes, which a picture of few seeds lacks."""
    counts = {len(values) for series in found for _, values in series}
    if max(counts) < BOXED:
        return f"No boxes, as fewer than {BOXED} seeds have no quartiles to speak of."
    some = f", of at least {BOXED} seeds" if min(counts) < BOXED else ""
    return f"Boxes: from the first quartile to the third, linear between order statistics{some}."


def _caption(runs: Comparison, by: Yardstick, found: list[Runs], shown: int) -> str:
    direction = "Larger" if by.larger else "Smaller"
    of = "" if by.target else " of the best vector"
    lost = sum(int((~np.isfinite(v)).sum()) for series in found for _, v in series)
    text = (
        f"Dots: the {by}{of} of each run, one a seed, set apart vertically to be seen. "
        f"{_boxed(found)} Bars: medians. "
        f"{direction} is better, the best median on top."
    )
    crosses = (
        f"×n at the edge: n runs without a finite value; quartiles count them as worst ({lost} in all)."
        if lost
        else ""
    )
    more = len(runs.problems) - shown
    cut = f"{counted(more, 'problem')} not drawn: {listed(runs.problems[shown:], 3, 60)}." if more else ""
    return " ".join(filter(None, [text, crosses, cut, runs.note]))
