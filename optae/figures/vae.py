"""Pictures of a variational autoencoder: images from its prior, held-out reconstructions, its bound."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.special import ndtri

from ..datasets import Dataset
from ..engines.streams import SAMPLES, stream
from ..evaluation.latent import decode, shadows, walk_codes
from ..model.autoencoder import Autoencoder
from ..text import counted, grouped
from .curves import FAR, ticks
from .decoded_plane import GAPS, mosaic
from .images import Cells
from .latent_plane import described
from .medium import current
from .palette import BLUE, VERMILLION
from .style import GREY, PALE, POINTS, STYLE, canvas, clean, inked, name_of, sheet

if TYPE_CHECKING:
    from pandas import DataFrame

QUANTILES = (0.05, 0.95)
ROWS = 10  # rows of new samples
SHOWN = 40  # held-out images to show
SIDE = 0.42  # inches of an image


@rc_context(STYLE)
def quantile_grid(model: Autoencoder, theta: np.ndarray, data: Dataset, cells: int = 15) -> Figure:
    """Draw images decoded at the latent prior's quantiles, evenly from 0.05 to 0.95 on each axis.

    For more than two dimensions the grid is in the plane of the codes' two principal components through 0.
    """
    plane, _ = shadows(model, theta, data.x)
    at = ndtri(np.linspace(*QUANTILES, cells))
    columns, rows = np.meshgrid(at, at[::-1] if len(plane.axes) == 2 else [0.0])
    points = np.stack([columns.ravel(), rows.ravel()], axis=1)[:, : len(plane.axes)]
    images = decode(model, theta, points @ plane.axes)
    ends = f"{QUANTILES[0]:g} to {QUANTILES[1]:g}"
    caption = f"{described(plane)} The normal quantiles run evenly from {ends} along each axis."
    return _sheet(images, data, cells, f"Decoded at the prior's quantiles: {name_of(data)}", caption)


@rc_context(STYLE)
def samples(model: Autoencoder, theta: np.ndarray, data: Dataset, cells: int = 15) -> Figure:
    """Draw new images, decoded from codes that are drawn from N(0, I)."""
    codes = stream(0, SAMPLES).standard_normal((ROWS * cells, model.latent_width))
    caption = f"{counted(len(codes), 'code')} drawn from the prior N(0, I), and decoded."
    return _sheet(decode(model, theta, codes), data, cells, f"New samples: {name_of(data)}", caption)


@rc_context(STYLE)
def heldout_pairs(model: Autoencoder, theta: np.ndarray, data: Dataset) -> Figure:
    """Draw held-out images above their reconstructions, evenly from the first to the last."""
    chosen = np.unique(np.linspace(0, len(data.x) - 1, SHOWN).astype(int))
    y = model.reconstruct(theta, data.x[chosen])
    names = [clean(data.labels[i]) for i in chosen]
    widest = max(inked(name, 9) for name in names) / POINTS + 0.1
    cells = Cells.plan(data.shape, len(chosen), SIDE, down=2, least=max(0.7, widest), columns=10)
    width, height = cells.size(len(chosen))
    caption = f"{len(chosen)} of {counted(len(data.x), 'image')} that no training saw; below, nats of bce."
    title = f"Held out (above) and reconstructed (below): {name_of(data)}"
    figure, axes = canvas(width, height, title, caption, least=6)
    for k, i in enumerate(chosen):
        cells.draw(axes, k, [data.x[i], y[k]])
        cells.write(axes, k, names[k], [f"{_nats(data.x[i], y[k]):.0f} nats"])
    return figure


@rc_context(STYLE)
def traversal(model: Autoencoder, theta: np.ndarray, data: Dataset, steps: int = 11) -> Figure:
    """Draw paths through the latent space, from the first image of each class to that of the next."""
    names = (data.classes if data.order else list(dict.fromkeys(data.labels)))[:10]
    first = [data.labels.index(name) for name in names]
    codes = np.asarray(model.encode(theta, data.x[first]))
    ends = list(zip(range(len(first)), [*range(1, len(first)), 0], strict=True))
    walks = [decode(model, theta, walk_codes(codes[a], codes[b], steps)) for a, b in ends]
    known = data.x[first]
    rows = [np.vstack([known[[a]], walk, known[[b]]]) for (a, b), walk in zip(ends, walks, strict=True)]
    title = f"Traversals of the latent space: {name_of(data)}"
    caption = "A line a row: at its ends two images, between them what lies between their codes, decoded."
    return _sheet(np.vstack(rows), data, steps + 2, title, caption)


@rc_context(STYLE)
def bounds(trace: "DataFrame", heldout: Sequence[dict[str, float]], loss_name: str) -> Figure:
    """Draw the training loss of every epoch and the held-out bound with its two parts, in nats per image.

    `trace` is a pandas frame with the columns of `optae.training.history.Row`, and `heldout` are the looks of
    a result.
    """
    figure = sheet(9, 4.6, f"{clean(loss_name)} + divergence, nats per image", _told(heldout))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    epochs = trace.iloc[1:-1]
    upper.plot(epochs.iteration, epochs.loss, color=BLUE, lw=1.5, label="training, an epoch's mean")
    at, bound, parts, tight = (
        [look[name] for look in heldout]
        for name in ("iteration", "negative_elbo", "divergence", "negative_iwae")
    )
    upper.plot(at, bound, color=VERMILLION, lw=1.5, label="held out, -ELBO")
    upper.plot(at[-1:], tight[-1:], "s", ms=5, color=GREY, label="held out, importance-weighted")
    lower.plot(at, parts, color=VERMILLION, lw=1.2, ls="--", label="held out, divergence")
    for axes, corner in ((upper, "upper right"), (lower, "best")):
        axes.yaxis.set_major_formatter(ticks())
        axes.grid(axis="y", color=PALE, lw=0.5)
        axes.legend(loc=corner)
    upper.set_ylim(*_holding(np.concatenate([epochs.loss, bound, tight[-1:]])))
    upper.set_ylabel("nats per image")
    lower.set(xlabel="epoch", ylabel="divergence")
    lower.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    return figure


def _sheet(images: np.ndarray, data: Dataset, cells: int, title: str, caption: str) -> Figure:
    """Draw images side by side, without axes."""
    picture = mosaic(images, data.shape, cells)
    width = min(7.5, current().room)
    height = width * picture.shape[0] / picture.shape[1]
    figure, axes = canvas(width, height, title, caption)
    extent = (0.1, width - 0.1, height - 0.1, 0.1)
    axes.imshow(np.ma.masked_invalid(picture), cmap=GAPS, vmin=0, vmax=1, extent=extent, aspect="auto")
    return figure


def _nats(x: np.ndarray, y: np.ndarray) -> float:
    y = np.clip(y, 1e-12, 1 - 1e-12)
    return float(-(x * np.log(y) + (1 - x) * np.log1p(-y)).sum())


def _holding(values: np.ndarray) -> tuple[float, float]:
    """Return limits that include all finite values."""
    shown = values[np.isfinite(values)].clip(-FAR, FAR)
    if not shown.size:
        return 0.0, 1.0
    pad = 0.05 * np.ptp(shown) or 1.0
    return float(shown.min() - pad), float(shown.max() + pad)


def _told(heldout: Sequence[dict[str, float]]) -> str:
    last = heldout[-1]
    return (
        f"Held out at the end: -ELBO {grouped(last['negative_elbo'])} = misfit {grouped(last['misfit'])}"
        f" + divergence {grouped(last['divergence'])}; importance-weighted {grouped(last['negative_iwae'])};"
        f" {last['active_units']:.0f} active units."
    )
