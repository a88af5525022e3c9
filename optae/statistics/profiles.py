"""Performance profiles (how often a method is the fastest, or close to it) and data profiles."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .samples import history, sample, table
from .targets import Steps, ecdf

History = tuple[ArrayLike, ArrayLike]  # the cost and the best value so far, (rows,) each


def ratios(times: ArrayLike) -> np.ndarray:
    """Return r = t / best t of the problem, from times (problems, methods) above zero, inf for a failure.

    A problem that no method solves counts, with r = inf for every method. Raises ValueError if a t <= 0.
    """
    t = table(times, "times")
    if t.min() <= 0:
        raise ValueError(f"a time is {t.min():g}: ratios need times above zero, inf for a failure")
    best = t.min(axis=1, keepdims=True)
    return np.divide(t, best, out=np.full_like(t, math.inf), where=np.isfinite(t))


def performance_profile(times: ArrayLike) -> list[Steps]:
    """Return rho(tau) = share of problems with r <= tau, for every method (Dolan and More, 2002).

    rho(1) is the share of problems on which the method is fastest, ties included. The final value is the
    share that it solves. `times` and errors are those of `ratios`.
    """
    return [ecdf(column) for column in ratios(times).T]


def integrated_profile(times: ArrayLike, up_to: float = 4.0) -> np.ndarray:
    """Return the mean height of rho over tau in [1, up_to], (methods,) (Dahl et al., 2023).

    This is the mean over problems of max(0, up_to - r) / (up_to - 1): 1 for a method that is always fastest,
    0 for a method that always takes at least `up_to` times as long as the fastest.

    >>> integrated_profile([[1, 2], [1, 4], [np.inf, 1]]).round(3).tolist()
    [0.667, 0.556]
    """
    if not 1 < up_to < math.inf:
        raise ValueError(f"up_to {up_to:g}: ratios begin at 1, so give a finite number above it")
    return np.maximum(0, up_to - ratios(times)).mean(axis=0) / (up_to - 1)


def costs_to_solve(
    histories: Sequence[Sequence[History]],
    start: ArrayLike,
    tolerance: float,
    lowest: ArrayLike | None = None,
) -> np.ndarray:
    """Return the cost until f <= f_L + tolerance (f_0 - f_L), (problems, methods), inf if never.

    This is the convergence test of More and Wild (2009). `histories[problem][method]` is (cost, best value so
    far), and `start` (problems,) is f_0. f_L is the best value that any of the methods reached, or `lowest`
    (problems,) if a better one is known. A problem on which no method improves on f_0 counts as unsolved.
    Raises ValueError if shapes do not match, a start is not finite, or the tolerance is outside [0, 1).
    """
    if not 0 <= tolerance < 1:
        raise ValueError(f"tolerance {tolerance:g}: give a share of the decrease, in [0, 1), such as 0.001")
    f_0 = _starts(start, len(histories))
    runs = _runs(histories)
    f_low = np.minimum(f_0, [min(best.min(initial=math.inf) for _, best in row) for row in runs])
    if lowest is not None:
        f_low = _lowest(lowest, f_low)
    goals = np.where(f_low < f_0, f_low + tolerance * (f_0 - f_low), -math.inf)
    return np.array([[_first(run, goal) for run in row] for row, goal in zip(runs, goals, strict=True)])


def data_profile(costs: ArrayLike, unit: ArrayLike = 1.0) -> list[Steps]:
    """Return d(kappa) = share of problems solved within kappa units, for every method (More and Wild, 2009).

    `costs` are (problems, methods), inf for a failure, as `costs_to_solve` returns them. `unit` is the cost
    of one unit, a number or (problems,); theirs is a simplex gradient, n + 1 values. Raises ValueError for a
    negative cost and for a unit that is not positive.
    """
    t = table(costs, "costs")
    if t.min() < 0:
        raise ValueError(f"a cost is {t.min():g}: give costs of zero or more, inf for a failure")
    each = np.asarray(unit, dtype=float)
    if each.shape not in ((), t.shape[:1]) or not (each > 0).all() or np.isinf(each).any():
        raise ValueError(f"unit {each.tolist()}: give one positive cost, or one per problem ({len(t)})")
    return [ecdf(column) for column in (t.T / each)]


def _starts(start: ArrayLike, problems: int) -> np.ndarray:
    f_0 = sample(start, "start")
    if len(f_0) != problems:
        raise ValueError(f"{problems} problems and {len(f_0)} starts: give one start per problem")
    if not np.isfinite(f_0).all():
        raise ValueError(f"problem {np.isinf(f_0).argmax()} starts at an infinite value: leave it out")
    return f_0


def _runs(histories: Sequence[Sequence[History]]) -> list[list[tuple[np.ndarray, np.ndarray]]]:
    counts = {len(row) for row in histories}
    if len(counts) != 1 or not min(counts):
        raise ValueError(
            f"problems have {sorted(counts)} histories: give one per method, the same methods to all"
        )
    return [
        [history(*run, f"problem {p}, method {m}") for m, run in enumerate(row)]
        for p, row in enumerate(histories)
    ]


def _lowest(lowest: ArrayLike, reached: np.ndarray) -> np.ndarray:
    known = sample(lowest, "lowest")
    if known.shape != reached.shape or not np.isfinite(known).all() or (known > reached).any():
        raise ValueError(
            f"lowest {known.tolist()}: give one finite value per problem, none above the best reached, "
            f"{reached.tolist()}"
        )
    return known


def _first(run: tuple[np.ndarray, np.ndarray], goal: float) -> float:
    cost, best = run
    met = best <= goal
    return float(cost[met.argmax()]) if met.any() else math.inf
