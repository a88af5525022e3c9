"""The best of k trials, from n that were run: how good a method is at a given number of trials."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import hypergeom

from .samples import check_share, sample

BAND = 0.8  # the share of draws between `low` and `high`


class BestOf(NamedTuple):
    """The least of k values drawn from n without replacement; each field is (n,), for k = 1 to n."""

    expected: np.ndarray  # inf if an infinite value may be the least
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray


def best_of(values: ArrayLike, band: float = BAND) -> BestOf:
    """Return the distribution of the best of k trials with these values (n,), smaller is better.

    A failed trial has the value inf. Every subset of k trials is equally likely, so the curves are unbiased
    (Tang et al., 2020), unlike those for draws with replacement (Dodge et al., 2019). `band` is the
    probability between `low` and `high`. Raises ValueError for a band outside (0, 1) or no values.

    >>> best_of([3, 1, 2]).expected.round(3).tolist()
    [2.0, 1.333, 1.0]
    """
    check_share(band, "band")
    ordered = np.sort(sample(values, "values"))
    n = len(ordered)
    rank, k = np.arange(1, n + 1), np.arange(1, n + 1)[:, None]
    above = hypergeom.pmf(0, n, rank, k)  # (k, rank): that none of the `rank` least is among the k
    below = 1 - above
    share = np.diff(below, axis=1, prepend=0.0)  # that the least has this rank
    share[share < SMALL] = 0.0  # so that an infinite value that cannot be the least adds nothing
    with np.errstate(invalid="ignore"):
        expected = np.where(share > 0, share * ordered, 0.0).sum(axis=1)
    quantiles = (ordered[(below >= q - SMALL).argmax(axis=1)] for q in (0.5, (1 - band) / 2, (1 + band) / 2))
    return BestOf(expected, *quantiles)


SMALL = 1e-12  # the rounding of a probability
