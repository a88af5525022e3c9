"""Comparisons of stored runs: a frame of `load_cells` in, an `optae.tables.table.Table` out.

A refused run was never carried out and counts only as refused. A run that failed or diverged keeps the value
of its best vector; a value of nan counts as the worst possible one.
"""

from .columns import STATISTICS
from .denoising import denoising_table
from .fairness import default_by
from .filters import where
from .paired import PairedVerdict, verdict
from .pivot import arrange, pivot
from .reference import add_reference
from .summary import summarise

__all__ = [
    "STATISTICS", "PairedVerdict",
    "add_reference", "arrange", "default_by", "denoising_table", "pivot", "summarise", "verdict", "where",
]  # fmt: skip
