"""Compare a derivative with finite differences along random directions, avoiding the kinks of ReLU."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

CONFIRM = 1e-6  # relative difference of a derivative and a finite difference
UNSEEN = 1e-6  # share of the function below which rounding hides a derivative: errors are relative to that
STEPS = (1e-2, 1e-1, 1e-3, 1e-4, 1e-5, 1e-6)  # the long ones for small slopes, the short ones for kinks
TRIES = 4  # directions and points, before a derivative is called wrong
NUDGE = 1e-3  # of the point, at each try after the first: a kink lies at few points

Point = Callable[[np.ndarray], npt.ArrayLike]
Slope = Callable[[np.ndarray, np.ndarray], npt.ArrayLike]


def disagreement(
    f: Point, slope: Slope, theta: np.ndarray, moved: slice, parts: Sequence[slice], rng: np.random.Generator
) -> np.ndarray:
    """Compare slope(theta, v) with finite differences of f along v: a relative difference for each part of f.

    v moves theta[moved] alone. Each is the least over some step lengths; as long as they disagree, other
    directions at nearby points are tried.
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


def _misses(
    f: Point, expected: np.ndarray, point: np.ndarray, v: np.ndarray, step: float, parts: Sequence[slice]
) -> list[float]:
    """Relative differences from central ones at `step` and half of it, extrapolated (Richardson, 1911)."""
    a, b, c, d = (np.atleast_1d(f(point + s * step * v)) for s in (1, -1, 0.5, -0.5))
    got = (8 * (c - d) - (a - b)) / (6 * step)
    floor = UNSEEN * max(norm(a), norm(b))
    return [_relative(got[at], expected[at], floor) for at in parts]


def _relative(a: np.ndarray, b: np.ndarray, floor: float) -> float:
    miss = norm(a - b)
    return miss / max(norm(a), norm(b), floor) if miss else 0.0


def _direction(point: np.ndarray, moved: slice, rng: np.random.Generator) -> np.ndarray:
    """A random direction of length 1, or of the moved numbers' own size where that is larger."""
    v = np.zeros_like(point)
    v[moved] = rng.standard_normal(v[moved].size)
    return v * max(1.0, float(np.sqrt(np.mean(point[moved] ** 2)))) / norm(v)


def norm(a: npt.ArrayLike) -> float:
    """The Euclidean norm of all the numbers of an array."""
    return float(np.linalg.norm(np.ravel(a)))
