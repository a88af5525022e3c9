"""Statistics of things that share parts, such as sets of letters or pairs of methods."""

import math
from collections.abc import Collection, Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata, t

from .bootstrap import Estimate
from .samples import check_share, sample


def rank_correlation(
    x: ArrayLike, y: ArrayLike, parts: Sequence[Collection[Hashable]], level: float = 0.95
) -> Estimate:
    """Return Spearman's correlation of x and y (n,) over things made of `parts`, with a jackknife interval.

    Sets that share letters are not independent, so the letters are the sample. Each letter in turn is left
    out with every set that contains it (Arvesen, 1969, for U-statistics), and the interval is Student's t on
    Fisher's z with parts - 1 degrees of freedom. Each set is left out once for each of its letters, so the
    variation between sets counts several times and the interval is conservative. Raises ValueError if the
    lengths differ or there are fewer than three parts.
    """
    check_share(level, "level")
    x, y = sample(x, "x"), sample(y, "y")
    if not len(x) == len(y) == len(parts):
        raise ValueError(f"{len(x)} x, {len(y)} y and {len(parts)} sets of parts: give as many of each")
    names = sorted({part for one in parts for part in one}, key=str)
    if len(names) < 3:
        raise ValueError(f"{len(names)} parts: leaving out one in turn takes three")
    kept = [np.array([name not in one for one in parts]) for name in names]
    value, without = _spearman(x, y), np.array([_spearman(x[keep], y[keep]) for keep in kept])
    if not (np.abs([value, *without]) < 1).all():
        return Estimate.alone(value, "too few or too equal sets without one of the parts: no interval")
    z = np.arctanh(without)
    n = len(names)
    half = float(t.ppf((1 + level) / 2, n - 1)) * math.sqrt((n - 1) / n * ((z - z.mean()) ** 2).sum())
    middle = math.atanh(value)
    return Estimate(value, math.tanh(middle - half), math.tanh(middle + half))


def _spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Return Pearson's correlation of the ranks; nan if x or y is constant."""
    u, v = (rankdata(values) - (len(values) + 1) / 2 for values in (x, y))
    scale = math.sqrt(float(u @ u) * float(v @ v))
    return float(u @ v) / scale if scale else math.nan
