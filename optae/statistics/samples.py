"""What the statistics take: samples, strata, tables and histories, read strictly."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

BACKWARDS = 1e-6  # of its span, that a clock may step back by rounding


def sample(values: ArrayLike, name: str = "the sample") -> np.ndarray:
    """One value a run, (n,). Raises ValueError for none, for a nan, and for infinities of both signs."""
    x = np.asarray(values, dtype=float)
    if x.ndim != 1:
        raise ValueError(f"{name} has shape {x.shape}: give one value per run")
    return _checked(x, name)


def table(values: ArrayLike, name: str) -> np.ndarray:
    """One row a problem, one column a method, (problems, methods). Raises ValueError as `sample` does."""
    x = np.asarray(values, dtype=float)
    if x.ndim != 2:
        raise ValueError(f"{name} have shape {x.shape}: give one row per problem and one column per method")
    return _checked(x, name)


def strata(scores: Iterable[ArrayLike], name: str = "scores") -> list[np.ndarray]:
    """Scores by problem: of (seeds,) for one problem, (problems, seeds), or one array per problem.

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
    """Cost and best value so far, (rows,) each; rows whose value is nan (not measured) are left out.

    Raises ValueError for lengths that differ, no rows, a cost that is no number or that goes back.
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
    """Raises ValueError unless 0 < value < 1."""
    if not 0 < value < 1:
        raise ValueError(f"{name} {value:g}: give a number between 0 and 1, such as 0.95 or 0.05")


def quantiles(values: ArrayLike, q: float, axis: int = -1) -> np.ndarray:
    """The quantile at q in [0, 1] along an axis, linear between order statistics, infinities included.

    Between a number and an infinity lies that infinity; nan, and two infinities of both signs, give nan.

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
        raise ValueError(f"{name} holds a nan: leave that run out, or write inf if it came to nothing")
    if np.isposinf(x).any() and np.isneginf(x).any():
        raise ValueError(f"{name} holds inf and -inf: only one of them can mean a run that came to nothing")
    return x
