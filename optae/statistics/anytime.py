"""Evidence that may be looked at after every observation, and stopped at any of them.

An e-process is a non-negative supermartingale with start 1 under its hypothesis, so it ever reaches 1 / alpha
with probability at most alpha (Ville, 1939; Shafer, 2021; Vovk & Wang, 2021). That holds at whatever moment
one looks, which no p-value of a fixed number of observations allows.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincc, betaln, logsumexp

from .samples import check_share


def log_evidence(wins: ArrayLike, losses: ArrayLike) -> np.ndarray:
    """Return the log of the e-value against "a trial is won with probability at most 1/2".

    `wins` and `losses` (...) count the trials so far. The e-process is the mean over p, uniform on (1/2, 1),
    of the likelihood ratio of p and 1/2: with k wins in n trials it is
    2^(n + 1) B(k + 1, n - k + 1) (1 - I_1/2(k + 1, n - k + 1)).

    >>> bool(np.exp(log_evidence(7, 0)) > 20), float(log_evidence(0, 0))
    (True, 0.0)
    """
    k, lost = np.asarray(wins, dtype=float), np.asarray(losses, dtype=float)
    with np.errstate(divide="ignore"):
        tail = np.log(betaincc(k + 1, lost + 1, 0.5))
    return np.asarray((k + lost + 1) * math.log(2) + betaln(k + 1, lost + 1) + tail)


def log_mean(log_values: ArrayLike, axis: int | None = None) -> np.ndarray:
    """Return the log of the mean of values given by their logs (...); a mean of e-values is an e-value."""
    values = np.asarray(log_values, dtype=float)
    many = values.size if axis is None else values.shape[axis]
    return np.asarray(logsumexp(values, axis=axis) - math.log(many))


def median_bounds(x: ArrayLike, alpha: float) -> tuple[float, float]:
    """Return bounds of the median of x (n,), which may hold infinities, that hold at every n at once.

    The probability that the median of the distribution is ever outside is at most alpha: a bound moves
    inwards when an e-process on the signs of x - bound, or its mirror, reaches 2 / alpha (Howard & Ramdas,
    2022, have the general case). Both are infinite as long as there is too little evidence.
    """
    check_share(alpha, "alpha")
    x, low, high = np.asarray(x, dtype=float), -math.inf, math.inf
    for n in range(1, len(x) + 1):
        ordered = np.sort(x[:n])
        needed = _needed(n, alpha)
        if needed is not None:
            low, high = max(low, float(ordered[n - needed])), min(high, float(ordered[needed - 1]))
    return low, high


@lru_cache(maxsize=4096)
def _needed(n: int, alpha: float) -> int | None:
    """Return the fewest wins of n trials whose evidence reaches 2 / alpha, or None if n wins do not."""
    wins = np.arange(n // 2, n + 1)
    enough = wins[log_evidence(wins, n - wins) >= math.log(2 / alpha)]
    return int(enough[0]) if len(enough) else None
