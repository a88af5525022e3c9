"""Pictures of a tuning: how sensitive the score is to each option, and the best of k trials."""

import math
import re
from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...comparison.tuning.record import Row, Tuned
from ...comparison.tuning.words import apart, curve_values
from ...methods.ranges import Choice, Interval, Range, read_range
from ...statistics.best_of import BAND, best_of
from ...text import number
from .. import palette
from ..curves import ticks
from ..medium import current
from ..palette import BLUE, VERMILLION
from ..style import GREY, PALE, STYLE, sheet
from .lines import empty, grid, logarithmic
from .names import FEW, height_of, legend, name_lines, room

PANEL = 3.2  # inches
MOST_COLUMNS = 3
SPAN = 20.0  # the ratio of scores from which their axis is logarithmic


def slug(label: str) -> str:
    """Return a label as part of a file's name."""
    return re.sub(r"[^\w.=-]+", "-", label).strip("-")


def pictures(tuned: Sequence[Tuned]) -> dict[str, Figure]:
    """Return the pictures of tunings by name: one for each method, and one of all, problem by problem."""
    found: dict[str, Figure] = {}
    for name, many in apart(tuned).items():
        end = f"-{slug(name)}" if name else ""
        found |= {f"options-{slug(one.given)}{end}": sensitivity(one) for one in many}
        found[f"best-of{end}"] = best_of_trials(many)
    return found


@rc_context(STYLE)
def sensitivity(tuned: Tuned) -> Figure:
    """Draw the score of every trial against each option; a line spans the scores of a trial's seeds."""
    names = list(tuned.ranges)
    columns = current().columns(min(len(names), MOST_COLUMNS), 2.4)
    rows = math.ceil(len(names) / columns)
    never = sum(row.score is None for row in tuned.trials)
    caption = (
        f"Each dot is a trial of {tuned.given}: {tuned.measure}. Its line spans its runs, one for each"
        " seed and problem. The ring is the chosen trial, the grey line the method as given. Pale: trials"
        f" that ran on fewer seeds.{f' Crosses: {never} without a score.' if never else ''}"
    )
    figure = sheet(max(6.0, columns * PANEL), rows * 2.9 + 1.0, f"How sensitive {tuned.given} is", caption)
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for axes, name in zip(panels, names, strict=False):
        _panel(axes, tuned, name)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    for axes in panels[::columns]:
        axes.set_ylabel("score")
    return figure


@rc_context(STYLE)
def best_of_trials(tuned: Sequence[Tuned]) -> Figure:
    """Draw the best score of k trials against k for each method: the median, and a band of likely draws.

    The curves are those of Dodge et al. (2019), for draws without replacement (Tang et al., 2020).
    """
    names = {one.given: one for one in tuned if len(one.trials) > 1}
    band = f", and a band that holds {100 * BAND:.0f} % of such draws" if len(names) <= FEW else ""
    caption = (
        f"The best of k trials drawn from those of the method: the median{band}."
        f" Score: {tuned[0].measure}, on the seeds of tuning."
        " A trial that halving dropped counts with the seeds it had. A line begins where the median has a"
        " score. Compare methods at an equal number of trials."
    )
    wide, tall = room({name: name for name in names})
    figure = sheet(5.6 + wide, max(4.2, tall + 1.2), "What tuning brings", caption)
    axes, ends = figure.subplots(), {}
    looks = palette.looks({name: one.method for name, one in names.items()})
    scores = [row.score for one in names.values() for row in one.drawn if row.score is not None]
    _score_axis(axes, scores)
    for name, one in names.items():
        ends[name] = _curve(axes, one, looks[name], len(names) <= FEW)
    axes.set(xlabel="trials k", ylabel="best score")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    grid(axes)
    if not scores:
        empty(axes, "no trial has a score")
    order = sorted(names, key=lambda name: ends[name])
    bottom = axes.get_ylim()[0]
    heights = [height_of(axes, ends[name] if math.isfinite(ends[name]) else bottom) for name in order]
    ordered = {name: name for name in order}
    if len(names) > FEW:
        legend(figure, looks, ordered)
    else:
        name_lines(figure, axes, looks, ordered, heights)
    return figure


def _curve(axes: Axes, tuned: Tuned, look: palette.Look, banded: bool) -> float:
    """Draw one method's curve; return its last score with the sign of which less is better."""
    found = best_of(curve_values(tuned))
    sign = -1.0 if tuned.larger_is_better else 1.0
    k = np.arange(1, len(found.median) + 1)
    known = np.isfinite(found.median)
    high = np.where(np.isfinite(found.high), found.high, found.median.max(initial=0.0, where=known))
    if banded:
        low, high = sign * found.low[known], sign * high[known]
        axes.fill_between(k[known], low, high, color=look.color, alpha=0.12, lw=0)
    axes.plot(k[known], sign * found.median[known], lw=1.6, ms=5, markevery=0.2, **look.line)
    return float(sign * found.median[-1])


def _panel(axes: Axes, tuned: Tuned, name: str) -> None:
    scores = [value for row in tuned.trials for value in row.each if value is not None]
    _score_axis(axes, scores)
    most = max(row.seeds for row in tuned.trials)
    for row in tuned.drawn:
        _dot(axes, row, name, BLUE if row.seeds == most else PALE)
    best, given = tuned.best, tuned.trials[0]
    if best.drawn and best.score is not None:
        axes.plot(best.drawn[name], best.score, "o", ms=11, mfc="none", mec=VERMILLION, mew=1.6)
    if given.score is not None:
        axes.axhline(given.score, color=GREY, lw=1.0, ls=(0, (4, 2)), zorder=0)
    _option_axis(axes, name, _range(tuned, name))
    grid(axes)
    if not scores:
        empty(axes, "no trial has a score")


def _dot(axes: Axes, row: Row, name: str, color: str) -> None:
    value, known = row.drawn[name], [score for score in row.each if score is not None]
    if len(known) > 1:
        axes.plot([value, value], [min(known), max(known)], color=color, lw=1.0)
    if row.score is not None:
        axes.plot(value, row.score, "o", ms=4.5, color=color)
    else:
        axes.plot(value, 0.985, "x", ms=5, color=GREY, transform=axes.get_xaxis_transform(), clip_on=False)


def _range(tuned: Tuned, name: str) -> Range:
    """Return a range as it was kept; the type of its values is that of the trials."""
    kind = next((row.drawn[name] for row in tuned.drawn), 0.0)
    return read_range(name, tuned.ranges[name], kind)


def _option_axis(axes: Axes, name: str, values: Range) -> None:
    """Set the axis of an option on the scale of its range."""
    axes.set_xlabel(name)
    if isinstance(values, Choice):
        return
    assert isinstance(values, Interval)
    if values.scale == "log":
        logarithmic(axes.xaxis, values.low / 1.2, values.high * 1.2)
    elif values.scale == "complement":
        axes.set_xscale("function", functions=(_distance, _distance_back))
        ends = np.geomspace(1 - values.low, 1 - values.high, 4)
        axes.set_xticks(1 - ends, [number(1 - end, 4) for end in ends])
        axes.set_xlim(1 - (1 - values.low) * 1.2, 1 - (1 - values.high) / 1.2)
    else:
        margin = 0.05 * (values.high - values.low)
        axes.set_xlim(values.low - margin, values.high + margin)


def _distance(x: np.ndarray) -> np.ndarray:
    """Return -log(1 - x), the scale of numbers near 1."""
    return -np.log(np.maximum(1 - np.asarray(x, dtype=float), 1e-12))


def _distance_back(x: np.ndarray) -> np.ndarray:
    return 1 - np.exp(-np.asarray(x, dtype=float))


def _score_axis(axes: Axes, scores: Sequence[float]) -> None:
    """Set a logarithmic axis of scores if they are positive and far apart."""
    if scores and min(scores) > 0 and max(scores) / min(scores) > SPAN:
        logarithmic(axes.yaxis, min(scores) / 1.3, max(scores) * 1.3)
    else:
        axes.yaxis.set_major_formatter(ticks())
