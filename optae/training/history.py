"""The rows of a run's history, and when the next one is due."""

from dataclasses import dataclass, field
from math import nan
from typing import NamedTuple

GROWTH = 1.01  # ratio of the evaluations of two rows, once there are many: about 600 rows for 20,000


class Row(NamedTuple):
    """One row of a history; evaluations are on all the data, seconds exclude compiling and measuring."""

    seconds: float
    iteration: int
    evaluations: float  # calls of any kind
    value_evaluations: float
    grad_evaluations: float
    hvp_evaluations: float
    jacobian_evaluations: float
    loss: float  # the value at this moment
    best: float  # the lowest value so far
    max_pixel_error: float  # at the best vector so far; nan if it was not measured
    operations: float = nan  # see `optae.engines.cost`; nan in older histories
    half_sse: float = nan  # this and the next as max_pixel_error; mse is 2 half_sse / pixels
    bce: float = nan
    exact: float = nan
    within_one: float = nan


MEASURED = ("max_pixel_error", "half_sse", "bce", "exact", "within_one")  # by a look, in a row's order


@dataclass
class History:
    """The rows of a run, and its looks at held-out data."""

    rows: list[Row] = field(default_factory=list)
    heldout: list[dict[str, float]] = field(default_factory=list)
    due: float = 1.0  # evaluations after which the next row is due

    def add(self, row: Row) -> None:
        """Add a row."""
        self.rows.append(row)
        self.due = max(row.evaluations + 1, row.evaluations * GROWTH)
