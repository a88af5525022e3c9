"""Summaries of many runs: the interquartile mean, the median and quartiles."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from . import few
from .bootstrap import MANY, RESAMPLES, Estimate, percentile_interval, redrawn
from .samples import check_share, quantiles, strata


@dataclass(frozen=True)
class Summary:
    """Summary of the runs of all problems together; quartiles are linear between order statistics."""

    runs: int
    median: float
    lower_quartile: float
    upper_quartile: float
    best: float
    worst: float
    iqm: Estimate


def iqm(
    scores: Iterable[ArrayLike], level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """Return the interquartile mean of all runs with its interval (Agarwal et al., 2021).

    `scores` are (seeds,), (problems, seeds), or one array per problem, on scales that may be pooled. The
    mean leaves out floor(n / 4) runs at either end, as SciPy's `trim_mean` does. With ten or more seeds for
    each problem the interval is a stratified bootstrap, with seeds resampled within a problem. With three to
    nine seeds of one problem it is the interval of `few.median`, which covers the interquartile mean as well
    as the median. Otherwise there is no interval, and the note says why. Raises ValueError if there are no
    scores, or if they hold a nan or infinities of both signs.

    >>> print(iqm([5, 8, 4, 38, 8, 6, 9, 7, 7, 3, 1, 6]))
    6.5 [4.714, 11.57]
    """
    check_share(level, "level")
    problems = strata(scores)
    runs, fewest = np.concatenate(problems), min(map(len, problems))
    value = float(middle_mean(runs))
    if fewest >= MANY:
        rng = np.random.default_rng(seed)
        drawn = [redrawn(problem, resamples, rng) for problem in problems]
        return percentile_interval(value, middle_mean(np.concatenate(drawn, axis=1)), level)
    if len(problems) == 1:
        return few.interval(value, np.sort(runs), level)
    return Estimate.alone(value, f"fewer than {MANY} seeds of a problem: no interval")


def summarise(
    scores: Iterable[ArrayLike],
    larger_is_better: bool = False,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Summary:
    """Return the median, quartiles, best, worst and interquartile mean of scores as `iqm` takes them."""
    problems = strata(scores)
    runs = np.concatenate(problems)
    ends = float(runs.min()), float(runs.max())
    best, worst = reversed(ends) if larger_is_better else ends
    low, median, high = (float(quantiles(runs, q)) for q in (0.25, 0.5, 0.75))
    return Summary(len(runs), median, low, high, best, worst, iqm(problems, level, resamples, seed))


def middle_mean(runs: np.ndarray) -> np.ndarray:
    """Return the 25 % trimmed mean along the last axis, (..., n) to (...)."""
    cut = runs.shape[-1] // 4
    return np.asarray(np.sort(runs, axis=-1)[..., cut : runs.shape[-1] - cut].mean(axis=-1))
