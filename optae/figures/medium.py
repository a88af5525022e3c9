"""The medium that pictures are made for: a screen, a column of paper, a page in a browser, or a slide."""

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from ..registry import lookup

UNITS = {"in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72}  # inches
NARROWEST, WIDEST = 2.5, 40.0  # inches of a page


@dataclass(frozen=True)
class Medium:
    """How wide a page is, how large everything on it, and which words it has.

    A picture is laid out in `room` inches with the sizes of text that its function says, and then scaled.
    """

    scale: float = 1.0  # from the layout to the page
    width: float = math.inf  # inches of the page; inf: as each picture needs
    dpi: float = 150  # pixels to an inch of the page
    titled: bool = True
    captioned: bool = True
    ratio: float = math.inf  # most height of a diagram, in widths

    @property
    def room(self) -> float:
        """The width of the layout in inches; inf if each picture takes what it needs."""
        return self.width / self.scale

    @property
    def narrow(self) -> bool:
        """Whether panels go below each other, and names below their lines."""
        return self.room < NARROW

    def columns(self, most: int, width: float) -> int:
        """Return how many parts of this width lie side by side: at least one, at most `most`."""
        return max(1, min(most, int(self.room / width) if math.isfinite(self.room) else most))


NARROW = 6.0  # inches of a layout that has no room for names beside two panels
SCREEN = Medium()
STYLES: Mapping[str, Medium] = {
    "screen": SCREEN,
    "paper": Medium(0.8, 3.3, 400, titled=False, captioned=False),
    "page": Medium(dpi=115, titled=False, captioned=False),  # which has these words as text
    "slides": Medium(1.6, 12.0, 160, captioned=False, ratio=0.54),
}
_medium: ContextVar[Medium] = ContextVar("medium", default=SCREEN)


def current() -> Medium:
    """Return the medium that pictures are made for now."""
    return _medium.get()


@contextmanager
def made_for(style: str | None = None, width: str | None = None) -> Iterator[Medium]:
    """Make the pictures that are drawn inside for this style and width, such as 3.3in.

    Raises ValueError as `medium` does.
    """
    token = _medium.set(medium(style, width))
    try:
        yield current()
    finally:
        _medium.reset(token)


def medium(style: str | None = None, width: str | None = None) -> Medium:
    """Return the medium of a style and a width; a width alone means paper.

    Raises ValueError for an unknown style, and a width without a unit or out of range.

    >>> medium(width="84mm").room < medium("slides").room < medium().room
    True
    """
    found = lookup("style", style or ("paper" if width else "screen"), STYLES)
    return replace(found, width=inches(width)) if width else found


def inches(text: str) -> float:
    """Return a width in inches. Raises ValueError for a text without a unit, and a width out of range.

    >>> inches("3.3in"), round(inches("84 mm"), 3)
    (3.3, 3.307)
    """
    known = re.fullmatch(r"([0-9]*\.?[0-9]+)\s*([a-z]+)", text.strip())
    if known is None or known[2] not in UNITS:
        raise ValueError(f"`width` '{text}': write a length and its unit, as in 3.3in, 84mm, 8.4cm or 240pt")
    found = float(known[1]) * UNITS[known[2]]
    if not NARROWEST <= found <= WIDEST:
        raise ValueError(f"`width` '{text}': give {NARROWEST:g}in to {WIDEST:g}in")
    return found
