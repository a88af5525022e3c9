"""The metrics that runs are compared by, and how runs without a finite value count."""

import math

import numpy as np
import pandas as pd

from ..evaluation.definitions import HELDOUT, METRICS
from ..evaluation.own import HELDOUT as HELD
from ..evaluation.own import among, flags
from ..plugins import is_own
from ..registry import lookup

TIMES = ("seconds", "compile_seconds", "processor_seconds")
SCORES = {
    "value": "the trained loss by the referee",
    "start": "the trained loss at the start",
    "train_value": "the lowest loss of a run's training, on the noise that it was trained on",
    **{name: metric.meaning for name, metric in {**METRICS, **HELDOUT}.items()},
    "seconds": "seconds of solving",
    "compile_seconds": "seconds of compiling",
    "processor_seconds": "processor seconds of solving",
    "evaluations": "evaluations on all the data",
    "operations": "operations with matrices",
    "iterations": "iterations of the method",
    "restarts": "fresh starts inside a run",
}
PAGE_SCORES = {  # columns that `optae.pages.results` adds to a frame if a table of a spec names them
    "epoch_loss": "loss of the last epoch, the mean over its batches",
    "goal_reached": "whether an epoch's loss reached the goal",
    "epochs_to_goal": "epochs until an epoch's loss reached the goal",
    "seconds_to_goal": "seconds of solving until an epoch's loss reached the goal",
    "training_mse": "mse of the network on the noise that it was trained on",
    "training_half_sse": "half_sse of the network on the noise that it was trained on",
    "denoised_mse": "mse on fresh noise",
    "denoised_wrong": "wrong pixels a sample on fresh noise",
    "denoised_exact": "share of samples restored without a wrong pixel on fresh noise",
    "denoised_within_one": "share of samples restored with at most one wrong pixel on fresh noise",
    "denoised_recognised": "share of samples whose nearest clean one is right on fresh noise",
}
COUNTS = frozenset({"max_pixel_error", "exact", "within_one"})  # whole numbers
RESULTS = {"loss": "value", **{name: name for name in METRICS}}  # metrics of pictures, and their columns


def score_of(metric: str, frame: pd.DataFrame) -> str:
    """Return the column of a metric: one of `SCORES` or `PAGE_SCORES`, or one of one's own that was measured.

    Raises ValueError with a suggestion for any other, and for a metric that none of the runs has.
    """
    if is_own(metric):
        return among(metric, [*frame])
    lookup("metric", metric, SCORES | PAGE_SCORES)
    check_had(metric, frame)
    return metric


def check_had(metric: str, frame: pd.DataFrame) -> None:
    """Raise ValueError if none of the runs has this one of `SCORES`, though some ended with a number."""
    had = [name for name in SCORES if name in frame and frame[name].notna().any()]
    if metric in frame and metric in SCORES and "value" in had and metric not in had:
        raise ValueError(f"metric '{metric}': none of these runs has it; they have {', '.join(had)}")


def meaning(metric: str) -> str:
    """Return the meaning of a metric in words."""
    if is_own(metric):
        held = ", on held-out samples" if HELD in flags(metric) else ""
        return f"a metric of one's own{held}: {metric}"
    return (SCORES | PAGE_SCORES)[metric]


def or_worst(values: np.ndarray, larger: bool) -> np.ndarray:
    """Return the values with the worst possible one for any that is not finite: such a run has lost."""
    return np.where(np.isfinite(values), values, worst(larger))


def worst(larger: bool) -> float:
    """Return the worst possible value of a metric, given whether larger values are better."""
    return -math.inf if larger else math.inf


def median(x: np.ndarray) -> float:
    """Return the median of x (n,), which may hold infinities of one sign."""
    ordered = np.sort(x)
    return float(ordered[(len(x) - 1) // 2] + ordered[len(x) // 2]) / 2
