"""The inputs of the statistics, strictly checked: samples, strata, tables and histories."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

BACKWARDS = 1e-6  # share of its span that a cost may step back by rounding


def sample(values: ArrayLike, name: str = "the sample") -> np.ndarray:
    """Return one value per run, (n,). Raises ValueError for no run, a nan, or infinities of both signs."""
    x = np.asarray(values, dtype=float)
    if x.ndim != 1:
        raise ValueError(f"{name} has shape {x.shape}: give one value per run")
    return _checked(x, name)


def table(values: ArrayLike, name: str) -> np.ndarray:
    """Return one row per problem and one column per method. Raises ValueError as `sample` does."""
    x = np.asarray(values, dtype=float)
    if x.ndim != 2:
        raise ValueError(f"{name} have shape {x.shape}: give one row per problem and one column per method")
    return _checked(x, name)


def strata(scores: Iterable[ArrayLike], name: str = "scores") -> list[np.ndarray]:
    """Return scores by problem, from (seeds,) for one problem, (problems, seeds), or one array per problem.

    Raises ValueError for a problem without seeds, and as `sample` does.

    >>> [len(problem) for problem in strata([[1, 2, 3], [4]])], len(strata([1, 2, 3]))
    ([3, 1], 1)
    """
    rows = list(scores)
    if not rows:
        raise ValueError(f"{name} is empty: give at least one problem with one run")
    if np.ndim(rows[0]) == 0:
        return [sample(np.asarray(rows), name)]
    return [sample(row, f"{name} of problem {i}") for i, row in enumerate(rows)]


def history(x: ArrayLike, best: ArrayLike, name: str = "the history") -> tuple[np.ndarray, np.ndarray]:
    """Return the cost and the best value so far, (rows,) each.

    Rows whose value is nan (not measured) are left out. Raises ValueError if the lengths differ, there
    are no rows, or a cost is not finite or decreases.
    """
    x, best = np.asarray(x, dtype=float), np.asarray(best, dtype=float)
    if x.ndim != 1 or x.shape != best.shape or not x.size:
        raise ValueError(
            f"{name} has {x.shape} costs and {best.shape} values: give as many of each, not none"
        )
    if not np.isfinite(x).all():
        raise ValueError(f"{name} has a cost of {x[~np.isfinite(x)][0]}: costs are finite")
    if (np.diff(x) < -BACKWARDS * np.abs(x).max()).any():
        raise ValueError(f"{name} has costs that go back: sort its rows by cost")
    known = ~np.isnan(best)
    return np.maximum.accumulate(x)[known], best[known]


def check_share(value: float, name: str) -> None:
    """Raise ValueError unless 0 < value < 1."""
    if not 0 < value < 1:
        raise ValueError(f"{name} {value:g}: give a number between 0 and 1, such as 0.95 or 0.05")


def quantiles(values: ArrayLike, q: float, axis: int = -1) -> np.ndarray:
    """Return the quantile at q in [0, 1] along an axis, linear between order statistics.

    Between a number and an infinity the quantile is that infinity. A nan, or infinities of both signs, give
    nan.

    >>> quantiles([1, 2, np.inf, np.inf], 0.5), quantiles([1, 2, 3, np.inf], 0.5)
    (array(inf), array(2.5))
    """
    x = np.asarray(values, dtype=float)
    below = np.quantile(x, q, axis=axis, method="lower")
    above = np.quantile(x, q, axis=axis, method="higher")
    share = (x.shape[axis] - 1) * q % 1
    step = np.subtract(above, below, out=np.zeros_like(below), where=above != below)
    with np.errstate(invalid="ignore"):
        between = np.where(np.isneginf(below) & np.isfinite(above), below, below + share * step)
    return np.asarray(np.where(step == 0, below, between))


def _checked(x: np.ndarray, name: str) -> np.ndarray:
    if not x.size:
        raise ValueError(f"{name} is empty: give at least one run")
    if np.isnan(x).any():
        raise ValueError(f"{name} holds a nan: leave that run out, or write inf if it failed")
    if np.isposinf(x).any() and np.isneginf(x).any():
        raise ValueError(f"{name} holds inf and -inf: only one of them can mean a failed run")
    return x
