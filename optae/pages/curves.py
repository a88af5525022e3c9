"""Prepare convergence curves for a chart: median and quartiles over seeds, on every cost axis."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..comparison.moments import COSTS
from ..comparison.series import Comparison, read
from ..comparison.targets import Histories
from ..figures.comparison.lines import after_start, span_of
from ..figures.palette import Look
from ..statistics import band
from ..tables.language import translated
from .page import Json

if TYPE_CHECKING:
    from pandas import DataFrame

POINTS = 90
MOST_PROBLEMS = 12
CAPTION = (
    "Medians over seeds of the best so far, with quartiles. A curve ends where its last run did. The best"
    " eight are shown at first, in the order of their last medians. Choose a name to hide or show it; drag in"
    " the chart to zoom, double-click to see all."
)
COLUMNS = {"best": "best loss so far", "max_pixel_error": "wrong pixels of the worst image so far"}


def charts(frame: "DataFrame", load: Histories, first: str = "seconds") -> tuple[dict[str, Json], list[str]]:
    """Return the curves for every cost, the shown one first, and problem; and why costs are missing."""
    found, notes = dict[str, Json](), list[str]()
    for cost, words in sorted(COSTS.items(), key=lambda item: item[0] != first):
        try:
            runs = read(frame, cost, load=load)
        except ValueError as error:
            notes.append(f"No curves by {cost}: {error}.")
            continue
        problems = {problem: _panel(runs, problem) for problem in runs.problems[:MOST_PROBLEMS]}
        found[cost] = {"words": translated(words), "problems": problems}
        if len(runs.problems) > MOST_PROBLEMS and cost == "evaluations":
            notes.append(f"Curves of the first {MOST_PROBLEMS} of {len(runs.problems)} problems.")
    return {"costs": found, "columns": _known(found), "caption": translated(CAPTION)}, notes


def _known(found: dict[str, Any]) -> dict[str, str]:
    """Return the columns that some run has a number of; the loss always."""
    panels = [panel for cost in found.values() for panel in cost["problems"].values()]
    return {
        name: translated(said)
        for name, said in COLUMNS.items()
        if name == "best" or any(p[name]["x"] for p in panels)
    }


def rounded(values: np.ndarray) -> list[float | None]:
    """Round each to five digits; infinite and NaN values become null.

    >>> rounded(np.array([1.2345678, np.inf]))
    [1.2346, None]
    """
    return [float(f"{v:.5g}") if math.isfinite(v) else None for v in values.tolist()]


def looks(found: dict[str, Look]) -> dict[str, dict[str, Json]]:
    """Return each series' colour and dashes (in pixels), the same as in the pictures."""
    return {
        name: {"color": look.color, "dash": [] if look.dash == "-" else [2 * part for part in look.dash[1]]}
        for name, look in found.items()
    }


def _panel(runs: Comparison, problem: str) -> dict[str, Json]:
    """Return the curves of one problem: for each column a shared x, and low, middle and high by series."""
    return {column: _curves(runs, problem, column) for column in COLUMNS}


def _curves(runs: Comparison, problem: str, column: str) -> dict[str, Json]:
    metric = "loss" if column == "best" else column
    known = runs.histories(problem, metric)
    above = after_start(curve for curves in known.values() for curve in curves)
    if not (above > 0).any():
        return {"x": [], "series": {}}
    x = np.geomspace(*span_of(above), POINTS)
    series = {s: _band(seeds, x, runs.seen(runs.of(problem, s), metric, x)) for s, seeds in known.items()}
    return {"x": rounded(x), "series": series}


def _band(histories: list[tuple[np.ndarray, np.ndarray]], x: np.ndarray, seen: np.ndarray) -> dict[str, Json]:
    """Return the median and quartiles up to the end of the longest run, where the metric was measured."""
    found = band(histories, x)
    alive = (found.running > 0) & seen
    parts = {"middle": found.middle} | ({"low": found.low, "high": found.high} if len(histories) > 1 else {})
    return {name: rounded(np.where(alive, part, math.nan)) for name, part in parts.items()}
