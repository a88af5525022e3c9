"""What runs are compared by, and how a run counts that came to no number."""

import math

import numpy as np

from ..evaluation.metrics import HELDOUT, METRICS
from ..registry import lookup

TIMES = ("seconds", "compile_seconds", "processor_seconds")
SCORES = {
    "value": "the trained loss by the referee",
    "start": "the trained loss at the start",
    **dict.fromkeys(METRICS, ""),
    **HELDOUT,
    "seconds": "seconds of solving",
    "compile_seconds": "seconds of compiling",
    "processor_seconds": "processor seconds of solving",
    "evaluations": "evaluations on all the data",
    "operations": "operations with matrices",
    "iterations": "iterations of the method's own",
}
RESULTS = {"loss": "value", **{name: name for name in METRICS}}  # what pictures show: each one's column


def check_score(metric: str) -> None:
    """Raise ValueError with a suggestion unless the metric is one of `SCORES`."""
    lookup("metric", metric, SCORES)


def or_worst(values: np.ndarray, larger: bool) -> np.ndarray:
    """The values, with the worst there is in place of whatever is not finite: such a run has lost."""
    return np.where(np.isfinite(values), values, worst(larger))


def worst(larger: bool) -> float:
    """The worst value of a metric of which more, or less, is better."""
    return -math.inf if larger else math.inf


def median(x: np.ndarray) -> float:
    """The mean of the two in the middle, (n,) to a number; infinities of one sign may be among them."""
    ordered = np.sort(x)
    return float(ordered[(len(x) - 1) // 2] + ordered[len(x) // 2]) / 2
