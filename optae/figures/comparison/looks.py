"""How the series of a comparison are drawn, and how its axis writes costs."""

from typing import Any

from ...comparison.series import Comparison
from ...engines.cost import spelled
from ..curves import ticks
from ..style import Look, method_style, number


def looks(comparison: Comparison) -> dict[str, Look]:
    """Returns each series in its method's style; variants of one method differ in dashes and filling."""
    method = {cell.series: str(cell.row["method"]) for cell in comparison.cells}
    mine: dict[str, list[str]] = {}
    for series in comparison.series:
        mine.setdefault(method[series], []).append(series)
    return {s: method_style(method[s], mine[method[s]].index(s)) for s in comparison.series}


def marks(comparison: Comparison) -> Any:
    """Returns matplotlib's formatter of the cost axis."""
    return ticks(spelled if comparison.cost == "operations" else number)
