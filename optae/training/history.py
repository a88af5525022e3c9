"""The rows of a run's history, and when the next one is due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import nan
from typing import NamedTuple

from ..evaluation.definitions import METRICS
from ..plugins import is_own

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
    half_sse: float = nan  # this and the next as max_pixel_error; squared_error is 2 half_sse
    bce: float = nan
    exact: float = nan
    within_one: float = nan
    rmse: float = nan  # this and the rest are metrics of targets
    r2: float = nan
    accuracy: float = nan
    heldout_rmse: float = nan
    heldout_r2: float = nan
    heldout_accuracy: float = nan

    @classmethod
    def columns(cls, metrics: Iterable[str]) -> tuple[str, ...]:
        """Return the fields of the rows of a run that measured these metrics."""
        return tuple(name for name in cls._fields if name not in METRICS or name in metrics)

    def values(self, names: Iterable[str]) -> tuple[float, ...]:
        """Return the values of these fields."""
        words = self._asdict()
        return tuple(words[name] for name in names)


MEASURED = tuple(name for name in Row._fields if name in METRICS)  # by a look, in a row's order


def measured(known: Mapping[str, float]) -> list[float]:
    """Return the metrics `MEASURED` of a look, nan for those that it lacks."""
    return [known.get(name, nan) for name in MEASURED]


@dataclass
class History:
    """The rows of a run, and its looks at held-out data."""

    rows: list[Row] = field(default_factory=list)
    own: list[dict[str, float]] = field(default_factory=list)  # metrics of one's own in each row, by word
    heldout: list[dict[str, float]] = field(default_factory=list)
    legs: list[dict[str, float | str]] = field(default_factory=list)  # where each method of several begins
    due: float = 1.0  # evaluations after which the next row is due

    def add(self, row: Row, own: Mapping[str, float]) -> None:
        """Add a row, with the metrics of one's own that were measured at its best vector."""
        self.rows.append(row)
        self.own.append({name: value for name, value in own.items() if is_own(name)})
        self.due = max(row.evaluations + 1, row.evaluations * GROWTH)
