"""The probability that a run of one method is better than a run of another."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import norm

from .bootstrap import MANY, RESAMPLES, Estimate, percentile_interval
from .few import FEWEST, too_few
from .samples import check_share, strata

NEARLY = 1e-12  # how close to 0 and 1 an end of the interval is searched


def probability_of_improvement(
    a: Iterable[ArrayLike],
    b: Iterable[ArrayLike],
    larger_is_better: bool = False,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Return P(a run of A is better than one of B on the same problem), ties 1/2, averaged over problems.

    For each problem it is Mann and Whitney's U divided by the number of pairs of runs. `a` and `b` are
    (seeds,), (problems, seeds), or one array per problem. For several problems with ten or more seeds each
    the interval is a bootstrap that resamples the seeds of A and of B independently within each problem
    (Agarwal et al., 2021). Otherwise it is the score interval of Newcombe (2006), the analogue of Wilson's
    interval for pairs of runs, which has a width even if all runs of A win. Raises ValueError if A and B have
    different numbers of problems.

    >>> print(probability_of_improvement([1, 2, 3], [4, 5, 6]))
    1 [0.501, 1]
    """
    check_share(level, "level")
    runs_a, runs_b = strata(a, "A"), strata(b, "B")
    if len(runs_a) != len(runs_b):
        raise ValueError(f"A has {len(runs_a)} problems and B {len(runs_b)}: give the same problems of both")
    sign = -1 if larger_is_better else 1
    better = [_better(sign * x, sign * y) for x, y in zip(runs_a, runs_b, strict=True)]
    value = float(np.mean([pairs.mean() for pairs in better]))
    fewest = min(min(pairs.shape) for pairs in better)
    if fewest < FEWEST:
        return Estimate.alone(value, too_few(fewest))
    if fewest < MANY or len(better) == 1 or value in (0, 1):
        return score_interval(value, [pairs.shape for pairs in better], level)
    rng = np.random.default_rng(seed)
    drawn = np.mean([_resampled(pairs, resamples, rng) for pairs in better], axis=0)
    return percentile_interval(value, drawn, level)


def score_interval(value: float, sizes: Iterable[tuple[int, ...]], level: float = 0.95) -> Estimate:
    """Return all p with |value - p| <= z sqrt(V(p)), V the variance of U / (n m) (Newcombe, 2006, method 5).

    V(p) = p (1 - p) [1 + N (1 - p) / (2 - p) + N p / (1 + p)] / (n m), N = (n + m) / 2 - 1 (Hanley and
    McNeil, 1982, in their mean form). `sizes` are (n, m) of each problem; V is averaged over problems at one
    p, so the interval is conservative if p differs between problems. For n = m = 1 it is Wilson's.
    """
    shapes = list(sizes)
    z = float(norm.ppf((1 + level) / 2))

    def gap(p: float) -> float:
        spread = sum((1 + ((n + m) / 2 - 1) * ((1 - p) / (2 - p) + p / (1 + p))) / (n * m) for n, m in shapes)
        return (value - p) ** 2 - z * z * p * (1 - p) * spread / len(shapes) ** 2

    low = 0.0 if value <= 0 else float(brentq(gap, 0.0, min(value, 1 - NEARLY)))
    high = 1.0 if value >= 1 else float(brentq(gap, max(value, NEARLY), 1.0))
    return Estimate(value, low, high)


def _better(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return (n, m): 1 where a run of a (n,) is below one of b (m,), 1/2 where they tie, else 0."""
    return (a[:, None] < b) + 0.5 * (a[:, None] == b)


def _resampled(pairs: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Return the means of pairs (n, m) after redrawing n - 1 rows and m - 1 columns, (resamples,)."""
    rows, columns = (rng.multinomial(k - 1, np.full(k, 1 / k), size=resamples) / (k - 1) for k in pairs.shape)
    return np.asarray((rows @ pairs * columns).sum(axis=1))
