"""Scales of a decoded plane's axes: linear over a window, or by the rank of the codes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from ..evaluation.latent import Window
from ..text import grouped

TICKS, EACH = 8, 0.5  # most numbers on an axis by rank, and the inches of one


@dataclass(frozen=True, eq=False)
class Scale:
    """A map of a coordinate to shares of an axis, linear between knots."""

    knots: np.ndarray  # (n,) coordinates, strictly increasing or decreasing
    shares: np.ndarray  # (n,) from 0 to 1

    @classmethod
    def linear(cls, low: float, high: float) -> "Scale":
        """Return the scale of an axis from `low` to `high`, which may be reversed."""
        return cls(np.array([low, high]), np.array([0.0, 1.0]))

    @classmethod
    def by_rank(cls, values: np.ndarray, low: float, high: float) -> "Scale":
        """Return a scale from `low` to `high` on which the distinct values (n,) are evenly spaced.

        >>> Scale.by_rank(np.array([1.0, 2.0, 9.0]), 0.0, 10.0).share(np.array([2.0, 9.0])).round(3).tolist()
        [0.5, 0.833]
        """
        inner = np.unique(values[(values > low) & (values < high)])
        shares = (np.arange(len(inner)) + 0.5) / max(1, len(inner))
        return cls(np.r_[low, inner, high], np.r_[0.0, shares, 1.0])

    def share(self, values: np.ndarray) -> np.ndarray:
        """Return where coordinates lie on the axis."""
        order = np.argsort(self.knots)
        return np.asarray(np.interp(values, self.knots[order], self.shares[order]))

    def value(self, shares: np.ndarray) -> np.ndarray:
        """Return the coordinates at shares of the axis."""
        return np.asarray(np.interp(shares, self.shares, self.knots))


def scales_of(points: np.ndarray, window: Window, ranked: bool) -> list[Scale]:
    """Return the scale of each axis of a window, by the rank of the points (n, k) in it if `ranked`."""
    ends = zip(window[::2], window[1::2], strict=True)
    if not ranked:
        return [Scale.linear(low, high) for low, high in ends]
    return [Scale.by_rank(values, low, high) for values, (low, high) in zip(points.T, ends, strict=True)]


def centres(scales: Sequence[Scale], cells: int) -> np.ndarray:
    """Return the centres (cells^k, k) of the cells, row by row from the top left."""
    middles = (np.arange(cells) + 0.5) / cells
    across = scales[0].value(middles)
    if len(scales) == 1:
        return across[:, None]
    x, y = np.meshgrid(across, scales[1].value(middles[::-1]))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def number_axes(axes: Axes, across: Scale, upwards: Scale, size: tuple[float, float]) -> None:
    """Write the coordinates at even steps of axes that measure shares, `size` in inches."""
    for axis, scale, inches in zip((axes.xaxis, axes.yaxis), (across, upwards), size, strict=True):
        many = max(2, min(TICKS, int(inches / EACH)))
        at = (np.arange(many) + 0.5) / many
        axis.set_ticks(at, [grouped(float(f"{value:.2g}")) for value in scale.value(at)])
