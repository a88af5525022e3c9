"""How many runs reach a target, and how soon; a run that misses it has an infinite time."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest

from .bootstrap import Estimate
from .samples import check_share, history, sample


class Steps(NamedTuple):
    """A step function: 0 before x[0], then `share[i]` from x[i] on. Both are (steps,) and may be empty."""

    x: np.ndarray
    share: np.ndarray

    def at(self, x: ArrayLike) -> np.ndarray:
        """Return the values at any x.

        >>> ecdf([3, 1, 1, np.inf]).at([0, 1, 2, 3, 9]).tolist()
        [0.0, 0.5, 0.5, 0.75, 0.75]
        """
        return np.concatenate([[0.0], self.share])[np.searchsorted(self.x, x, side="right")]


def time_to_target(x: ArrayLike, best: ArrayLike, target: float, larger_is_better: bool = False) -> float:
    """Return the first cost x (rows,) at which `best` (rows,) meets the target; inf if it never does.

    Rows whose value is nan (not measured) are skipped. Raises ValueError for a malformed history.

    >>> time_to_target([0, 10, 20], [5, 2, 1], target=2), time_to_target([0, 10], [5, 2], target=1)
    (10.0, inf)
    """
    x, best = history(x, best)
    met = best >= target if larger_is_better else best <= target
    return float(x[met.argmax()]) if met.any() else math.inf


def success_rate(hits: ArrayLike, level: float = 0.95) -> Estimate:
    """Return the share of runs (n,) that hit the target, with the score interval (Wilson, 1927).

    Raises ValueError unless every hit is True or False.

    >>> print(success_rate([True] * 8 + [False] * 2))
    0.8 [0.4902, 0.9433]
    """
    check_share(level, "level")
    hit = _hits(hits)
    ends = binomtest(int(hit.sum()), hit.size).proportion_ci(level, method="wilson")
    share = float(hit.mean())
    return Estimate(share, min(share, float(ends.low)), max(share, float(ends.high)))


def ert(costs: ArrayLike, hits: ArrayLike) -> float:
    """Return the expected running time: the sum of all costs over the number of hits (Hansen et al., 2016).

    `costs` (n,) are what each run spent until it hit the target or stopped, failed runs included. It equals
    the mean cost of a hit plus (1 - p) / p times that of a miss, p the success rate; inf if no run hits.
    Raises ValueError for a cost below zero or infinite.

    >>> ert([100, 200, 300], [True, True, False])
    300.0
    """
    spent, hit = sample(costs, "costs"), _hits(hits)
    if spent.shape != hit.shape:
        raise ValueError(f"{spent.size} costs and {hit.size} hits: give as many of each")
    if not (np.isfinite(spent).all() and spent.min() >= 0):
        raise ValueError(f"a run costs {spent[~(spent >= 0) | np.isinf(spent)][0]:g}: give what it spent")
    return float(spent.sum() / hit.sum()) if hit.any() else math.inf


def ecdf(times: ArrayLike) -> Steps:
    """Return the share of all runs (n,) that reach the target by time x; misses have an infinite time."""
    t = sample(times, "times")
    x, counts = np.unique(t[t < math.inf], return_counts=True)
    return Steps(x, counts.cumsum() / len(t))


def _hits(hits: ArrayLike) -> np.ndarray:
    hit = sample(hits, "hits")
    if not np.isin(hit, (0, 1)).all():
        raise ValueError(f"a hit is True or False, not {hit[~np.isin(hit, (0, 1))][0]:g}")
    return hit.astype(bool)
