"""Convergence curves of runs that were measured at different moments and stopped at different times."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .profiles import History
from .samples import history, quantiles


@dataclass(frozen=True, eq=False)
class Band:
    """Quantiles of the runs at every x, and the share of runs whose history reaches x; all (points,)."""

    x: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray
    running: np.ndarray


def resample(runs: Sequence[History], x: ArrayLike, before: float = math.inf) -> np.ndarray:
    """Return each run's value at every x (points,) as a step function, (runs, points).

    Before a run's first row the value is `before`: inf, since nothing is reached yet, or nan to leave a gap.
    After its last row it is the last value, which the run keeps when it stops. Raises ValueError if there are
    no runs or a history is malformed.

    >>> resample([([1, 3], [9, 4])], [0, 1, 2, 3, 8]).tolist()
    [[inf, 9.0, 9.0, 4.0, 4.0]]
    """
    grid = np.asarray(x, dtype=float)
    starts = [(cost, np.concatenate([[before], best])) for cost, best in _read(runs)]
    return np.array([best[np.searchsorted(cost, grid, side="right")] for cost, best in starts])


def common_grid(runs: Sequence[History], points: int = 512, log: bool = False) -> np.ndarray:
    """Return costs from the runs' first to their last, (points,), evenly spaced on a linear or log axis.

    A logarithmic axis begins at the first cost above zero. Raises ValueError if there is none.
    """
    costs = np.concatenate([cost for cost, _ in _read(runs)])
    costs = costs[costs > 0] if log else costs
    if not costs.size or points < 2:
        raise ValueError(
            "no costs to draw over: give histories with costs (above zero on a logarithmic axis)"
        )
    space = np.geomspace if log else np.linspace
    return np.asarray(space(costs.min(), costs.max(), points))


def band(
    runs: Sequence[History],
    x: ArrayLike,
    before: float = math.inf,
    spread: tuple[float, float] = (0.25, 0.75),
) -> Band:
    """Return the median and quartiles, or other quantiles, of the runs at every x (points,)."""
    grid = np.asarray(x, dtype=float)
    values = resample(runs, grid, before)
    low, middle, high = (quantiles(values, q, axis=0) for q in (spread[0], 0.5, spread[1]))
    ends = np.array([np.asarray(cost, dtype=float)[-1] for cost, _ in runs])
    return Band(grid, low, middle, high, (ends[:, None] >= grid).mean(axis=0))


def mean_band(runs: Sequence[History], x: ArrayLike, before: float = math.inf) -> Band:
    """Return the mean, and the mean minus and plus the standard deviation (n - 1), of the runs at every x.

    They are infinite at an x where a run's value is infinite. For a single run the deviation is 0.

    >>> found = mean_band([([1], [2.0]), ([1], [4.0])], [1])
    >>> found.low.round(2).tolist(), found.middle.tolist(), found.high.round(2).tolist()
    ([1.59], [3.0], [4.41])
    """
    grid = np.asarray(x, dtype=float)
    values = resample(runs, grid, before)
    middle, known = values.mean(axis=0), np.isfinite(values).all(axis=0)
    spread = np.full(len(grid), math.inf if len(values) > 1 else 0.0)
    if len(values) > 1:
        spread[known] = values[:, known].std(axis=0, ddof=1)
    ends = np.array([np.asarray(cost, dtype=float)[-1] for cost, _ in runs])
    low = np.where(known, middle - np.where(known, spread, 0.0), middle)
    return Band(grid, low, middle, middle + spread, (ends[:, None] >= grid).mean(axis=0))


def _read(runs: Sequence[History]) -> list[tuple[np.ndarray, np.ndarray]]:
    if not len(runs):
        raise ValueError("no runs: give at least one history")
    return [history(cost, best, f"run {i}") for i, (cost, best) in enumerate(runs)]
