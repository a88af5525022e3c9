"""Scores that a page reads from the runs' histories if a table of a spec names them.

epoch_loss       the loss of the last epoch; with compiled epochs, the mean over its batches
goal_reached     1 if the loss of an epoch was at or below the table's `goal`, else 0
epochs_to_goal   the first such epoch, infinite if there is none
seconds_to_goal  the seconds of solving until the end of that epoch
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..comparison.reading import with_score
from ..storage.history import read_history

if TYPE_CHECKING:
    from pandas import DataFrame

History = Mapping[str, np.ndarray]
EPOCHS = slice(1, -1)  # the rows that are epochs: the first is the start, the last repeats the best


SCORES: Mapping[str, Callable[[History, float], float]] = {
    "epoch_loss": lambda history, goal: float(history["loss"][EPOCHS][-1]),
    "goal_reached": lambda history, goal: float(_first(history, goal, "iteration") < math.inf),
    "epochs_to_goal": lambda history, goal: _first(history, goal, "iteration"),
    "seconds_to_goal": lambda history, goal: _first(history, goal, "seconds"),
}


def with_histories(frame: "DataFrame", names: Sequence[str], goal: float | None = None) -> "DataFrame":
    """Return the frame with the named scores of `SCORES`, other names ignored; nan for runs without a value.

    Raises ValueError if a score needs a goal and there is none.
    """
    wanted = [name for name in SCORES if name in names]
    waiting = [name for name in wanted if "goal" in name]
    if goal is None and waiting:
        raise ValueError(f"{waiting[0]} needs the loss to reach: add goal = ...")
    for name in wanted:
        frame = with_score(frame, name, partial(_score, name, goal or 0.0))
    return frame


def _first(history: History, goal: float, column: str) -> float:
    """Return a cost at the first epoch whose loss reaches the goal."""
    there = history[column][EPOCHS][history["loss"][EPOCHS] <= goal]
    return float(there[0]) if len(there) else math.inf


def _score(name: str, goal: float, path: str) -> float:
    return SCORES[name](read_history(path), goal)
