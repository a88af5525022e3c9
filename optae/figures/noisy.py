"""Noisy copies beside their reconstructions: those of the training, then fresh ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..datasets import Dataset
from ..evaluation.denoising import unseen
from ..evaluation.metrics import wrong_mask
from ..model.autoencoder import Autoencoder
from ..model.corruptions import Corruption, spelled
from ..text import counted
from .images import EDGE, outline, show, widest
from .medium import current
from .style import INK, STYLE, canvas, clean, name_of, no_numbers

UNIT, LARGEST = 0.07, 0.7  # inches: a letter's pixel, and an image with many pixels
GAP, LINE = 0.2, 0.1  # inches between pairs, and between rows
NAMES, HEAD = 1.25, 0.3  # inches: a row's name, and the room above the first row
MOST = 5  # most copies of each sample in a block


@dataclass(frozen=True, eq=False)
class Block:
    """Noisy copies of some samples, and their reconstructions."""

    name: str
    noisy: np.ndarray  # (copies, n, d)
    back: np.ndarray  # likewise

    @classmethod
    def of(cls, name: str, noisy: np.ndarray, model: Autoencoder, theta: np.ndarray) -> "Block":
        """Return the block of these copies."""
        with np.errstate(all="ignore"):
            back = np.asarray(model.reconstruct(theta, noisy.reshape(-1, noisy.shape[-1])))
        return cls(name, noisy, back.reshape(noisy.shape))

    def exact(self, x: np.ndarray) -> str:
        """Return how many copies of x (n, d) are restored without a wrong pixel."""
        right = ~wrong_mask(self.back, x).any(axis=-1)
        return f"{right.sum()} of {right.size}"


@rc_context(STYLE)
def noisy_pairs(
    model: Autoencoder, theta: np.ndarray, data: Dataset, noise: Corruption, seen: np.ndarray | None = None
) -> Figure:
    """Draw rows of noisy samples beside their reconstructions: copies of the training, then fresh ones.

    `seen` (copies n, d) holds every sample once, then again. Without it only fresh copies are shown, of the
    held-out samples if there are any. If there are many samples, an evenly spaced part is shown.
    """
    data = data.heldout or data if seen is None else data
    rows, columns = data.shape
    unit = min(UNIT, LARGEST / max(data.shape)) * (0.5 if current().narrow else 1)
    wide, tall = (2 * columns + 1) * unit + GAP, rows * unit + LINE
    chosen = _chosen(len(data.x), int((widest() - NAMES - 2 * EDGE) / wide))
    x, labels = data.x[chosen], [clean(data.labels[i], 8) for i in chosen]
    blocks = [Block.of("fresh", unseen(x, noise, MOST).reshape(MOST, *x.shape), model, theta)]
    if seen is not None:
        copies = seen.reshape(-1, *data.x.shape)[:MOST, chosen]
        blocks.insert(0, Block.of("trained on", copies, model, theta))
    figure, axes = canvas(
        NAMES + len(chosen) * wide + 2 * EDGE,
        HEAD + sum(len(block.noisy) for block in blocks) * tall,
        f"Noisy samples (left) and their reconstructions (right): {name_of(data)}",
        _caption(blocks, data, x, noise) + no_numbers(np.concatenate([b.back.ravel() for b in blocks])),
    )
    for k, label in enumerate(labels):
        axes.text(NAMES + k * wide + (columns + 0.5) * unit, HEAD - 0.1, label, ha="center", fontsize=9)
    top = HEAD
    for block in blocks:
        for k, (noisy, back) in enumerate(zip(block.noisy, block.back, strict=True), start=1):
            axes.text(EDGE, top + rows * unit / 2, f"{block.name}, {k}", va="center", fontsize=9, color=INK)
            _row(axes, data.shape, [noisy, back, wrong_mask(back, x)], top, unit)
            top += tall
    return figure


def _chosen(n: int, fit: int) -> np.ndarray:
    """Return the indices of at most `fit` of n samples, evenly from the first to the last."""
    return np.unique(np.linspace(0, n - 1, min(n, max(1, fit))).astype(int))


def _row(axes: Axes, shape: tuple[int, int], images: Sequence[np.ndarray], top: float, unit: float) -> None:
    """Draw noisy copies and reconstructions; `images` are those two, and which pixels are wrong."""
    wide = (2 * shape[1] + 1) * unit + GAP
    for k, (noisy, back, wrong) in enumerate(zip(*images, strict=True)):
        left = NAMES + k * wide
        right = left + (shape[1] + 1) * unit
        show(axes, noisy.reshape(shape), left, top, unit)
        show(axes, back.reshape(shape), right, top, unit)
        outline(axes, wrong.reshape(shape), right, top, unit)


def _caption(blocks: Sequence[Block], data: Dataset, x: np.ndarray, noise: Corruption) -> str:
    """Return the noise, and how many copies are restored without a wrong pixel, in words."""
    told = {"trained on": "of those that training saw", "fresh": "of fresh ones, which no training saw"}
    counts = "; ".join(f"{block.exact(x)} {told[block.name]}" for block in blocks)
    again = "" if len(blocks) > 1 else " Training had no fixed copies, as it drew new noise again and again."
    part = "" if len(x) == len(data.x) else f" Shown: {len(x)} of {counted(len(data.x), 'sample')}."
    return (
        f"Noise: {spelled(noise)}. Copies restored without a wrong pixel: {counts}.{again}{part}"
        " Pixels on the wrong side of 0.5 are outlined."
    )
