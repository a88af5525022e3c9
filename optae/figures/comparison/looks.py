"""The looks of the series of a comparison, and the numbers on its cost axis."""

from collections.abc import Sequence

from matplotlib.ticker import Formatter

from ...comparison.series import Comparison
from ...text import grouped, prefixed
from .. import palette
from ..curves import ticks
from ..palette import DASHES, FILLS, MARKERS, PALETTE, Look


def looks(comparison: Comparison) -> dict[str, Look]:
    """Return the look of each series: its method's, or the next of the palette if fields are compared."""
    return looks_of(comparison, comparison.series)


def looks_of(comparison: Comparison, some: Sequence[str]) -> dict[str, Look]:
    """Return the look of each of some series, which alone are drawn in colour."""
    if comparison.by:
        return {series: _look(place) for place, series in enumerate(some)}
    methods = {cell.series: str(cell.row["method"]) for cell in comparison.cells}
    return palette.looks({series: methods[series] for series in some})


def marks(comparison: Comparison) -> Formatter:
    """Return matplotlib's formatter of the cost axis."""
    return ticks(prefixed if comparison.cost == "operations" else grouped)


def _look(place: int) -> Look:
    """Return the look at a place; colours repeat only after all are used, each time with another marker."""
    turn = place // len(PALETTE)
    return Look(
        PALETTE[place % len(PALETTE)],
        MARKERS[(place + turn) % len(MARKERS)],
        DASHES[(place + turn) % len(DASHES)],
        FILLS[turn % len(FILLS)],
    )
