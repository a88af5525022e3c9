"""One method's curve of convergence: its middle line, its band, the ends of its runs."""

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from ...statistics import Band
from ..curves import FAR
from ..palette import Look
from .names import height_of


def curve(
    axes: Axes, found: Band, runs: list[tuple[np.ndarray, np.ndarray]], look: Look, low: float, place: int
) -> None:
    """Draw the middle line, and of the best series the band and a marker where each run ends."""
    over, best = 3 - place / 100, bool(look.marker)
    here = (found.running > 0) & ~np.isinf(found.middle)
    x, middle = found.x[here], found.middle[here].clip(low, FAR)
    for share, part in _pieces(found.running[here]):
        axes.plot(
            x[part], middle[part], drawstyle="steps-post", color=look.color, linestyle=look.dash, zorder=over,
            lw=1.8 if best else 0.9, alpha=0.3 + 0.7 * share,
        )  # fmt: skip
    if not best:
        return
    if len(runs) > 1:
        begun = x >= max(cost[0] for cost, _ in runs)  # before, the later ones count as infinite
        below, above = (edge[here].clip(low, FAR) for edge in (found.low, found.high))
        axes.fill_between(
            x, below, above, begun, step="post", color=look.color, alpha=0.13, lw=0, zorder=over - 1
        )
    last = np.array([(cost[-1], values[-1]) for cost, values in runs])
    last = last[np.isfinite(last).all(axis=1)]
    axes.plot(
        *last.clip((-FAR, low), FAR).T, linestyle="none", ms=4.5, zorder=over + 1, alpha=0.9, **look.dot
    )


def end(axes: Axes, found: Band, look: Look, low: float) -> float:
    """Draw a thin line from the end of a curve to the edge; return its height in shares of the axes."""
    here = np.flatnonzero((found.running > 0) & np.isfinite(found.middle))
    if not len(here):
        return 0.0
    x, y = found.x[here[-1]], float(found.middle[here[-1]].clip(low, FAR))
    axes.plot([x, axes.get_xlim()[1]], [y, y], color=look.color, lw=0.7, alpha=0.5, zorder=1)
    return height_of(axes, y)


def take_overs(axes: Axes, found: Band, costs: list[float], look: Look, low: float) -> None:
    """Draw a bar across the middle line where the next of several methods takes over."""
    here = np.isfinite(found.middle)
    for cost in costs if here.any() else []:
        at = max(0, int(np.searchsorted(found.x[here], cost, side="right")) - 1)
        height = found.middle[here][at].clip(low, FAR)
        axes.plot([cost], [height], "|", color=look.color, ms=14, mew=2, zorder=5)


def _pieces(running: np.ndarray) -> list[tuple[float, slice]]:
    """Return the stretches over which the same quarter of the runs still goes on, joined at their ends."""
    quarters = np.ceil(4 * running) / 4
    cuts = [0, *(np.flatnonzero(np.diff(quarters)) + 1).tolist(), len(quarters)]
    return [(float(quarters[a]), slice(a, b + 1)) for a, b in pairwise(cuts) if b > a]
