"""The paths of several methods from one start, on one plane of the loss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from ...comparison.series import NAME
from ...evaluation.latent import tame
from ...experiments.sameness import PROBLEM, differing, problem_names, recipe_of, series_names
from ...storage.run import Run
from ...storage.snapshots import read_snapshots
from ...text import counted, grouped, listed
from ...training.problem import Problem
from ..curves import FAR, ticks
from ..palette import Look, looks
from ..style import INK, STYLE, clean, sheet
from .lines import legend, room

CELLS = 41  # cells along a side of the plane
LEVELS = 16
FAR_OUT = 30  # times the median distance from the start, beyond which a method is left out
DRAWS = 16  # noise draws for each point of the data, the same for every loss in the picture
DASHED = (0, (4, 3))
LARGE = 20_000  # parameters above which fewer cells are computed


@dataclass(frozen=True, eq=False)
class LossPlane:
    """The plane through the start and near the ends: theta = start + p axes."""

    start: np.ndarray  # (size,)
    axes: np.ndarray  # (2, size), orthonormal
    explained: float  # share of the vectors' squared distances from the start

    @classmethod
    def through(cls, start: np.ndarray, ends: np.ndarray) -> "LossPlane":
        """Return the plane through the start that is nearest to the ends (n, size).

        >>> ends = np.array([[3.0, 0, 0], [0, 2, 0], [0, 0, 1]])
        >>> round(LossPlane.through(np.zeros(3), ends).explained, 3)
        0.929
        """
        away = np.vstack([ends - start, np.zeros((2, len(start)))])
        _, s, vt = np.linalg.svd(away, full_matrices=False)
        share = (s / (s.max() or 1.0)) ** 2
        return cls(start, _two(vt, len(start)), float(share[:2].sum() / (share.sum() or 1.0)))

    def points(self, thetas: np.ndarray) -> np.ndarray:
        """Return the projections (n, 2) of vectors (n, size)."""
        return (thetas - self.start) @ self.axes.T


@rc_context(STYLE)
def paths(runs: Sequence[Run]) -> Figure:
    """Draw the paths of stored runs of one problem and seed on a plane, over its loss.

    A path goes from the start through the snapshots that a run kept, which are the best vectors so far, to
    its result; it is a straight dashed line for a run that kept none. Raises ValueError for no runs, or runs
    that did not begin at the same vector of the same loss.
    """
    names = _names(runs)
    problem = _common(runs)
    start = problem.start()
    ends = {s: tame(run.theta) for s, run in zip(names, runs, strict=True)}
    near, gone = _near(start, ends)
    kept = {s: _kept(run) for s, run in zip(names, runs, strict=True) if s in near}
    plane = LossPlane.through(start, np.vstack([*kept.values(), *near.values()]))
    points = {s: plane.points(np.vstack([start, kept[s], near[s]])) for s in near}
    loss = problem.referee(DRAWS)
    values = {s: _value(loss, theta) for s, theta in near.items()}
    order = sorted(near, key=lambda s: (values[s], s))
    labels = {s: f"{s} ({grouped(float(f'{values[s]:.3g}'))})" for s in order}
    styles = _styles({name: str(run.record["method"]) for name, run in zip(names, runs, strict=True)}, kept)
    wide, tall = room(labels)
    straight = [s for s in near if not len(kept[s])]
    caption = _caption(plane, loss(start), straight, gone, problem.model.random)
    figure = sheet(7.0 + wide, max(6.0, tall + 1.6), _title(runs[0]), caption)
    axes = figure.subplots()
    _ground(figure, axes, loss, plane, np.vstack([*points.values()]))
    for s in reversed(order):
        _path(axes, points[s], styles[s])
    axes.plot(0, 0, "*", ms=13, color="white", mec=INK, mew=1.2, zorder=6)
    axes.annotate(
        "start", (0, 0), (9, 7), textcoords="offset points", fontsize=9, fontweight="bold", zorder=7
    )
    legend(figure, styles, labels)
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


def _near(start: np.ndarray, ends: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the ends that one picture can show, and the names of those that are too far away."""
    ways = {s: float(np.linalg.norm((theta - start) / 1e8) * 1e8) for s, theta in ends.items()}
    most = FAR_OUT * sorted(ways.values())[(len(ways) - 1) // 2]
    gone = [s for s in ends if ways[s] > most > 0]
    return {s: theta for s, theta in ends.items() if s not in gone}, gone


def _two(vt: np.ndarray, size: int) -> np.ndarray:
    """Return the first two components, with their largest entries positive."""
    if len(vt) < 2:
        raise ValueError(f"a vector of {size} numbers spans no plane")
    signs = np.sign(vt[[0, 1], np.abs(vt[:2]).argmax(axis=1)])
    return np.asarray(vt[:2] * np.where(signs == 0, 1, signs)[:, None])


def _value(loss: Callable[[np.ndarray], float], theta: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return loss(theta)


def _ground(
    figure: Figure, axes: Axes, loss: Callable[[np.ndarray], float], plane: LossPlane, points: np.ndarray
) -> None:
    """Draw the loss on the plane, in grey, and its level lines."""
    cells = CELLS if len(plane.start) <= LARGE else CELLS // 2
    middle, half = (points.min(axis=0) + points.max(axis=0)) / 2, np.ptp(points, axis=0) / 2
    half = np.maximum(1.25 * half, 0.3 * max(half.max(), 1e-6))
    x, y = (np.linspace(m - h, m + h, cells) for m, h in zip(middle, half, strict=True))
    values = np.array(
        [[_value(loss, plane.start + a * plane.axes[0] + b * plane.axes[1]) for a in x] for b in y]
    )
    known = values[np.isfinite(values)].clip(-FAR, FAR)
    axes.set(
        xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xlabel="along the first component", ylabel="along the second"
    )
    axes.xaxis.set_major_formatter(ticks())
    axes.yaxis.set_major_formatter(ticks())
    if not known.size or known.max() <= known.min():
        return
    norm, levels = _levels(known)
    shown = np.ma.masked_invalid(values).clip(levels[0], levels[-1])
    axes.contourf(x, y, shown, levels, cmap="Greys_r", norm=norm, alpha=0.75, zorder=0)
    axes.contour(x, y, shown, levels, colors="white", linewidths=0.5, zorder=1)
    bar = figure.colorbar(
        ScalarMappable(norm, "Greys_r"), ax=axes, label="loss on the plane", alpha=0.75, shrink=0.85
    )
    bar.ax.yaxis.set_major_formatter(ticks())
    bar.ax.yaxis.set_minor_formatter(ticks() if levels[-1] < 30 * levels[0] else "")


def _levels(known: np.ndarray) -> tuple[Normalize, np.ndarray]:
    """Return levels from the lowest value to the 90 % quantile, in equal ratios if all are positive."""
    low, high = float(known.min()), float(np.quantile(known, 0.9))
    high = high if high > low else float(known.max())
    if low > 0:
        return LogNorm(low, high), np.geomspace(low, high, LEVELS)
    return Normalize(low, high), np.linspace(low, high, LEVELS)


def _styles(methods: dict[str, str], kept: dict[str, np.ndarray]) -> dict[str, Look]:
    """Return the look of each path: solid, or dashed if nothing lies between its ends."""
    return {
        s: replace(look, dash="-" if len(kept.get(s, ())) else DASHED) for s, look in looks(methods).items()
    }


def _path(axes: Axes, points: np.ndarray, look: Look) -> None:
    """Draw a path (k, 2) from the start."""
    axes.plot(*points.T, color=look.color, lw=1.3, linestyle=look.dash, zorder=3)
    axes.plot(*points[1:-1].T, "o", ms=3, mew=0, color=look.color, zorder=4)
    axes.plot(*points[-1], ms=8, zorder=5, **{**look.dot, "markeredgecolor": "white", "markeredgewidth": 0.9})


def _title(run: Run) -> str:
    [problem] = problem_names([recipe_of(run.record)])
    return f"Where the methods went: {clean(problem, 90)}, seed {run.record.get('seed', 0)}"


def _caption(plane: LossPlane, start: float, straight: list[str], gone: list[str], random: bool) -> str:
    text = (
        "The plane through the common start and nearest to all vectors drawn: two "
        "principal components of their differences from the start, which explain "
        f"{100 * plane.explained:.3g} % of the variance around it. Grey: the loss on that plane, by the "
        f"scale beside it; {grouped(start)} at the start. Large markers: projections of the methods' best "
        "vectors; in brackets the loss at the vectors themselves, the lowest first. Dots: the best vectors "
        "so far that a run kept during training."
    )
    if straight:
        text += (
            f" Dashed, a straight line: {listed(straight, letters=NAME)}, of which no such vectors are kept."
        )
    if random:
        text += f" Every loss is on the same {DRAWS} draws of the noise, which no run has seen."
    if gone:
        text += f" Too far out to draw: {listed(gone, letters=NAME)} ({counted(len(gone), 'method')})."
    return text
