"""The paths of several methods from one start, each on a plane of the loss of its own."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...comparison.series import NAME
from ...evaluation.latent import tame
from ...experiments.sameness import PROBLEM, differing, problem_names, recipe_of, series_names
from ...storage.run import Run
from ...storage.snapshots import read_snapshots
from ...text import counted, grouped, listed
from ...training.problem import Problem
from ..curves import FAR, ticks
from ..medium import current
from ..palette import Look, looks
from ..style import INK, STYLE, clean, sheet, short
from .names import FEW

FINE, COARSE = 100, 21  # points along a side of a plane
AFFORDED = 2e10  # products of numbers that all planes together may take
LEVELS = 16
DRAWS = 16  # noise draws for each point of the data, the same for every loss in the picture
PANEL = 3.3  # inches
Loss = Callable[[np.ndarray], float]


@dataclass(frozen=True, eq=False)
class LossPlane:
    """The plane through a path's start and end that is nearest to the points between: start + p axes."""

    start: np.ndarray  # (size,)
    axes: np.ndarray  # (2, size), orthonormal
    explained: float  # share of the points' squared distances from the start

    @classmethod
    def through(cls, start: np.ndarray, between: np.ndarray, end: np.ndarray) -> "LossPlane":
        """Return the plane through start and end (size,), and nearest to the points (n, size) between them.

        >>> between = np.array([[1.0, 0.1, 1], [2, 0, 1]])
        >>> plane = LossPlane.through(np.zeros(3), between, np.array([4.0, 0, 0]))
        >>> np.abs(plane.axes[0]).tolist(), round(plane.explained, 4)
        ([1.0, 0.0, 0.0], 0.9998)
        """
        away = np.vstack([between.reshape(-1, len(start)), end[None]]) - start
        scale = float(np.abs(away).max()) or 1.0
        first = _unit(away[-1] / scale, len(start))
        beside = away / scale - np.outer(away / scale @ first, first)
        _, _, vt = np.linalg.svd(np.vstack([beside, np.zeros(len(start))]), full_matrices=False)
        axes = np.array([first, _across(vt[0], first)])
        whole = float(((away / scale) ** 2).sum())
        return cls(start, axes, float((((away / scale) @ axes.T) ** 2).sum()) / (whole or 1.0))

    def points(self, thetas: np.ndarray) -> np.ndarray:
        """Return the projections (n, 2) of vectors (n, size)."""
        return (thetas - self.start) @ self.axes.T


@dataclass(frozen=True, eq=False)
class Path:
    """What a run kept of its way, on its plane, with the loss on a grid around it."""

    plane: LossPlane
    points: np.ndarray  # (n, 2), the start first and the end last
    value: float  # of the loss at the end
    x: np.ndarray  # (cells,)
    y: np.ndarray  # likewise
    loss: np.ndarray  # (cells, cells)

    @classmethod
    def of(cls, start: np.ndarray, kept: np.ndarray, end: np.ndarray, loss: Loss, cells: int) -> "Path":
        """Return the path from the start through the vectors (n, size) that a run kept to its end."""
        plane = LossPlane.through(start, kept, end)
        points = plane.points(np.vstack([start[None], kept.reshape(-1, len(start)), end[None]]))
        middle, half = (points.min(axis=0) + points.max(axis=0)) / 2, np.ptp(points, axis=0) / 2
        half = np.maximum(1.2 * half, 0.5 * max(half.max(), 1e-6))
        x, y = (np.linspace(m - h, m + h, cells) for m, h in zip(middle, half, strict=True))
        values = [[_value(loss, plane.start + a * plane.axes[0] + b * plane.axes[1]) for a in x] for b in y]
        return cls(plane, points, _value(loss, end), x, y, np.array(values))


@rc_context(STYLE)
def paths(runs: Sequence[Run]) -> Figure:
    """Draw the path of each stored run of one problem and seed over the loss, on a plane of its own.

    A path goes from the start through the snapshots that a run kept, which are the best vectors so far, to
    its result. Of more than `FEW` runs the best are drawn. Raises ValueError for no runs, or runs that did
    not begin at the same vector of the same loss.
    """
    names, problem = _names(runs), _common(runs)
    start, loss = problem.start(), problem.referee(DRAWS)
    ends = {s: tame(run.theta) for s, run in zip(names, runs, strict=True)}
    values = {s: _value(loss, theta) for s, theta in ends.items()}
    order = sorted(ends, key=lambda s: (not math.isfinite(values[s]), values[s], s))
    shown, kept = order[:FEW], {s: _kept(run) for s, run in zip(names, runs, strict=True)}
    cells = _cells(problem, len(shown))
    found = {s: Path.of(start, kept[s], ends[s], loss, cells) for s in shown}
    styles = looks({s: str(run.record["method"]) for s, run in zip(names, runs, strict=True) if s in shown})
    columns = current().columns(min(len(shown), 3 if len(shown) != 4 else 2), 2.4)
    rows = ceil(len(shown) / columns)
    straight = [s for s in shown if not len(kept[s])]
    caption = _caption(loss(start), straight, order[FEW:], problem.model.random)
    figure = sheet(max(6.5, columns * PANEL + 0.9), rows * 3.1 + 1.3, _title(runs[0]), caption)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    norm, levels = _levels([path.loss for path in found.values()])
    for axes, s in zip(panels, shown, strict=False):
        _panel(axes, found[s], s, styles[s], norm, levels)
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    if len(levels):
        bar = figure.colorbar(
            ScalarMappable(norm, "Greys_r"), ax=list(panels), alpha=0.75, label="loss", aspect=35
        )
        bar.ax.yaxis.set_major_formatter(ticks())
        bar.ax.yaxis.set_minor_formatter(ticks() if levels[-1] < 30 * levels[0] else "")
    return figure


def _names(runs: Sequence[Run]) -> list[str]:
    """Return the names of the series, with the folder's name if they are equal."""
    if not runs:
        raise ValueError("no runs: give some of one problem and seed")
    rows = [recipe_of(run.record) for run in runs]
    given = series_names(rows, problem_names(rows))
    return [n if given.count(n) == 1 else f"{n} ({r.path.name})" for n, r in zip(given, runs, strict=True)]


def _common(runs: Sequence[Run]) -> Problem:
    """Return the problem that all runs share. Raises ValueError if they do not."""
    parts = ("data", *(name for name in PROBLEM if name != "dataset"), "seed")
    if apart := differing([recipe_of(run.record) for run in runs], parts):
        raise ValueError(
            f"the runs differ in {', '.join(apart)}, so they share no start: choose those of one problem and"
            " one seed"
        )
    return Problem(runs[0].model, runs[0].data.x, engine="numpy", seed=int(runs[0].record.get("seed", 0)))


def _kept(run: Run) -> np.ndarray:
    """Return the snapshots (k, size) of a run, none if it kept none."""
    kept = [tame(snapshot.theta) for snapshot in read_snapshots(run.path)]
    return np.array(kept).reshape(len(kept), run.model.size)


def _cells(problem: Problem, planes: int) -> int:
    """Return the points along a side of each plane: fewer for large networks and data."""
    model = problem.model
    each = model.size * len(problem.x) * (DRAWS if model.random else 1)
    return int(np.clip(math.sqrt(AFFORDED / planes / each), COARSE, FINE))


def _unit(vector: np.ndarray, size: int) -> np.ndarray:
    """Return a vector (size,) of length 1 in this direction; the first axis if it has no length."""
    if size < 2:
        raise ValueError(f"a vector of {size} numbers spans no plane")
    length = float(np.linalg.norm(vector))
    return vector / length if length else np.eye(1, size)[0]


def _across(vector: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return the direction of a vector without its part along the first, with its largest entry positive."""
    beside = vector - (vector @ first) * first
    if np.linalg.norm(beside) < 1e-9:  # the path is straight, so any direction will do
        axis = np.eye(1, len(first), int(np.abs(first).argmin()))[0]
        beside = axis - (axis @ first) * first
    return np.asarray(_unit(beside, len(first)) * (np.sign(beside[np.abs(beside).argmax()]) or 1.0))


def _value(loss: Loss, theta: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return loss(theta)


def _levels(planes: Sequence[np.ndarray]) -> tuple[Normalize, np.ndarray]:
    """Return levels for all planes, from the lowest value to the 90 % quantile; none if all are equal."""
    values = np.concatenate([plane.ravel() for plane in planes])
    known = values[np.isfinite(values)].clip(-FAR, FAR)
    if not known.size or known.max() <= known.min():
        return Normalize(), np.array([])
    low, high = float(known.min()), float(np.quantile(known, 0.9))
    high = high if high > low else float(known.max())
    if low > 0:
        return LogNorm(low, high), np.geomspace(low, high, LEVELS)
    return Normalize(low, high), np.linspace(low, high, LEVELS)


def _panel(axes: Axes, path: Path, name: str, look: Look, norm: Normalize, levels: np.ndarray) -> None:
    """Draw the loss on a path's plane in grey with its level lines, and the path over it."""
    share = f"{100 * path.plane.explained:.3g} % of the path is on this plane"
    value = grouped(float(f"{path.value:.3g}"))
    axes.set_title(f"{short(name, NAME)}: {value}", loc="left", fontsize=9.5)
    axes.set_xlabel(share, fontsize=8)
    if len(levels):
        known = np.ma.masked_invalid(path.loss).clip(levels[0], levels[-1])
        axes.contourf(path.x, path.y, known, levels, cmap="Greys_r", norm=norm, alpha=0.75, zorder=0)
        axes.contour(path.x, path.y, known, levels, colors="white", linewidths=0.4, zorder=1)
    axes.set(xlim=(path.x[0], path.x[-1]), ylim=(path.y[0], path.y[-1]))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_major_formatter(ticks())
    axes.plot(*path.points.T, color=look.color, lw=1.5, zorder=3)
    axes.plot(*path.points[1:-1].T, "o", ms=3.5, mew=0, color=look.color, zorder=4)
    end = {**look.dot, "markeredgecolor": "white", "markeredgewidth": 0.9}
    axes.plot(*path.points[-1:].T, ms=8, zorder=5, linestyle="none", **end)
    axes.plot(0, 0, "*", ms=12, color="white", mec=INK, mew=1.1, zorder=6)


def _title(run: Run) -> str:
    [problem] = problem_names([recipe_of(run.record)])
    return f"Where the methods went: {clean(problem, 90)}, seed {run.record.get('seed', 0)}"


def _caption(start: float, straight: list[str], more: list[str], random: bool) -> str:
    text = (
        "Each method on a plane of its own, through the common start (star) and its best vector (large "
        "marker), and nearest to the best vectors so far that the run kept during training (dots). Across: "
        "the way from the start to the end; upwards: the way beside it. The loss at the end is behind the "
        f"name, the lowest first; it is {grouped(start)} at the start. Grey: the loss on the plane, dark is "
        "low."
    )
    if straight:
        text += f" A straight line: {listed(straight, letters=NAME)}, of which no such vectors are kept."
    if random:
        text += f" Every loss is on the same {DRAWS} draws of the noise, which no run has seen."
    if more:
        text += f" Not drawn: {listed(more, letters=NAME)} ({counted(len(more), 'method')})."
    return text
