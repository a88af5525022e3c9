"""Performance profiles, data profiles, and the distribution of the cost to a target."""

import math
from collections.abc import Sequence
from typing import Unpack

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from pandas import DataFrame

from ... import statistics
from ...comparison.complete import CompleteTable, tabulate
from ...comparison.moments import COSTS
from ...comparison.series import Comparison, How, StoredCell, read
from ...evaluation.metrics import Target
from ...evaluation.pass_line import PASS_LINE
from ...statistics import Steps
from ...text import counted, grouped
from ..curves import ticks
from ..style import STYLE, sheet
from .lines import empty, logarithmic, shares, span_of, staircase
from .looks import marks
from .names import FEW, coloured, height_of, name_lines, others, room

UP_TO = 4.0  # where the integrated profile ends
MOST_RATIO = 1e4
AREA = 1000  # costs at which a line's height is averaged
LISTED = 4  # most problems whose f_L is listed


@rc_context(STYLE)
def profile(
    frame: DataFrame, cost: str = "operations", target: str | float = PASS_LINE, **how: Unpack[How]
) -> Figure:
    """Draw performance profiles (Dolan and More, 2002) of the cost to a target.

    `how` is as in `comparison.read`. An instance is a problem with one seed. Raises ValueError as `read`,
    and for an unknown target.
    """
    runs, goal = read(frame, cost, **how), Target.parse(str(target)).among([*frame])
    table = tabulate(runs, runs.until(goal))
    times = above_zero(table.values)
    scores = statistics.integrated_profile(times, UP_TO)
    ratios = statistics.ratios(times)
    caption = (
        f"Performance profile (Dolan and Moré, 2002): at ratio r, the share of {table.size} on which a "
        f"{runs.noun} needs at most r times the {runs.axis} of the fastest there to reach "
        f"{spoken(goal)}. A miss is infinite; {_solved(times, runs.noun)}. In brackets: the profile's mean "
        f"height up to r = {UP_TO:g}."
    )
    names = {s: f"{s} ({v:.2f})" for s, v in zip(table.series, scores, strict=True)}
    steps = dict(zip(table.series, statistics.performance_profile(times), strict=True))
    finite = ratios[np.isfinite(ratios)]
    end = 1.1 * min(MOST_RATIO, max(UP_TO, finite.max(initial=UP_TO)))
    order = sorted(table.series, key=lambda s: (-scores[table.series.index(s)], s))
    figure = _draw(runs, table, "Who is fastest, and how often", caption, steps, (1.0, end), order, names)
    axes = figure.axes[0]
    axes.axvline(UP_TO, color="#bbbbbb", lw=0.8, ls=":", zorder=1)
    axes.set(xlabel=f"r: {runs.axis}, over those of the fastest", ylabel="share of instances")
    axes.xaxis.set_major_formatter(ticks())
    return figure


@rc_context(STYLE)
def data_profile(frame: DataFrame, cost: str = "operations", tau: float = 1e-3, **how: Unpack[How]) -> Figure:
    """Draw data profiles (More and Wild, 2009): the share of instances solved to a tolerance, by cost.

    f_L is the lowest loss that any method reached on the problem with any seed. Raises ValueError as `read`
    does, and for a tolerance outside [0, 1).
    """
    runs = read(frame, cost, **how)
    runs.check_loss("loss")
    table, f_low = _costs_to_solve(runs, tau)
    if not np.isfinite(table.values).any():
        raise ValueError(f"no run comes within `tau` {tau:g} of the decrease: give a larger one")
    steps = dict(zip(table.series, statistics.data_profile(table.values), strict=True))
    caption = (
        f"Data profile (Moré and Wild, 2009): the share of {table.size} whose loss f fell to f_L + "
        f"{tau:g} (f_0 - f_L) within these {runs.axis}. f_0 is the start's loss; f_L the lowest that any "
        f"{runs.noun} reached on the problem with any seed, since the optimum of a network is unknown: "
        f"{_told(f_low)}. {_solved(table.values, runs.noun).capitalize()}. The cost is not divided by "
        "n + 1, as theirs is."
    )
    return _budgets(runs, table, f"What a budget solves (to {tau:g} of the decrease)", caption, steps)


@rc_context(STYLE)
def ecdf(
    frame: DataFrame, cost: str = "operations", target: str | float = PASS_LINE, **how: Unpack[How]
) -> Figure:
    """Draw the distribution of the cost to a target over all runs (misses: inf). Raises as `profile`."""
    runs, goal = read(frame, cost, **how), Target.parse(str(target)).among([*frame])
    table = tabulate(runs, runs.until(goal))
    steps = {s: statistics.ecdf(t) for s, t in zip(table.series, table.values.T, strict=True)}
    caption = (
        f"Empirical distribution of the {runs.axis} to {spoken(goal)}: the share of each {runs.noun}'s runs "
        f"on {table.size} that are there by then. Runs that never get there count as infinite. In brackets: "
        "how many of the runs got there."
    )
    return _budgets(runs, table, f"Who reaches {spoken(goal)}, and when", caption, steps)


def spoken(target: Target) -> str:
    """Return a target in words."""
    if target.metric == "max_pixel_error":
        most = "at most " if target.value > 0 else ""
        return f"{most}{counted(int(target.value), 'wrong pixel')} in the worst image"
    return f"a loss of {grouped(target.value)}"


def above_zero(times: np.ndarray) -> np.ndarray:
    """Return costs for ratios: a cost of 0, of a start that meets the target, becomes the least above 0."""
    known = times[np.isfinite(times) & (times > 0)]
    return np.where(times <= 0, known.min() if known.size else 1.0, times)


def _costs_to_solve(runs: Comparison, tau: float) -> tuple[CompleteTable, dict[str, float]]:
    """Return the costs of the convergence test, and f_L of every problem."""
    if not 0 <= tau < 1:
        raise ValueError(f"tau {tau:g}: give a share of the decrease, in [0, 1), such as 0.001")
    best: dict[str, list[float]] = {}
    starts: dict[tuple[str, int], float] = {}
    for cell in runs.cells:
        found = runs.history(cell)
        if found is not None:
            best.setdefault(cell.problem, []).append(float(found[1].min()))
            starts.setdefault(cell.instance, cell.number("start", float(found[1][0])))
    f_low = {problem: min(values) for problem, values in best.items()}

    def cost(cell: StoredCell) -> float:
        found = runs.history(cell)
        f_0, low = starts.get(cell.instance, math.inf), f_low.get(cell.problem, math.inf)
        if found is None or not low < f_0 < math.inf:
            return math.inf
        return statistics.time_to_target(*found, low + tau * (f_0 - low))

    return tabulate(runs, cost), f_low


def _told(f_low: dict[str, float]) -> str:
    if len(f_low) > LISTED:
        low, high = min(f_low.values()), max(f_low.values())
        return f"from {grouped(low)} to {grouped(high)} over the problems"
    told = "; ".join(f"{grouped(low)} on {problem}" for problem, low in sorted(f_low.items()))
    return told or "no run has one"


def _solved(times: np.ndarray, noun: str) -> str:
    missed = int(np.isinf(times).all(axis=1).sum())
    return f"each is solved by at least one {noun}" if not missed else f"{missed} of them no {noun} solves"


def _budgets(
    runs: Comparison, table: CompleteTable, title: str, caption: str, steps: dict[str, Steps]
) -> Figure:
    """Draw shares of instances over a logarithmic cost, ordered by the area below the lines.

    The area counts how many instances are reached as well as how soon.
    """
    times, hits, span = table.values, np.isfinite(table.values).sum(axis=0), span_of(table.values)
    area = {s: float(steps[s].at(np.geomspace(*span, AREA)).mean()) for s in table.series}
    names = {s: f"{s} ({hits[i]} of {len(times)})" for i, s in enumerate(table.series)}
    order = sorted(table.series, key=lambda s: (-area[s], s))
    caption += f" The {runs.noun} with the largest area below its line is first."
    figure = _draw(runs, table, title, caption, steps, span, order, names)
    figure.axes[0].set(xlabel=runs.axis, ylabel="share of instances")
    return figure


def _draw(
    runs: Comparison, table: CompleteTable, title: str, caption: str, steps: dict[str, Steps],
    span: tuple[float, float], order: Sequence[str], names: dict[str, str],
) -> Figure:  # fmt: skip
    """Draw the step functions of the series, the last one first, and their names."""
    ordered = {s: names[s] for s in order}
    best = {s: names[s] for s in order[:FEW] if len(order) <= FEW or (steps[s].at(span[1]) > 0)}
    notes = " ".join(filter(None, [caption, others(runs, ordered, best), table.note, runs.note]))
    figure = sheet(6.2 + room(best)[0], 5.0, title, notes)
    axes, styles = figure.subplots(), coloured(runs, list(best))
    logarithmic(axes.xaxis, *span)
    axes.xaxis.set_major_formatter(marks(runs))
    shares(axes, max(float(s.share[-1]) if len(s.share) else 0.0 for s in steps.values()))
    for k, s in enumerate(order):
        staircase(axes, steps[s], span, styles[s], (k, len(best)))
    if not any(len(s.x) for s in steps.values()):
        empty(axes, "no run gets there")
    name_lines(figure, axes, styles, best, [height_of(axes, float(steps[s].at(span[1]))) for s in best])
    return figure


__all__ = ["COSTS", "data_profile", "ecdf", "profile"]
