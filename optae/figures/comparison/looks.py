"""How the series of a comparison are drawn, and how its axis writes costs."""

from matplotlib.ticker import Formatter

from ...comparison.series import Comparison
from ...text import grouped, prefixed
from .. import palette
from ..curves import ticks
from ..palette import Look


def looks(comparison: Comparison) -> dict[str, Look]:
    """Return each series in its method's look."""
    methods = {cell.series: str(cell.row["method"]) for cell in comparison.cells}
    return palette.looks({series: methods[series] for series in comparison.series})


def marks(comparison: Comparison) -> Formatter:
    """Return matplotlib's formatter of the cost axis."""
    return ticks(prefixed if comparison.cost == "operations" else grouped)
