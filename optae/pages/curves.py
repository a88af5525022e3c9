"""Prepare convergence curves for a chart: median and quartiles over seeds, on every cost axis."""

import math
from typing import TYPE_CHECKING

import numpy as np

from ..comparison.moments import COSTS
from ..comparison.series import Comparison, read
from ..comparison.targets import Histories
from ..figures.comparison.lines import span_of
from ..figures.palette import Look
from ..statistics import band
from ..tables.language import translated
from .page import Json

if TYPE_CHECKING:
    from pandas import DataFrame

POINTS = 90
MOST_PROBLEMS = 12
COLUMNS = {"best": "best loss so far", "max_pixel_error": "wrong pixels of the worst image so far"}


def charts(frame: "DataFrame", load: Histories) -> tuple[dict[str, Json], list[str]]:
    """Return the curves for every cost and problem, and the reasons why costs are missing."""
    found, notes = dict[str, Json](), list[str]()
    for cost, words in COSTS.items():
        try:
            runs = read(frame, cost, load=load)
        except ValueError as error:
            notes.append(f"No curves by {cost}: {error}.")
            continue
        problems = {problem: _panel(runs, problem) for problem in runs.problems[:MOST_PROBLEMS]}
        found[cost] = {"words": translated(words), "problems": problems}
        if len(runs.problems) > MOST_PROBLEMS and cost == "evaluations":
            notes.append(f"Curves of the first {MOST_PROBLEMS} of {len(runs.problems)} problems.")
    return {"costs": found, "columns": {name: translated(words) for name, words in COLUMNS.items()}}, notes


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
    costs = [cost for all_of in known.values() for cost, _ in all_of]
    above = np.concatenate(costs) if costs else np.array([])
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
