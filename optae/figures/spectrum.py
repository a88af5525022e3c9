"""The spectrum of the loss's curvature: at the end of a run, and as training unfolds it, method by method."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..engines.streams import CURVATURE, stream
from ..evaluation.curvature import Curvature, draw_of, product
from ..statistics.lanczos import Spectrum, spectrum
from ..storage.run import Run
from ..storage.snapshots import read_snapshots
from ..text import counted, number
from .comparison.lines import empty, grid, logarithmic
from .medium import current
from .palette import BLUE, VERMILLION
from .style import STYLE, clean, sheet

DECADES, RESOLVED = 8, 5  # below the largest eigenvalue: shown if all are known, and in an estimate
POINTS = 400
OUT = 1e-3  # a count that lies below every axis, where no eigenvalue is left
PROBES, STEPS = 4, 80  # of each snapshot
MOST = 6  # most runs in one picture
COLUMNS, PANEL = 3, 3.4  # most panels in a row, and the inches of each
COLOURS = {"hessian": BLUE, "gauss-newton": VERMILLION}
NAMES = {"hessian": "Hessian", "gauss-newton": "Gauss-Newton"}


@rc_context(STYLE)
def curvature(
    found: Sequence[Curvature], sharp: Mapping[str, tuple[np.ndarray, np.ndarray]], name: str = ""
) -> Figure:
    """Draw how many eigenvalues are above each size, and the largest one along the snapshots.

    `sharp` has, by matrix, the evaluations of the snapshots and their largest eigenvalues, (snapshots,) each;
    without any the picture has one panel.
    """
    title = "Curvature of the loss" + (f": {clean(name, 70)}" if name else "")
    caption = f"{counted(found[0].spectrum.size, 'eigenvalue')}, {_how(found[0].spectrum)}."
    panels = 2 if sharp else 1
    columns = current().columns(panels, PANEL)
    rows = panels // columns
    figure = sheet(10 if sharp else 6.5, 4.4 * rows, title, caption)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    _ends(axes[0], found)
    if sharp:
        _along(axes[1], sharp)
    return figure


@rc_context(STYLE)
def unfolding(runs: Sequence[Run], matrix: str = "hessian") -> Figure:
    """Draw the positive spectrum at the snapshots of each run, a panel a run.

    Raises ValueError if no run has kept snapshots.
    """
    known = {run: kept for run in runs if (kept := read_snapshots(run.path))}
    if not known:
        raise ValueError("no run has kept snapshots: those of optae train do, and cells of small networks")
    shown = dict([*known.items()][:MOST])
    found = {run: _spectra(run, [one.theta for one in kept], matrix) for run, kept in shown.items()}
    columns = current().columns(min(COLUMNS, len(found)), PANEL)
    rows = -(-len(found) // columns)
    out = f" {counted(len(known) - MOST, 'run')} more not drawn." if len(known) > MOST else ""
    caption = (
        f"From pale to dark: the vectors that each run kept, from its start to its end. {NAMES[matrix]},"
        f" positive eigenvalues, {counted(next(iter(found)).model.size, 'parameter')}.{out}"
    )
    title = "How training unfolds the spectrum"
    figure = sheet(PANEL * columns + 0.6, 3.0 * rows + 1.0, title, caption)
    every = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    high = max(_largest(one) for each in found.values() for one in each)
    for axes, (run, each) in zip(every, found.items(), strict=False):
        _panel(axes, run, each, high)
    for axes in every[len(found) :]:
        axes.axis("off")
    return figure


def _how(found: Spectrum) -> str:
    """Return how a density is known, in words."""
    if found.exact:
        return "each of them computed"
    probes = counted(len(found.values), "random vector")
    return f"their number above each size estimated from {probes} (stochastic Lanczos quadrature)"


def _spectra(run: Run, thetas: Sequence[np.ndarray], matrix: str) -> list[Spectrum]:
    """Return the spectrum at each vector (size,), from the same random vectors."""
    problem = run.experiment.problem(run.data)
    model, draw = problem.model, draw_of(problem.model, problem.x, problem.y)
    multiply = [product(model, theta, draw, matrix) for theta in thetas]
    return [spectrum(times, model.size, PROBES, STEPS, stream(0, CURVATURE)) for times in multiply]


def _largest(found: Spectrum) -> float:
    return float(np.nanmax(found.values))


def _ends(axes: Axes, found: Sequence[Curvature]) -> None:
    """Draw the number of eigenvalues above each size, and of negative ones below it."""
    high = max(float(one.top[0]) for one in found)
    if not high > 0:
        empty(axes, "no positive eigenvalue")
        return
    x = _sizes(high, found[0].spectrum)
    for one in found:
        colour, name = COLOURS[one.matrix], NAMES[one.matrix]
        _line(axes, x, _above(one.spectrum, x), color=colour, lw=1.8, label=name)
        if one.lowest < -x[0]:
            below = one.spectrum.size * one.spectrum.below(-x)
            _line(axes, x, below, color=colour, lw=1.2, ls="--", label=f"{name}, negative")
    axes.set(xlabel="size of an eigenvalue", ylabel="eigenvalues above")
    logarithmic(axes.xaxis, x[0], x[-1])
    logarithmic(axes.yaxis, 0.7, 1.4 * found[0].spectrum.size)
    grid(axes)
    axes.legend(loc="lower left")


def _along(axes: Axes, sharp: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Draw the largest eigenvalue at each snapshot."""
    for matrix, (calls, values) in sharp.items():
        axes.plot(calls + 1, values, "o-", ms=4, color=COLOURS[matrix], label=NAMES[matrix])
    known = np.concatenate([values[np.isfinite(values) & (values > 0)] for _, values in sharp.values()])
    if not len(known):
        empty(axes, "no positive eigenvalue")
        return
    axes.set(xlabel="evaluations + 1", ylabel="largest eigenvalue")
    last = max(float(calls[-1]) for calls, _ in sharp.values()) + 1
    logarithmic(axes.xaxis, 0.9, max(10.0, 1.2 * last))
    logarithmic(axes.yaxis, 0.6 * float(known.min()), 1.6 * float(known.max()))
    grid(axes)
    axes.legend(loc="best")


def _panel(axes: Axes, run: Run, each: Sequence[Spectrum], high: float) -> None:
    """Draw the spectra of one run, from pale to dark."""
    x = _sizes(high, each[0])
    for i, one in enumerate(each):
        share = 0.25 + 0.75 * (i + 1) / len(each)
        _line(axes, x, _above(one, x), color=colormaps["Blues"](share), lw=1.4)
    end = number(_largest(each[-1]))
    axes.set_title(f"{clean(run.record['method'], 20)}: largest {end} at the end", loc="left", fontsize=9)
    logarithmic(axes.xaxis, x[0], x[-1])
    logarithmic(axes.yaxis, 0.7, 1.4 * each[0].size)
    grid(axes)
    spec = axes.get_subplotspec()
    if spec is not None and spec.is_first_col():
        axes.set_ylabel("eigenvalues above")
    axes.set_xlabel("size")
    axes.tick_params(labelbottom=True)


def _sizes(high: float, found: Spectrum) -> np.ndarray:
    """Return sizes of eigenvalues up to the largest, (points,), as far down as the spectrum resolves them."""
    return np.geomspace(high / 10 ** (DECADES if found.exact else RESOLVED), 1.3 * high, POINTS)


def _above(found: Spectrum, x: np.ndarray) -> np.ndarray:
    """Return how many eigenvalues are above each size, (points,)."""
    return found.size * (1 - found.below(x))


def _line(axes: Axes, x: np.ndarray, counts: np.ndarray, **style: Any) -> None:
    axes.plot(x, np.maximum(counts, OUT), drawstyle="steps-post", **style)
