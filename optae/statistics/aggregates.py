"""Many runs in a few numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bootstrap import RESAMPLES, Estimate, percentile_interval
from .samples import check_share, quantiles, strata


@dataclass(frozen=True)
class Summary:
    """The runs of all problems together; quartiles are linear between order statistics."""

    runs: int
    median: float
    lower_quartile: float
    upper_quartile: float
    best: float
    worst: float
    iqm: Estimate


def iqm(scores: Iterable[Any], level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0) -> Estimate:
    """The interquartile mean of all runs, with a stratified bootstrap interval (Agarwal et al., 2021).

    `scores` are (seeds,), (problems, seeds), or one array per problem, on scales that may be pooled. The
    mean leaves out floor(n / 4) runs at either end, as SciPy's `trim_mean` does: none of fewer than four.
    Seeds are resampled within a problem; one seed everywhere gives no interval. Raises ValueError for scores
    that are none, nan, or infinite both ways.

    >>> print(iqm([5, 8, 4, 38, 8, 6, 9, 7, 7, 3, 1, 6]))
    6.5 [4.667, 8]
    """
    check_share(level, "level")
    problems = strata(scores)
    value = float(middle_mean(np.concatenate(problems)))
    if max(map(len, problems)) == 1:
        return Estimate.alone(value)
    rng = np.random.default_rng(seed)
    drawn = [runs[rng.integers(len(runs), size=(resamples, len(runs)))] for runs in problems]
    return percentile_interval(value, middle_mean(np.concatenate(drawn, axis=1)), level)


def summarise(
    scores: Iterable[Any],
    larger_is_better: bool = False,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Summary:
    """Median, quartiles, best, worst and interquartile mean of scores as `iqm` takes them."""
    problems = strata(scores)
    runs = np.concatenate(problems)
    ends = float(runs.min()), float(runs.max())
    best, worst = reversed(ends) if larger_is_better else ends
    low, median, high = (float(quantiles(runs, q)) for q in (0.25, 0.5, 0.75))
    return Summary(len(runs), median, low, high, best, worst, iqm(problems, level, resamples, seed))


def middle_mean(runs: np.ndarray) -> np.ndarray:
    """The 25 % trimmed mean along the last axis, (..., n) to (...)."""
    cut = runs.shape[-1] // 4
    return np.asarray(np.sort(runs, axis=-1)[..., cut : runs.shape[-1] - cut].mean(axis=-1))
