"""Images laid out in rows on a canvas that measures inches."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from .medium import current
from .palette import VERMILLION
from .style import GREY

WIDEST = 13.2  # inches: the widest row
EDGE = 0.1
HEAD = 0.25  # inches for the line above a cell
LEAST = 0.02  # inches of the smallest pixel that a printer shows
PAPER = colormaps["gray_r"].with_extremes(bad="#ffd9b3")  # ink is 1; nan and inf are pale orange


@dataclass(frozen=True)
class Cells:
    """Equal cells in rows; each has images beside or below each other, and text above and below them."""

    shape: tuple[int, int]  # (rows, columns) of an image
    across: int  # images in a cell, side by side
    down: int  # likewise, one below the other
    unit: float  # the side of a pixel
    width: float
    columns: int
    lines: int  # of text below the images

    @classmethod
    def plan(
        cls, shape: tuple[int, int], n: int, side: float, *, across: int = 1, down: int = 1,
        least: float = 0.7, columns: int = 99, lines: int = 1, tight: float = 0.0,
    ) -> "Cells":  # fmt: skip
        """Return the plan for n cells at least `least` inches wide, with images of `side` inches.

        On a narrow page the images are smaller, and the cells at least `tight` inches wide if that is given.
        """
        longest, room = max(shape), widest() - 2 * EDGE
        unit = min(max(side / longest, LEAST), 5 / longest)
        pixels = across * shape[1] + across - 1
        width = max(least, pixels * unit + 0.15)
        if current().narrow and width * columns > room:  # smaller images, to keep the columns
            width = min(width, max(tight or least, room / columns))
            unit = min(unit, max((width - 0.15) / pixels, LEAST / 2))
        fit = max(1, int(room / width + 1e-9))
        return cls(shape, across, down, unit, width, min(max(1, columns), fit, n), lines)

    @property
    def tall(self) -> float:
        """The height of a cell's images in inches."""
        return (self.down * self.shape[0] + self.down - 1) * self.unit

    @property
    def row(self) -> float:
        """The height of a row of cells in inches."""
        return HEAD + self.tall + 0.1 + 0.15 * self.lines + 0.08

    def size(self, n: int) -> tuple[float, float]:
        """Return the width and height of n cells in inches."""
        return self.columns * self.width + 2 * EDGE, ceil(n / self.columns) * self.row

    def place(self, k: int) -> tuple[float, float]:
        """Return the left and top of the k-th cell."""
        return EDGE + k % self.columns * self.width, k // self.columns * self.row

    def draw(self, axes: Axes, k: int, images: list[np.ndarray]) -> list[tuple[float, float]]:
        """Draw flat images in the k-th cell, and return where each begins."""
        left, top = self.place(k)
        high, wide = ((side + 1) * self.unit for side in self.shape)  # with the gap to the next
        many = len(images) if self.down == 1 else 1
        first = left + (self.width - many * wide + self.unit) / 2
        places = [(0, j) if self.down == 1 else (j, 0) for j in range(len(images))]
        starts = [(first + j * wide, top + HEAD + i * high) for i, j in places]
        for image, (x, y) in zip(images, starts, strict=True):
            show(axes, image.reshape(self.shape), x, y, self.unit)
        return starts

    def write(self, axes: Axes, k: int, above: str, below: list[str], bold: bool = False) -> None:
        """Write text above and below the images of the k-th cell."""
        left, top = self.place(k)
        middle, under = left + self.width / 2, top + HEAD + self.tall + 0.06
        axes.text(middle, top + 0.17, above, ha="center", va="baseline", fontsize=9)
        for line, text in enumerate(below):
            axes.text(
                middle, under + 0.15 * line, text, ha="center", va="top", fontsize=7.5,
                color=VERMILLION if bold else GREY, fontweight="bold" if bold else "normal",
            )  # fmt: skip

    def frame(self, axes: Axes, k: int, colour: str = VERMILLION) -> None:
        """Draw a frame around the k-th cell."""
        left, top = self.place(k)
        box = Rectangle((left + 0.015, top + 0.02), self.width - 0.03, self.row - 0.06)
        box.set(fill=False, edgecolor=colour, linewidth=1.8)
        axes.add_patch(box)


def widest() -> float:
    """Return the inches of the widest row."""
    return min(WIDEST, current().room)


def show(axes: Axes, image: np.ndarray, left: float, top: float, unit: float) -> None:
    """Draw an image (rows, columns) in [0, 1] with a thin border; 1 is black ink."""
    rows, columns = image.shape
    right, bottom = left + columns * unit, top + rows * unit
    axes.imshow(
        np.ma.masked_invalid(image), cmap=PAPER, vmin=0, vmax=1, extent=(left, right, bottom, top),
        aspect="auto",
    )  # fmt: skip
    axes.add_patch(
        Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=GREY, linewidth=0.5)
    )


def outline(axes: Axes, mask: np.ndarray, left: float, top: float, unit: float) -> None:
    """Outline the pixels of a mask (rows, columns) on an image that is drawn there."""
    boxes = [Rectangle((left + j * unit, top + i * unit), unit, unit) for i, j in np.argwhere(mask)]
    axes.add_collection(
        PatchCollection(
            boxes, facecolor="none", edgecolor=VERMILLION, linewidth=min(1.2, 15 * unit), zorder=3
        )
    )
