"""The columns of a run's history: the trained loss, each metric, and the looks at held-out data."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from ..evaluation.definitions import HELDOUT, METRICS
from ..evaluation.own import among, brief
from ..experiments.noise_regime import draws_epochs
from ..plugins import is_own
from ..registry import lookup
from ..text import listed
from .moments import COSTS, traced

Columns = Mapping[str, np.ndarray]  # (rows,) each
LOSS = "best loss so far"
CURVES = {"loss": LOSS, "max_pixel_error": "wrong pixels of the worst image"} | {
    name: f"{name} of the best vector so far" for name in METRICS if name != "max_pixel_error"
}
CURVES |= {name: f"{name} of held-out images" for name in HELDOUT}  # metrics that a curve may show


def curve_of(metric: str, columns: Iterable[str]) -> tuple[str, str]:
    """Return the name of a metric that a curve may show, one of one's own with its version, and its words.

    Raises ValueError with a suggestion for any other.
    """
    if is_own(metric):
        return among(metric, [*columns]), f"{brief(metric)} of the best vector so far"
    return metric, lookup("metric", metric, CURVES)


EPOCHS = "epochs"
AXES = COSTS | {EPOCHS: "epochs"}  # costs that an axis may show; an epoch is an iteration of some methods


def counted_by(cost: str) -> str:
    """Return the recorded cost of an axis: epochs are recorded as iterations."""
    return "iterations" if cost == EPOCHS else cost


def check_epochs(methods: Iterable[tuple[str, str]]) -> None:
    """Raise ValueError if the iterations of a method are not epochs; each comes with its source or none."""
    pairs = {(name, None if source == "none" else source) for name, source in methods}
    if others := sorted({name for name, source in pairs if not draws_epochs(name, source)}):
        raise ValueError(f"`cost` epochs: iterations of {listed(others)} are not epochs; choose iterations")


def curve(trace: Columns, metric: str, cost: str, pixels: int, heldout: Callable[[], Columns]) -> np.ndarray:
    """Return the evaluations, cost and metric of a run at each moment when it was measured, (3, rows).

    `heldout` reads the looks at held-out data; their costs are those of the trace at the same iterations.
    """
    spent = [np.asarray(trace[name], dtype=float) for name in ("evaluations", traced(counted_by(cost)))]
    if metric in HELDOUT:
        looks = heldout()
        at, when = np.asarray(looks.get("iteration", []), dtype=float), np.asarray(trace["iteration"], float)
        spent = [np.interp(at, when, column) for column in spent]
        value = np.asarray(looks.get(metric, []), dtype=float)
    else:
        value = column_of(trace, metric, pixels)
    measured = ~np.isnan(value) & np.isfinite(spent[1])
    return np.array([*spent, value]) if measured.all() else np.array([*spent, value])[:, measured]


def column_of(trace: Columns, metric: str, pixels: int) -> np.ndarray:
    """Return a metric at each row of the trace (rows,), nan where it was not measured."""
    if metric == "squared_error":
        return 2 * column_of(trace, "half_sse", pixels)
    if metric == "mse":
        return 2 * column_of(trace, "half_sse", pixels) / pixels
    column = trace.get("best" if metric == "loss" else metric)
    return np.full(len(trace["best"]), np.nan) if column is None else np.asarray(column, dtype=float)
