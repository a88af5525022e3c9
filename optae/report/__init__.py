"""Tables from stored runs: frames of `optae.cells.load_cells` in, `optae.render.Table`s out.

A refused run was never carried out and counts as such only. One that failed or diverged keeps what its best
vector came to; a value that is no number is the worst there is.
"""

from .denoising import denoising_table
from .fair import default_by
from .pivots import arrange, pivot
from .reference import add_reference
from .select import where
from .statistics import STATISTICS
from .summary import summarise
from .versus import Comparison, verdict

__all__ = [
    "STATISTICS", "Comparison",
    "add_reference", "arrange", "default_by", "denoising_table", "pivot", "summarise", "verdict", "where",
]  # fmt: skip
