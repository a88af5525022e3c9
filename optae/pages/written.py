"""The command `optae report` as a function for scripts and notebooks."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..comparison.commands import Folders, runs
from .page import save
from .report import report as page

if TYPE_CHECKING:
    from pandas import DataFrame


def report(
    cells: "Folders | DataFrame" = "runs",
    out: str | Path = "report.html",
    *,
    metric: str | None = None,
    target: str | None = None,
    title: str | None = None,
) -> Path:
    """Write one self-contained page that compares runs, and return its path; see `optae report`."""
    return save(page(runs(cells), metric, target, title), Path(out))
