"""Convergence curves: the loss or a metric of each method by cost, with the spread over seeds."""

from collections.abc import Callable, Iterable
from math import ceil
from typing import NamedTuple, Unpack

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame

from ...comparison.curves import LOSS, curve_of
from ...comparison.scores import COUNTS
from ...comparison.series import Comparison, How, StoredCell, read
from ...evaluation.metrics import larger_is_better
from ...registry import lookup
from ...statistics import Band, band, common_grid, mean_band, quantiles
from ...text import counted, grouped, listed
from ..curves import FAR, WIDE, ticks
from ..medium import current
from ..palette import Look
from ..style import STYLE, sheet, wrapped
from .bands import curve, end, take_overs
from .lines import after_start, empty, grid, logarithmic, span_of
from .looks import marks
from .names import FEW, coloured, legend, name_lines, others, room

MOST_PANELS = 12
PANEL, LEAST = 4.1, 3.4  # inches of one of several panels, and the least
FLOOR = 1e-12  # share of the highest loss below which the axis ends
Known = dict[str, list[tuple[np.ndarray, np.ndarray]]]


class Spread(NamedTuple):
    """How runs are summarised at each cost and at their ends."""

    band: Callable[[list[tuple[np.ndarray, np.ndarray]], np.ndarray], Band]
    middle: Callable[[np.ndarray], float]
    line: str
    edges: str


SPREADS = {
    "quartiles": Spread(band, lambda values: float(quantiles(values, 0.5)), "median", "quartiles"),
    "sd": Spread(
        mean_band, lambda values: float(values.mean()), "mean", "a standard deviation (n - 1) to either side"
    ),
}


@rc_context(STYLE)
def convergence(
    frame: DataFrame,
    cost: str = "operations",
    metric: str = "loss",
    spread: str = "quartiles",
    **how: Unpack[How],
) -> Figure:
    """Draw the median and quartiles, or the mean and standard deviation, of every method, by problem.

    `metric` is one of `CURVES`, measured at the best vector so far; `spread` is one of `SPREADS`; `how` is as
    in `comparison.read`. Raises ValueError if the histories do not have the metric.
    """
    (metric, words), sums = curve_of(metric, frame), lookup("spread", spread, SPREADS)
    runs = read(frame, cost, **how)
    runs.check_loss(metric)
    shown = runs.problems[:MOST_PANELS]
    found = {problem: runs.histories(problem, metric) for problem in shown}
    _check_known(runs, found, metric)
    order = _ranked(runs, found, metric, sums)
    best, styles = {s: s for s in order[:FEW]}, coloured(runs, order[:FEW])
    wide = room(best)[0]
    if len(shown) > 1 and current().room < 2 * (PANEL + wide):
        wide = 0.0  # names go below, for panels to go side by side
    columns = current().columns(
        min(len(shown), 3 if len(shown) > 4 else 2), (PANEL if wide else LEAST) + wide
    )
    rows, each = ceil(len(shown) / columns), 5.6 if columns == 1 else PANEL
    each = min(each, current().room / columns - wide)
    title, caption = f"Convergence: {words}, by {runs.axis}", _caption(runs, words, order, len(shown), sums)
    figure = sheet(columns * (each + wide), rows * (3.9 if rows == 1 else 3.1) + 1.2, title, caption)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, problem in zip(panels, shown, strict=False):
        heading = f"{wrapped(problem, each - 0.3, 9.5, 2)}\n{_best(runs, problem, metric, each - 0.3)}"
        axes.set_title(heading.strip(), fontsize=9.5, loc="left")
        heights = _panel(axes, found[problem], order, runs, problem, metric, sums, styles)
        if wide:
            name_lines(figure, axes, styles, {s: s for s in heights}, list(heights.values()))
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    for axes in panels[::columns]:
        axes.set_ylabel(words)
    if not wide:
        legend(figure, styles, best)
    return figure


def _check_known(runs: Comparison, found: dict[str, Known], metric: str) -> None:
    """Raise ValueError if no history has the metric although some runs have a value."""
    if metric != "loss" and not any(found.values()) and any(not cell.dead for cell in runs.cells):
        raise ValueError(
            f"metric '{metric}' is not in these runs' histories: those of an older version hold the loss and"
            " max_pixel_error alone, and only variational models have held-out ones; choose another `metric`"
        )


def _ended(runs: Comparison, problem: str, metric: str) -> list[tuple[float, StoredCell]]:
    """Return the last value of each cell of a problem that has one."""
    found = [(runs.history(cell, metric), cell) for cell in runs.cells if cell.problem == problem]
    return [(float(history[1][-1]), cell) for history, cell in found if history is not None]


def _best(runs: Comparison, problem: str, metric: str, width: float) -> str:
    """Return the best run of a problem in words, empty if no run has a value."""
    sign = -1 if larger_is_better(metric) else 1
    ended = [(sign * value, cell) for value, cell in _ended(runs, problem, metric) if np.isfinite(value)]
    if not ended:
        return ""
    value, cell = min(ended, key=lambda pair: (pair[0], pair[1].series, pair[1].instance))
    return wrapped(f"best run {grouped(sign * value)}: {cell.series}, seed {cell.instance[1]}", width, 9.5, 2)


def _ranked(runs: Comparison, found: dict[str, Known], metric: str, sums: Spread) -> list[str]:
    """Return the series by their mean rank over problems at the end, those without a value last."""
    sign = -1 if larger_is_better(metric) else 1
    places: dict[str, list[int]] = {s: [] for s in runs.series}
    for known in found.values():
        last = {s: sign * sums.middle(np.array([h[1][-1] for h in known[s]])) for s in known}
        order = sorted(runs.series, key=lambda s: (s not in last, last.get(s, np.inf), s))
        for place, s in enumerate(order):
            places[s].append(place)
    return sorted(runs.series, key=lambda s: (np.mean(places[s]), s))


def _panel(
    axes: Axes, known: Known, order: list[str], runs: Comparison, problem: str, metric: str, sums: Spread,
    styles: dict[str, Look],
) -> dict[str, float]:  # fmt: skip
    """Draw the curves of one problem, the best on top; return the heights at which the best end."""
    axes.set_xlabel(runs.axis)
    grid(axes)
    everything = [h for all_of in known.values() for h in all_of]
    costs = after_start(everything)
    if not (costs > 0).any():
        empty(axes, "no run left a number")
        axes.set(xticks=[], yticks=[])
        return {}
    span = span_of(costs)
    logarithmic(axes.xaxis, *span)
    axes.xaxis.set_major_formatter(marks(runs))
    ends = [h[0][-1] for h in everything if h[0][-1] > 0]  # for lines to reach their markers
    x = np.union1d(common_grid([([span[0], span[1]], [0, 0])], 400, log=True), ends)
    bands = {s: _where(runs.seen(runs.of(problem, s), metric, x), sums.band(known[s], x)) for s in known}
    low = _heights(axes, everything, bands.values(), metric)
    heights = {}
    for k, s in enumerate(s for s in order if s in known):
        curve(axes, bands[s], known[s], styles[s], low, k)
        take_overs(axes, bands[s], runs.handovers(problem, s), styles[s], low)
        if styles[s].marker:
            heights[s] = end(axes, bands[s], styles[s], low)
    return heights


def _where(seen: np.ndarray, found: Band) -> Band:
    """Return the band, with a gap where most runs were not measured."""
    low, middle, high = (np.where(seen, part, np.nan) for part in (found.low, found.middle, found.high))
    return Band(found.x, low, middle, high, found.running)


def _heights(
    axes: Axes, everything: list[tuple[np.ndarray, np.ndarray]], bands: Iterable[Band], metric: str
) -> float:
    """Scale the vertical axis to hold all runs and bands; return the value below which nothing is drawn."""
    values = np.concatenate([h[1] for h in everything])
    edges = np.concatenate([edge for band in bands for edge in (band.low, band.high)])
    if (values[np.isfinite(values)] >= 0).all():
        edges = edges[edges > 0]  # a mean minus its deviation may be negative
    values = np.concatenate([values, edges])
    values = values[np.isfinite(values)].clip(-FAR, FAR)
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    if metric not in COUNTS and low >= 0 and high > WIDE * low and high > 0:
        positive = values[values > 0]
        low = max(float(positive.min()), FLOOR * high)
        logarithmic(axes.yaxis, low / (high / low) ** 0.06, high * (high / low) ** 0.06)
        return low
    pad = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    axes.set_ylim(low - pad, high + pad)
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=metric in COUNTS))
    axes.yaxis.set_major_formatter(ticks())
    return -FAR


def _caption(runs: Comparison, words: str, names: list[str], shown: int, sums: Spread) -> str:
    seeds = {len(runs.of(p, s)) for p in runs.problems for s in names} - {0}
    many = f"{min(seeds)} to {max(seeds)} seeds" if len(seeds) > 1 else counted(max(seeds), "seed")
    dead = sum(cell.dead for cell in runs.cells)
    rest = others(runs, {s: s for s in names}, {s: s for s in names[:FEW]})
    colours = f" In colour: the best {FEW} {runs.noun}s by the mean rank of their final {sums.line}s. {rest}"
    gaps = "" if words == LOSS else " There is no line where most of the runs were not looked at."
    several = any(runs.handovers(p, s) for p in runs.problems for s in names)
    bars = "; bars: where the next of several methods takes over, in the median" if several else ""
    text = (
        f"Lines: {sums.line} over {many} of the {words}, a step function of the {runs.axis}; a run that has "
        "stopped keeps its last value, and the line fades as fewer of the runs go on. Bands: "
        f"{sums.edges}. Markers: where each run ended{bars}.{colours if rest else ''}{gaps}"
    )
    failed = f"{counted(dead, 'run')} failed or refused, not drawn." if dead else ""
    more = len(runs.problems) - shown
    cut = f"{counted(more, 'problem')} not drawn: {listed(runs.problems[shown:], 3, 60)}." if more else ""
    return " ".join(filter(None, [text, failed, cut, runs.note]))
