"""Compare a derivative with finite differences along random directions, avoiding the kinks of ReLU."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

CONFIRM = 1e-6  # relative difference of a derivative and a finite difference
UNSEEN = 1e-6  # share of the function below which rounding hides a derivative; errors are relative to it
STEPS = (1e-2, 1e-1, 1e-3, 1e-4, 1e-5, 1e-6)  # long ones for small slopes, short ones for kinks
TRIES = 4  # directions and points to try before a derivative is called wrong
NUDGE = 1e-3  # relative move of the point at each try after the first, away from a kink

Point = Callable[[np.ndarray], npt.ArrayLike]
Slope = Callable[[np.ndarray, np.ndarray], npt.ArrayLike]


def disagreement(
    f: Point, slope: Slope, theta: np.ndarray, moved: slice, parts: Sequence[slice], rng: np.random.Generator
) -> np.ndarray:
    """Return the relative difference of slope(theta, v) from finite differences of f along v, by part of f.

    v moves only theta[moved]. Each difference is the least over several step lengths. While they disagree,
    other directions at nearby points are tried.
    """
    least = np.full(len(parts), np.inf)
    for attempt in range(TRIES):
        point = theta + attempt * NUDGE * rng.standard_normal(theta.size)
        v = _direction(point, moved, rng)
        expected = np.atleast_1d(slope(point, v))
        for step in STEPS:
            least = np.fmin(least, _misses(f, expected, point, v, step, parts))
            if (least <= CONFIRM).all():
                return least
    return least


def norm(a: npt.ArrayLike) -> float:
    """Return the Euclidean norm of all numbers of an array."""
    return float(np.linalg.norm(np.ravel(a)))


def _misses(
    f: Point, expected: np.ndarray, point: np.ndarray, v: np.ndarray, step: float, parts: Sequence[slice]
) -> list[float]:
    """Return relative differences from central ones, extrapolated from `step` and half (Richardson, 1911)."""
    a, b, c, d = (np.atleast_1d(f(point + s * step * v)) for s in (1, -1, 0.5, -0.5))
    got = (8 * (c - d) - (a - b)) / (6 * step)
    floor = UNSEEN * max(norm(a), norm(b))
    return [_relative(got[at], expected[at], floor) for at in parts]


def _relative(a: np.ndarray, b: np.ndarray, floor: float) -> float:
    miss = norm(a - b)
    return miss / max(norm(a), norm(b), floor) if miss else 0.0


def _direction(point: np.ndarray, moved: slice, rng: np.random.Generator) -> np.ndarray:
    """Return a random direction of length 1, or of the moved numbers' size if that is larger."""
    v = np.zeros_like(point)
    v[moved] = rng.standard_normal(v[moved].size)
    return v * max(1.0, float(np.sqrt(np.mean(point[moved] ** 2)))) / norm(v)
