"""The loss around a vector, along lines."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..engines.streams import SLICES, stream
from ..model.chain import Chain
from ..storage.run import Run
from ..text import counted, grouped
from ..training.objective import Objective
from .comparison.lines import empty, grid, logarithmic
from .curves import FAR, WIDE, ticks
from .medium import current
from .palette import DASHES, PALETTE
from .style import GREY, STYLE, clean, sheet

PANEL = 3.4  # inches of the narrower panel
SHORT = 0.1  # scale of the single directions, which are steeper than random ones
LEGEND = 4  # room for the names above the lines, in margins below them
MOST = 12  # most directions in one picture
FLOOR = 1e-12  # share of the highest loss below which the axis ends
STEPS = 101  # points of a slice; odd, so that the middle one is the vector itself


def best_slices(runs: Sequence[Run]) -> Figure:
    """Draw the loss on lines through the vector of the best of these runs."""
    best = min(runs, key=lambda run: math.inf if run.record["value"] is None else run.record["value"])
    objective = best.experiment.problem(best.data).objective()
    words = (best.record["method"], Path(str(best.record["dataset"])).name, f"seed {best.record['seed']}")
    return slices(best.model, best.theta, objective, name=", ".join(words))


@rc_context(STYLE)
def slices(
    model: Chain,
    theta: np.ndarray,
    objective: Objective,
    *,
    directions: int = 4,
    reach: float = 1.0,
    seed: int = 0,
    name: str = "",
) -> Figure:
    """Draw the loss on lines through theta (size,): random ones normalised by neuron, and two special ones.

    The lines are theta + t d for |t| <= reach. On the left the weights of a random d into every neuron are as
    long as theta's (Li et al., 2018). On the right d is the gradient's direction, and the axis of its largest
    entry, with t in tenths of theta's length. Raises ValueError for no directions, and a reach that is not
    positive.
    """
    if not 1 <= directions <= MOST or not 0 < reach < np.inf:
        raise ValueError(f"{directions} directions over {reach:g}: give 1 to {MOST}, and a positive reach")
    theta = np.asarray(theta, dtype=float)
    rng, t = stream(seed, SLICES), np.linspace(-reach, reach, STEPS)
    random = {f"random {i + 1}": like(model, theta, rng) for i in range(directions)}
    chosen, slope = _meant(model, theta, objective)
    sides = [{s: along(objective, theta, d, t) for s, d in lines.items()} for lines in (random, chosen)]
    title = "Slices of the loss" + (f": {clean(name, 70)}" if name else "")
    middle = float(along(objective, theta, np.zeros_like(theta), t[:1])[0])
    columns, caption = current().columns(2, PANEL), _caption(middle, slope, directions, reach)
    rows, wide = 3 - columns, min(10.5, current().room)
    figure = sheet(wide, rows * (4.6 if columns == 2 else 2.8), title, caption)
    left, right = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    _side(left, t, sides[0], "t, in lengths of each neuron's weights")
    _side(right, t, sides[1], "t, in tenths of the vector's length")
    values = np.concatenate([v for side in sides for v in side.values()])
    _scale(left, values)
    left.set_ylabel(clean(model.minimised))
    return figure


def like(model: Chain, theta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a random direction (size,), 0 for biases, with weights into a neuron as long as theta's."""
    direction = np.zeros(model.size)
    scale = _scale_of(theta)
    weights, drawn = model.layout.unpack(theta / scale), model.layout.unpack(direction)
    for array, into in zip(weights.values(), drawn.values(), strict=True):
        if array.ndim == 2:
            noise = rng.standard_normal(array.shape)
            with np.errstate(all="ignore"):
                into[...] = noise * np.linalg.norm(array, axis=0) / np.linalg.norm(noise, axis=0)
    with np.errstate(all="ignore"):
        return np.nan_to_num(scale * direction, posinf=0, neginf=0)


def _scale_of(vector: np.ndarray) -> float:
    """Return the largest entry, which scales a length so that it cannot overflow; 1 if there is none."""
    largest = float(np.abs(vector).max())
    return largest if 0 < largest < np.inf else 1.0


def _length(vector: np.ndarray) -> float:
    return _scale_of(vector) * float(np.linalg.norm(vector / _scale_of(vector)))


def along(objective: Objective, theta: np.ndarray, direction: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the loss at theta + t direction for every t (steps,)."""
    with np.errstate(all="ignore"):
        return np.array([objective(theta + step * direction) for step in t])


def _meant(model: Chain, theta: np.ndarray, objective: Objective) -> tuple[dict[str, np.ndarray], float]:
    """Return the gradient's direction and its largest entry's axis, scaled, and the gradient's length."""
    with np.errstate(all="ignore"):
        gradient = np.nan_to_num(objective.grad(theta), posinf=0, neginf=0)
        slope, length = _length(gradient), _length(theta)
    length = SHORT * (length if 0 < length < FAR else 1.0)
    k = int(np.abs(gradient).argmax())
    place = next(f"{slot}[{k - at.start}]" for slot, at, _ in model.layout.slots if at.start <= k < at.stop)
    axis = np.zeros_like(theta)
    axis[k] = length
    lines = {f"coordinate {place}": axis}
    return ({"gradient": gradient / slope * length, **lines} if slope else lines), slope


def _side(axes: Axes, t: np.ndarray, lines: dict[str, np.ndarray], label: str) -> None:
    for i, (name, values) in enumerate(lines.items()):
        known = np.isfinite(values)
        axes.plot(
            t[known], values[known].clip(-FAR, FAR), lw=1.6, label=clean(name, 40),
            color=PALETTE[i % len(PALETTE)], linestyle=DASHES[i % len(DASHES)],
        )  # fmt: skip
    axes.axvline(0, color=GREY, lw=0.8, ls=":", zorder=0)
    axes.set_xlabel(label)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(ticks())
    axes.margins(x=0)
    grid(axes)
    axes.legend(
        loc="upper center",
        ncols=1 if current().narrow else 2,
        frameon=True,
        framealpha=0.85,
        edgecolor="none",
    )


def _scale(axes: Axes, values: np.ndarray) -> None:
    known = values[np.isfinite(values)].clip(-FAR, FAR)
    if not known.size:
        empty(axes, "no loss was a number")
        return
    low, high = float(known.min()), float(known.max())
    if low >= 0 and high > WIDE * low and high > 0:
        low = max(float(known[known > 0].min()), FLOOR * high)
        pad = (high / low) ** 0.05
        logarithmic(axes.yaxis, low / pad, high * pad**LEGEND)
        return
    pad = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    axes.set_ylim(low - pad, high + LEGEND * pad)
    axes.yaxis.set_major_formatter(ticks())


def _caption(value: float, slope: float, directions: int, reach: float) -> str:
    many = counted(directions, "random direction")
    return (
        f"The loss at theta + t d, {grouped(value)} in the middle, |t| up to {reach:g}. Left: {many}, "
        "normal numbers whose weights into each neuron are scaled to the length of theta's, "
        "biases kept (filter normalisation, Li et al., 2018). Right: the gradient's direction, uphill to the "
        f"right (its length here is {slope:.3g}), and the axis of its largest entry. All on the data and the "
        "frozen draw that the method met."
    )
