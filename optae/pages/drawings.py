"""Draw the pictures that a spec's [[figure]] sections describe.

A name in `figures.kinds.KINDS` draws a picture that compares the runs. A name in `figures.run.pictures` draws
the picture that training draws, for the run with the fewest wrong pixels.
"""

from typing import TYPE_CHECKING

from ..figures.kinds import KINDS
from ..figures.run import of_run
from ..registry import unknown
from ..storage.run import load_run
from .sections import FigureSection

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

BEST = ["max_pixel_error", "value"]  # columns that choose the best run; the second breaks ties


def drawn(frame: "DataFrame", section: FigureSection) -> "Figure":
    """Return the picture that a section describes. Raises ValueError for an unknown kind or unfit runs."""
    if section.kind in KINDS:
        return KINDS[section.kind](frame, section.words)
    pictures = dict(of_run(load_run(frame.sort_values(BEST)["path"].iloc[0])))
    if section.kind not in pictures:
        raise ValueError(unknown("kind of figure", section.kind, [*KINDS, *pictures]))
    return pictures[section.kind]
