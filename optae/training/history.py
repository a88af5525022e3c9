"""The rows of a run's history, and the calls that it counts."""

from dataclasses import dataclass
from math import nan
from typing import NamedTuple


class Row(NamedTuple):
    """One line of a history; evaluations are on all the data, seconds without compiling and measuring."""

    seconds: float
    iteration: int
    evaluations: float  # calls of any kind
    value_evaluations: float
    grad_evaluations: float
    hvp_evaluations: float
    jacobian_evaluations: float
    loss: float  # just met
    best: float  # met so far
    max_pixel_error: float  # of the best so far; nan where nobody looked
    operations: float = nan  # so far: see `optae.engines.cost`; nan in a history of before they were counted


@dataclass
class Counts:
    """Calls of the objective so far, by what they gave, in evaluations on all the data."""

    value: float = 0
    grad: float = 0
    hvp: float = 0
    jacobian: float = 0
