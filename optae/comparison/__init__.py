"""Tables from stored runs: frames of `optae.storage.frame.load_cells` in, `optae.tables.render.Table`s out.

A refused run was never carried out and counts as such only. One that failed or diverged keeps what its best
vector came to; a value that is no number is the worst there is.
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
