"""The loss of a run against time and against evaluations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ..text import counted, grouped
from .palette import BLUE, VERMILLION
from .style import GREY, PALE, STYLE, clean, sheet, wrapped

if TYPE_CHECKING:
    from pandas import DataFrame

KINDS = {
    "value_evaluations": "values",
    "grad_evaluations": "gradients",
    "hvp_evaluations": "Hessian products",
    "jacobian_evaluations": "Jacobians",
}
WRONG = "wrong pixels\nof the worst"
MEASURES = {"max_pixel_error": WRONG, "accuracy": "accuracy", "rmse": "rmse"}  # the first that a trace has
WIDE = 10  # a loss that falls by this factor needs a logarithmic axis
FAR = 1e150  # beyond it axes overflow, so larger values are drawn there, mostly out of sight
FEW = 60  # most measurements of pixels that are drawn as dots
Legs = Sequence[Mapping[str, float | str]]  # as a record has them
TINY = 1e-290  # below it a logarithmic axis overflows


@dataclass(frozen=True, eq=False)
class History:
    """The columns of a trace, (rows,) each."""

    seconds: np.ndarray
    evaluations: np.ndarray  # calls of any kind
    kinds: str  # the kinds of calls, in words
    loss: np.ndarray
    best: np.ndarray
    name: str  # of what is measured of the best so far: wrong pixels, or errors of predictions
    measured: np.ndarray
    unseen: np.ndarray | None  # the same on held-out samples

    @classmethod
    def of(cls, trace: "DataFrame") -> "History":
        """Return the history of a pandas frame with the columns of `optae.training.history.Row`."""
        kinds = ", ".join(word for kind, word in KINDS.items() if np.any(trace[kind])) or "values"
        measure = next(name for name in MEASURES if name in trace)
        columns = {name: np.asarray(trace[name], dtype=float) for name in trace}
        return cls(
            columns["seconds"],
            columns["evaluations"],
            kinds,
            columns["loss"],
            columns["best"],
            MEASURES[measure],
            columns[measure],
            columns.get(f"heldout_{measure}"),
        )

    @property
    def limits(self) -> tuple[float, float] | None:
        """Return the lowest and highest loss to show, or None if no loss is finite.

        A line search may visit losses of 1e20, so losses far above the first best value are left out.
        """
        best, loss = (v[np.isfinite(v)].clip(-FAR, FAR) for v in (self.best, self.loss))
        if not len(best):
            return None if not len(loss) else (float(loss.min()), float(loss.max()))
        start = abs(float(best.max()))
        seen = loss[loss <= 3 * start]
        return float(best.min()), max(float(best.max()), float(seen.max()) if len(seen) else -np.inf)


@rc_context(STYLE)
def curves(trace: "DataFrame", loss_name: str, title: str = "", legs: Legs = ()) -> Figure:
    """Draw the loss and the best so far, above the wrong pixels of the best, by time and by evaluations.

    `trace` is a pandas frame with the columns of `optae.training.history.Row`. A line marks where the next of
    several methods takes over, as `legs` of a record says. Raises ValueError if the trace has no rows.
    """
    if not len(trace):
        raise ValueError("the trace has no rows: nothing has run")
    history = History.of(trace)
    figure = sheet(10, 4.8, title or f"Training curve: {clean(loss_name, 20)}", _caption(history))
    panels = figure.subplots(2, 2, sharex="col", sharey="row", height_ratios=(3, 1), squeeze=False)
    for (upper, lower), x in zip(panels.T, (history.seconds, history.evaluations), strict=True):
        _losses(upper, x, history)
        _measured(lower, x, history)
    for leg in legs[1:]:
        for upper, cost in zip(panels[0], ("seconds", "evaluations"), strict=True):
            _takes_over(upper, float(leg[cost]), str(leg["method"]))
    _axes(panels, history, loss_name)
    return figure


def _losses(axes: Axes, x: np.ndarray, history: History) -> None:
    """Draw every loss as a faint dot, and the best so far as a step line that ends in a dot."""
    met, known = np.isfinite(history.loss), np.isfinite(history.best)
    loss, best = history.loss.clip(-FAR, FAR), history.best.clip(-FAR, FAR)
    axes.plot(x[met], loss[met], ".-", ms=2, lw=0.4, color=PALE, label="just met", zorder=1)
    axes.step(x[known], best[known], where="post", color=BLUE, lw=1.8, label="best so far", zorder=2)
    axes.plot(x[known][-1:], best[known][-1:], "o", ms=4.5, color=BLUE, zorder=3)


def _takes_over(axes: Axes, at: float, method: str) -> None:
    """Draw the line at which a method begins, with its name."""
    axes.axvline(at, color=GREY, lw=0.8, ls=":", zorder=0)
    place: dict[str, Any] = {
        "xy": (at, 1),
        "xycoords": ("data", "axes fraction"),
        "textcoords": "offset points",
    }
    axes.annotate(clean(method, 24), **place, xytext=(3, -3), va="top", fontsize=8, color=GREY)


def _measured(axes: Axes, x: np.ndarray, history: History) -> None:
    """Draw what is measured of the best, and dashed the same on held-out samples."""
    lines = {"-": history.measured} | ({"--": history.unseen} if history.unseen is not None else {})
    for style, values in lines.items():
        known = np.isfinite(values)
        dots = "." if known.sum() <= FEW else ""
        axes.step(x[known], values[known], style, where="post", color=VERMILLION, lw=1.5, marker=dots, ms=5)
        axes.plot(x[known][-1:], values[known][-1:], "s", ms=4, color=VERMILLION)
    shown = np.concatenate([values[np.isfinite(values)] for values in lines.values()])
    if not len(shown):
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", va="center", color=GREY)
    highest = shown.max() if len(shown) else 1
    highest = max(1, highest) if history.name == WRONG else highest or 1
    axes.set_ylim(-0.08 * highest, 1.12 * highest)


def _axes(panels: np.ndarray, history: History, loss_name: str) -> None:
    """Set the scales, names and ticks of the axes."""
    (left, right), (below_left, below_right) = panels
    _scale(left, history)
    left.set_ylabel(clean(loss_name, 20))
    below_left.set_ylabel(history.name)
    below_left.yaxis.set_major_locator(MaxNLocator(4, integer=history.name == WRONG))
    below_left.set_xlabel("seconds of solving (without compiling and measuring)")
    below_right.set_xlabel(wrapped(f"evaluations on all the data ({history.kinds})", 4.6, 10))
    for axes in (below_left, below_right):
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(ticks())
        axes.margins(x=0.02)
    for axes in panels.flat:
        axes.grid(axis="y", color="#eeeeee", lw=0.8, zorder=0)
        axes.set_axisbelow(True)
    right.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none")


def _scale(axes: Axes, history: History) -> None:
    """Set a logarithmic axis if all losses shown are positive and range widely, else a linear one."""
    limits = history.limits
    if limits is None:
        axes.text(0.5, 0.5, "no loss was a number", transform=axes.transAxes, ha="center", color=GREY)
        return
    low, high = limits
    if low > TINY and high / low > WIDE:
        axes.set_yscale("log")
        axes.set_ylim(low / (high / low) ** 0.05, high * (high / low) ** 0.05)
        subs = (1, 2, 5) if high / low < 1000 else (1,)
        axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=8))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        pad = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
        axes.set_ylim(low - pad, high + pad)
    axes.yaxis.set_major_formatter(ticks())


def ticks(write: Callable[[float], str] = grouped) -> Formatter:
    """Return a formatter that writes plain numbers, without the markup that labels could abuse."""
    return FuncFormatter(lambda value, _: write(value))


def _caption(history: History) -> str:
    known = np.flatnonzero(np.isfinite(history.best))
    if not len(known):
        return "No loss of this run was a number."
    last, limits = known[-1], history.limits
    end = _end(history)
    seconds, evaluations = f"{history.seconds[-1]:.3g}", grouped(history.evaluations[-1])
    text = f"Best {grouped(history.best[last])}, in a run of {seconds} s and {evaluations} evaluations{end}."
    above = limits is not None and (history.loss[~np.isnan(history.loss)] > limits[1]).any()
    return text + (" Losses far above the start were met too and are not drawn." if above else "")


def _end(history: History) -> str:
    """Return what was measured last, in words."""
    last = history.measured[np.isfinite(history.measured)]
    if not len(last):
        return ""
    if history.name == WRONG:
        return f"; its worst sample has {counted(int(last[-1]), 'wrong pixel')}"
    unseen = "" if history.unseen is None else f" and {history.unseen[-1]:.3g} on held-out samples (dashed)"
    return f"; {history.name} {last[-1]:.3g}{unseen}"
