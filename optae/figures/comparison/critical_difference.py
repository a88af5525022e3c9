"""The critical-difference diagram: average ranks, and groups of methods without significant difference."""

import math
from collections.abc import Callable, Sequence
from typing import Unpack

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from ...comparison.complete import CompleteTable, tabulate
from ...comparison.scores import or_worst
from ...comparison.series import How, read
from ...comparison.yardstick import Yardstick
from ...evaluation.metrics import Target
from ...statistics import Ranking, friedman
from ...text import counted, grouped
from ..medium import current
from ..palette import Look
from ..style import GREY, INK, STYLE, canvas, inked, short
from .looks import looks
from .names import NAME

WIDE, LEAST = 5.4, 1.0  # inches of the axis of ranks, and the least on a narrow page
ROW, BAR = 0.235, 0.13  # inches between two names, and between two bars
MOST_BARS = 24
ARM = 0.3  # inches from a name to the end of the axis
HEAD = 0.5
LETTER = 0.25  # inches between the numbers of two ranks


@rc_context(STYLE)
def critical_difference(
    frame: DataFrame,
    metric: str = "loss",
    alpha: float = 0.05,
    posthoc: str = "wilcoxon-holm",
    target: str | Target | None = None,
    **how: Unpack[How],
) -> Figure:
    """Draw average ranks over problems, and bars that join methods without significant difference.

    A cost (seconds, operations, ...) is that until `target`. Seeds are averaged first: metrics by their mean,
    costs, which may be infinite, by their median. The diagram is that of Demsar (2006).

    Raises ValueError for fewer than two problems or methods, and as `comparison.read` does.
    """
    by = Yardstick.named(metric, target, frame)
    runs = read(frame, by.cost, **how)
    runs.check_loss(by.word)
    table = tabulate(runs, by.measured(runs))
    means, seeds = _by_problem(table, by)
    ranking = friedman(means, by.larger, alpha, posthoc)
    order = np.argsort(ranking.ranks, kind="stable").tolist()
    names = [f"{short(table.series[i], NAME)}  {ranking.ranks[i]:.2f}" for i in order]
    margin = max(inked(name, 9.5) for name in names) / 72 + ARM + 0.25
    wide = max(LEAST, min(WIDE, current().room - 2 * margin))
    half = math.ceil(len(order) / 2)
    bars = ranking.groups[:MOST_BARS]
    below = HEAD + 0.15 + BAR * len(bars) + 0.15
    words = _caption(ranking, table, by, seeds, posthoc, runs.noun), table.note, runs.note
    caption = " ".join(filter(None, words))
    figure, axes = canvas(wide + 2 * margin, below + ROW * half + 0.1, f"Average ranks by {by}", caption)
    at = _axis(axes, len(order), margin, wide)
    for k, group in enumerate(bars):
        _bar(axes, [at(ranking.ranks[i]) for i in group], HEAD + 0.15 + BAR * (k + 0.5))
    styles = looks(runs)
    for k, i in enumerate(order):
        row = k if k < half else len(order) - 1 - k
        side = -1 if k < half else 1
        look = styles[table.series[i]]
        end = margin - ARM if side < 0 else margin + wide + ARM
        _method(axes, at(ranking.ranks[i]), below + ROW * row, side, end, names[k], look)
    return figure


def _by_problem(table: CompleteTable, by: Yardstick) -> tuple[np.ndarray, str]:
    """Return the mean or median over seeds, (problems, methods), and in words what was averaged."""
    problems = sorted({problem for problem, _ in table.instances})
    rows = [[i for i, (p, _) in enumerate(table.instances) if p == problem] for problem in problems]
    counts = sorted({len(row) for row in rows})
    seeds = counted(counts[0], "seed") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} seeds"
    values = or_worst(table.values, by.larger)
    middle, word = (np.mean, "mean") if by.target is None else (np.median, "median")
    return np.array([middle(values[row], axis=0) for row in rows]), f"{word} over {seeds}"


def _axis(axes: Axes, methods: int, margin: float, wide: float) -> Callable[[float], float]:
    """Draw the axis of ranks, 1 at the left, and return a function from a rank to its position."""

    def at(rank: float) -> float:
        return float(margin + wide * (rank - 1) / (methods - 1))

    axes.plot([margin, margin + wide], [HEAD, HEAD], color=INK, lw=1)
    step = max(1, round(methods / 13), round(LETTER * (methods - 1) / wide))
    for rank in range(1, methods + 1):
        long = (rank - 1) % step == 0
        axes.plot([at(rank)] * 2, [HEAD, HEAD - (0.08 if long else 0.04)], color=INK, lw=0.8)
        if long:
            axes.text(at(rank), HEAD - 0.12, str(rank), ha="center", va="bottom", fontsize=9)
    axes.text(
        margin, HEAD - 0.36, "average rank, 1 is best", ha="left", va="bottom", fontsize=8.5, color=GREY
    )
    return at


def _bar(axes: Axes, x: Sequence[float], y: float) -> None:
    """Draw the bar of a group, with dots at its members, since it may skip a rank in between."""
    axes.plot([min(x) - 0.05, max(x) + 0.05], [y, y], color=GREY, lw=3, solid_capstyle="butt", zorder=2)
    axes.plot(x, [y] * len(x), "o", ms=4.5, color=INK, mec="white", mew=0.6, zorder=3)


def _method(axes: Axes, x: float, y: float, side: int, end: float, name: str, look: Look) -> None:
    """Draw a method's line, down from its rank and sideways to its name."""
    axes.plot([x, x, end], [HEAD, y, y], color=look.color, lw=1, zorder=1)
    axes.plot(x, HEAD, ms=5.5, zorder=4, **look.dot)
    axes.plot(end, y, ms=5.5, zorder=4, **look.dot)
    axes.text(end + side * 0.1, y, name, ha="right" if side < 0 else "left", va="center", fontsize=9.5)


def _caption(r: Ranking, table: CompleteTable, by: Yardstick, seeds: str, posthoc: str, noun: str) -> str:
    tests = {
        "wilcoxon-holm": "Wilcoxon's signed-rank test with Holm's correction",
        "nemenyi": "Nemenyi's test",
    }
    many = counted(len(table.series), noun)
    direction = "larger is better" if by.larger else "smaller is better"
    text = (
        f"Critical-difference diagram (Demšar, 2006): {many} ranked by {by} "
        f"({direction}; no result ranks last) on {counted(r.problems, 'problem')}, the sample, "
        f"after the {seeds}. Friedman's test by Iman and Davenport's F: F = {grouped(r.f)}, "
        f"p = {r.f_p:.2g}. A bar joins {noun}s, its dots, that {tests[posthoc]} does not tell apart at "
        f"{r.alpha:g}."
    )
    note = f"{r.note[0].upper()}{r.note[1:]}." if r.note else ""
    more = len(r.groups) - MOST_BARS
    return " ".join(filter(None, [text, note, f"{counted(more, 'bar')} not drawn." if more > 0 else ""]))
