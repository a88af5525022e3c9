"""The common parts of all pictures: clean text, titles and captions."""

import math
import textwrap
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from ..datasets import Dataset
from ..tables.language import LANGUAGE, translated
from ..text import pathless, shortened
from .medium import current

INK, GREY, PALE = "#222222", "#666666", "#cccccc"
DPI = 150
POINTS = 72  # an inch
SAFE = 0.94  # share of a line that text of mean width may fill, as some lines have more wide letters
WRAPPED = 1.3  # length of the longer of a title's two lines, in halves of the title
LOWEST = 0.6  # least share of its usual height that a diagram on a narrow page has
MOST_LINES = 20  # of a caption
LONG = 2000  # most letters of a title or caption
NAME_SHARE = 1.1  # most of an axis that its name may take
MARGIN = 0.2  # inches to the left and right of a text together

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.usetex": False,
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.facecolor": "white",
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.grid": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": False,
    "savefig.facecolor": "auto",
    "savefig.bbox": None,
    "savefig.transparent": False,
    "path.simplify": True,
    "agg.path.chunksize": 0,
    "pdf.fonttype": 42,  # text stays text, in fonts that are embedded
    "svg.fonttype": "none",
    "svg.hashsalt": "optae",
}


def in_language(figure: Figure) -> Figure:
    """Translate every text of a figure in place, where the language of this process is not English."""
    if LANGUAGE.get() != "en":
        for text in figure.findobj(Text):
            text.set_text(translated(text.get_text()))
    return figure


class Picture(Figure):
    """A figure that knows its title, its caption and the medium that it is made for."""

    def __init__(self, width: float, height: float, title: str, caption: str, **layout: Any) -> None:
        """Make an empty figure of this size in inches of the layout."""
        super().__init__(figsize=(width, height), dpi=DPI, **layout)
        self.title, self.caption = clean(title, LONG), clean(caption, LONG)
        self.medium, self.scale = current(), current().scale
        if math.isfinite(current().width):
            self.scale = current().width / width

    def settle(self) -> None:
        """Wrap the names of axes that do not fit on the page."""
        self.draw_without_rendering()  # positions are known only after this
        wide, tall = self.get_size_inches()
        for axes in self.axes:
            at = axes.get_position()
            _fit(axes.xaxis.label, wide * _free(at.x0, at.x1))
            _fit(axes.yaxis.label, tall * _free(at.y0, at.y1))


def _free(start: float, end: float) -> float:
    """Return the share of a page that is free for the name of an axis from `start` to `end`."""
    middle = (start + end) / 2
    return min(NAME_SHARE * (end - start), 1.96 * middle, 1.96 * (1 - middle))


def _fit(label: Text, most: float) -> None:
    """Wrap a label that is longer than `most` inches."""
    text, size = label.get_text(), float(label.get_fontsize())
    if text and inked(max(text.split("\n"), key=len), size) / POINTS > most:
        label.set_text(wrapped(text, most + MARGIN, size))


def sheet(width: float, height: float, title: str, caption: str) -> Picture:
    """Return a figure of this size in inches with a bold title and a caption, laid out by matplotlib.

    A medium with a width sets that of the figure, and may leave out the title or the caption.
    """
    medium, title, caption = current(), translated(title), translated(caption)
    shown, told = _said(title, caption)
    height -= 0.3 * (not shown) + 0.17 * (not told)
    if math.isfinite(medium.room):
        height *= max(LOWEST, min(1.0, medium.room / width))
        width, height = medium.room, min(height, medium.ratio * medium.room)
    figure = Picture(width, height, title, caption, layout="constrained")
    if shown:
        heading = wrapped(shown, width, 12, 2, bold=True)
        figure.suptitle(heading, x=0.01, ha="left", fontsize=12, fontweight="bold")
    if told:
        note = wrapped(told, width, 9, MOST_LINES)
        figure.supxlabel(note, x=0.01, ha="left", fontsize=9, color=GREY)
    return figure


def canvas(width: float, height: float, title: str, caption: str, least: float = 0.0) -> tuple[Picture, Axes]:
    """Return a figure and its axes in inches from the top left: title, `height` inches of room, caption.

    It is at least `least` inches wide, and wider if the title would not fit into two lines. If the medium has
    a width, it has that, and all is in the middle.
    """
    title, caption = translated(title), translated(caption)
    shown, told = _said(title, caption)
    page = max(width, current().room if math.isfinite(current().room) else max(least, _room(shown)))
    shown, told = wrapped(shown, page, 12, 2, bold=True), wrapped(told, page, 9, MOST_LINES)
    above = 0.15 + 0.22 * (1 + shown.count("\n")) if shown else 0.1
    below = 0.2 + 0.155 * (1 + told.count("\n")) if told else 0.1
    figure = Picture(page, above + height + below, title, caption)
    axes = figure.add_axes((0, 0, 1, 1))
    left = (page - width) / 2 if math.isfinite(current().room) else 0.0
    axes.set(xlim=(-left, page - left), ylim=(height + below, -above))
    axes.axis("off")
    axes.text(0.1 - left, 0.1 - above, shown, va="top", fontsize=12, fontweight="bold")
    axes.text(0.1 - left, height + 0.1, told, va="top", fontsize=9, color=GREY)
    return figure, axes


def _said(title: str, caption: str) -> tuple[str, str]:
    """Return what of a title and a caption the medium shows."""
    return title if current().titled else "", caption if current().captioned else ""


def wrapped(text: str, width: float, size: float, lines: int = 6, bold: bool = False) -> str:
    """Return clean text in lines that fit into `width` inches at a font size in points."""
    if not text:
        return ""
    text = clean(text, LONG)
    fit = (width - MARGIN) * POINTS / inked(text, size, bold) * len(text)
    wide = max(10, int(SAFE * fit))
    parts = textwrap.wrap(text, wide, break_on_hyphens=False, max_lines=lines, placeholder=" ...")
    return "\n".join(parts)


def inked(text: str, size: float, bold: bool = False) -> float:
    """Return the width in points of a line of text of this size in points.

    >>> 40 < inked("WWWWW", 10) < 60, inked("iiiii", 10) < 20
    (True, True)
    """
    font = _fonts()[bold]
    font.set_size(size, 72)
    font.set_text(text)
    return float(font.get_width_height()[0] / 64)


def clean(text: str, most: int = 12) -> str:
    """Return any text as one short line of glyphs that the font has.

    >>> clean("space"), clean(" "), clean(""), clean("a\\nb"), clean("abcdefghijklmnop")
    ('space', 'space', '(empty)', 'a b', 'abcdefghijk…')
    """
    if not text.strip():
        return "space" if text == " " else "(empty)"
    known = "".join(_glyph(character) for character in " ".join(text[: 4 * most].split()))
    return known if len(known) <= most else known[: most - 1] + "…"


def short(text: str, most: int) -> str:
    """Return clean text without its middle if it is too long."""
    return shortened(clean(text, LONG), most)


def name_of(data: Dataset) -> str:
    """Return a data set's name for a title; of a path, only the last part."""
    return clean(pathless(data.name) or data.name, 30)


def no_numbers(images: np.ndarray) -> str:
    """Return a caption's last words if images (n, d) hold nan or inf, else an empty text."""
    return "" if np.isfinite(images).all() else " Pale orange: no number, the network overflows."


def _room(title: str) -> float:
    """Return the width in inches that a title needs for two lines."""
    if not title:
        return 0.0
    return WRAPPED * inked(clean(title, LONG), 12, bold=True) / 2 / POINTS / SAFE + MARGIN


def _glyph(character: str) -> str:
    known = character.isprintable() and all(font.get_char_index(ord(character)) for font in _fonts())
    return character if known else f"U+{ord(character):04X}"


@cache
def _fonts() -> tuple[FT2Font, ...]:
    """The two faces that the pictures use, which come with matplotlib."""
    return tuple(
        get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
        for weight in ("normal", "bold")
    )
