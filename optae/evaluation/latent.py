"""Latent codes as points of a line or plane, with its axes, windows, grids and walks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..model.autoencoder import Autoencoder
from .metrics import wrong_pixels

HUGE = 1e100  # coordinates are clipped here; methods without bounds can reach larger ones
MOST_STEPS = 200  # of a walk
CROWD = 8  # the least number of codes that can have outliers
FAR_OUT = 10  # multiple of the inner codes' spread from which a range has outliers

Window = tuple[float, ...]  # (x0, x1) of a line, (x0, x1, y0, y1) of a plane; x0 > x1 is an axis reversed


@dataclass(frozen=True, eq=False)
class Plane:
    """A line (k = 1) or plane (k = 2) of codes z = origin + p axes, (n, latent), at points p (n, k)."""

    origin: np.ndarray  # (latent,)
    axes: np.ndarray  # (k, latent), orthonormal
    explained: tuple[float, ...]  # shares of the codes' variance along the axes; empty if nothing is hidden
    order: tuple[int, ...] = (1, 2)  # the coordinate or component that runs across, and the one upwards

    @property
    def flat(self) -> bool:
        """Whether the codes have more dimensions than the plane."""
        return self.axes.shape[1] > 2

    def points(self, codes: np.ndarray) -> np.ndarray:
        """Return the projections (n, k) of codes (n, latent)."""
        return (tame(codes) - self.origin) @ self.axes.T

    def swapped(self) -> "Plane":
        """Return the plane with its second coordinate across. Raises ValueError for a line."""
        if len(self.axes) == 1:
            raise ValueError("`swap` needs a latent plane, and these codes have one coordinate: leave it out")
        return Plane(self.origin, self.axes[::-1], self.explained[::-1], self.order[::-1])

    def codes(self, points: np.ndarray) -> np.ndarray:
        """Return the codes (n, latent) on the plane at points (n, k)."""
        return self.origin + points @ self.axes


def plane_of(codes: np.ndarray) -> Plane:
    """Return the codes' own line or plane for 1 or 2 dimensions, else that of their two principal components.

    >>> plane_of(np.array([[3.0, 0, 0], [-3, 0, 0], [0, 1, 0], [0, -1, 0]])).explained
    (0.9, 0.1)
    """
    width = codes.shape[1]
    if width <= 2:
        return Plane(np.zeros(width), np.eye(width), ())
    codes = tame(codes)
    origin = codes.mean(axis=0)
    _, s, vt = np.linalg.svd(codes - origin, full_matrices=len(codes) < width)  # (n, n) for many codes
    variance = np.zeros(width)
    variance[: len(s)] = (s / (s.max() or 1.0)) ** 2
    signs = np.sign(vt[[0, 1], np.abs(vt[:2]).argmax(axis=1)])  # a component's largest part is positive
    shares = variance[:2] / (variance.sum() or 1.0)
    return Plane(origin, vt[:2] * signs[:, None], tuple(round(float(share), 12) for share in shares))


def shadows(model: Autoencoder, theta: np.ndarray, x: np.ndarray) -> tuple[Plane, np.ndarray]:
    """Return the plane of the codes of x (n, d), and their points on it (n, k)."""
    with np.errstate(all="ignore"):
        codes = np.asarray(model.encode(theta, x))
    plane = plane_of(codes)
    return plane, plane.points(codes)


def decode(model: Autoencoder, theta: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the images (n, d) of codes (n, latent), however large; values that overflow are nan."""
    with np.errstate(all="ignore"):
        return np.asarray(model.decode(theta, codes))


def tame(codes: np.ndarray) -> np.ndarray:
    """Return the codes clipped to +-HUGE, with 0 for nan."""
    return np.clip(np.nan_to_num(codes), -HUGE, HUGE)


def frame(points: np.ndarray, margin: float = 0.08) -> Window:
    """Return the window of points (n, k) with a margin; a few outliers are left outside.

    >>> frame(np.array([[0.0, -1.0], [10.0, 1.0]]), margin=0.1)
    (-1.0, 11.0, -1.2, 1.2)
    """
    return tuple(float(end) for column in points.T for end in _frame(column, margin))


def inside(points: np.ndarray, window: Window) -> np.ndarray:
    """Return which of the points (n, k) lie in the window, (n,)."""
    low, high = np.sort([window[::2], window[1::2]], axis=0)
    return np.asarray(((points >= low) & (points <= high)).all(axis=1))


def check_window(window: Sequence[float], k: int) -> Window:
    """Return the window of a line (k = 1) or plane (k = 2). Raises ValueError for anything else."""
    text, names = ",".join(f"{v:g}" for v in window), ("x0,x1", "x0,x1,y0,y1")[k - 1]
    if len(window) != 2 * k:
        raise ValueError(f"window {text} has {len(window)} numbers: give {2 * k}, as {names}")
    if not all(abs(v) <= 2 * HUGE for v in window):
        raise ValueError(f"window {text}: give finite numbers, as {names}")
    for low, high in zip(window[::2], window[1::2], strict=True):
        if not abs(high - low) > 1e-12 * max(abs(low), abs(high)):
            raise ValueError(f"window {text} is empty from {low:g} to {high:g}: give two ends, as {names}")
    return tuple(float(v) for v in window)


def zoom(window: Window, centre: Sequence[float], factor: float) -> Window:
    """Return a window `factor` times smaller around the centre (k,). Raises ValueError if out of range.

    >>> zoom((-10.0, 10.0, 0.0, 40.0), (1.0, 2.0), 4)
    (-1.5, 3.5, -3.0, 7.0)
    """
    k = len(window) // 2
    if len(centre) != k:
        raise ValueError(f"the zoom's centre has {len(centre)} coordinates: give {k}")
    if not 0 < factor < np.inf:
        raise ValueError(f"zoom factor {factor:g}: give a positive number, such as 4")
    halves = [(high - low) / 2 / factor for low, high in zip(window[::2], window[1::2], strict=True)]
    ends = [end for c, half in zip(centre, halves, strict=True) for end in (c - half, c + half)]
    return check_window(ends, k)


def view(
    model: Autoencoder,
    theta: np.ndarray,
    x: np.ndarray,
    window: Sequence[float] | None,
    closer: Sequence[float] | None,
    swap: bool = False,
) -> Window | None:
    """Return the given window, zoomed by `closer` = (*centre, factor), or None if neither is given.

    Without a window, `closer` zooms into the frame of the codes of x (n, d), whose coordinates are in the
    other order with `swap`. Raises ValueError.
    """
    shown = None if window is None else check_window(window, min(model.latent_width, 2))
    if closer is None:
        return shown
    *centre, factor = closer
    points = shadows(model, theta, x)[1]
    return zoom(shown or frame(points[:, ::-1] if swap else points), centre, factor)


def grid(window: Window, cells: int) -> np.ndarray:
    """Return the centres (cells^k, k) of a grid with `cells` cells per side, row by row from the top left.

    >>> grid((0.0, 4.0, 0.0, 2.0), 2).tolist()
    [[1.0, 1.5], [3.0, 1.5], [1.0, 0.5], [3.0, 0.5]]
    """
    middles = (np.arange(cells) + 0.5) / cells
    x = window[0] + middles * (window[1] - window[0])
    if len(window) == 2:
        return x[:, None]
    y = window[3] - middles * (window[3] - window[2])
    return np.column_stack([np.tile(x, cells), np.repeat(y, cells)])


def walk_codes(start: np.ndarray, end: np.ndarray, steps: int) -> np.ndarray:
    """Return codes (steps, latent) evenly spaced from `start` to `end`, (latent,) each.

    Raises ValueError unless there are 2 to 200 steps.

    >>> walk_codes(np.array([0.0, 1.0]), np.array([1.0, 1.0]), 3).tolist()
    [[0.0, 1.0], [0.5, 1.0], [1.0, 1.0]]
    """
    if not 2 <= steps <= MOST_STEPS:
        raise ValueError(f"steps {steps}: give 2, the walk's two ends, to {MOST_STEPS}")
    t = np.linspace(0, 1, steps)[:, None]
    return np.asarray((1 - t) * start + t * end)


def check_point(z: Sequence[float], width: int) -> np.ndarray:
    """Return z as an array (width,). Raises ValueError for another width, or if z is not finite."""
    point = np.asarray(z, dtype=float)
    text = ",".join(f"{v:g}" for v in point.ravel()[:10])
    if point.shape != (width,):
        raise ValueError(f"latent point {text}: give {width} coordinates, as this model's codes have")
    if not np.isfinite(point).all():
        raise ValueError(f"latent point {text}: give finite coordinates")
    return point


def nearest(image: np.ndarray, x: np.ndarray) -> tuple[int, int]:
    """Return the sample of x (n, d) with the fewest pixels unlike the image's (d,), and their number.

    >>> nearest(np.array([0.9, 0.2, 0.1]), np.eye(3))
    (0, 0)
    """
    unlike = wrong_pixels(image, x)
    return int(unlike.argmin()), int(unlike.min())


def _frame(column: np.ndarray, margin: float) -> tuple[float, float]:
    low, high = column.min(), column.max()
    inner = np.percentile(column, 2, method="higher"), np.percentile(column, 98, method="lower")
    spread = inner[1] - inner[0]
    if len(column) >= CROWD and high - low > FAR_OUT * spread > 0:
        low, high = max(low, inner[0] - spread / 2), min(high, inner[1] + spread / 2)
    middle = (low + high) / 2
    if high - low <= 1e-9 * abs(middle):
        half = max(0.5, 0.1 * abs(middle))
        return middle - half, middle + half
    return low - margin * (high - low), high + margin * (high - low)
