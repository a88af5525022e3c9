"""The common parts of all pictures: clean text, titles and captions."""

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

INK, GREY, PALE = "#222222", "#666666", "#cccccc"
DPI = 150
TITLE, CAPTION = "title", "caption"  # gid of these two texts in every figure; their label is the whole text
POINTS = 72  # an inch
SAFE = 0.94  # share of a line that text of mean width may fill, as some lines have more wide letters
WRAPPED = 1.3  # length of the longer of a title's two lines, in halves of the title
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


def sheet(width: float, height: float, title: str, caption: str) -> Figure:
    """Return a figure of this size in inches with a bold title and a caption, laid out by matplotlib."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    title, caption = translated(title), translated(caption)
    figure.suptitle(
        wrapped(title, width, 12, 2, bold=True),
        x=0.01,
        ha="left",
        fontsize=12,
        fontweight="bold",
        gid=TITLE,
        label=title,
    )
    figure.supxlabel(
        wrapped(caption, width, 9), x=0.01, ha="left", fontsize=9, color=GREY, gid=CAPTION, label=caption
    )
    return figure


def canvas(width: float, height: float, title: str, caption: str) -> tuple[Figure, Axes]:
    """Return a figure and its axes in inches from the top left: title, `height` inches of room, caption.

    It is wider if the title would not fit into two lines.
    """
    title, caption = translated(title), translated(caption)
    width = max(width, _room(title))
    head, foot = wrapped(title, width, 12, 2, bold=True), wrapped(caption, width, 9)
    above, below = 0.15 + 0.22 * (1 + head.count("\n")), 0.2 + 0.155 * (1 + foot.count("\n"))
    figure = Figure(figsize=(width, above + height + below), dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height + below, -above))
    axes.axis("off")
    axes.text(0.1, 0.1 - above, head, va="top", fontsize=12, fontweight="bold", gid=TITLE, label=title)
    axes.text(0.1, height + 0.1, foot, va="top", fontsize=9, color=GREY, gid=CAPTION, label=caption)
    return figure, axes


def wrapped(text: str, width: float, size: float, lines: int = 6, bold: bool = False) -> str:
    """Return clean text in lines that fit into `width` inches at a font size in points."""
    text = clean(text, 2000)
    fit = (width - MARGIN) * POINTS / inked(text, size, bold) * len(text)
    return "\n".join(textwrap.wrap(text, max(10, int(SAFE * fit)), max_lines=lines, placeholder=" ..."))


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
    return shortened(clean(text, 2000), most)


def name_of(data: Dataset) -> str:
    """Return a data set's name for a title; of a path, only the last part."""
    return clean(pathless(data.name) or data.name, 30)


def no_numbers(images: np.ndarray) -> str:
    """Return a caption's last words if images (n, d) hold nan or inf, else an empty text."""
    return "" if np.isfinite(images).all() else " Pale orange: no number, the network overflows."


def _room(title: str) -> float:
    """Return the width in inches that a title needs for two lines."""
    return WRAPPED * inked(clean(title, 2000), 12, bold=True) / 2 / POINTS / SAFE + MARGIN


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
