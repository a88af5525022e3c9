"""The request for a table, the measurements of all runs, and the runs of one row."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from ..evaluation.metrics import Target, larger_is_better
from ..evaluation.own import brief
from ..experiments.sameness import PROBLEM, codes
from ..statistics import RESAMPLES
from ..storage.history import read_history
from .filters import numbers
from .reading import with_score
from .scores import TIMES, median, or_worst
from .targets import Histories, Reached, name, reached

WORK = 10_000_000  # most runs that the bootstraps of one column draw together
TRAINED = "train_value"
SPENT = (*TIMES, "evaluations", "operations", "iterations", "restarts")


@dataclass(frozen=True)
class Ask:
    """The request for a table: its rows, metric, target and baseline."""

    by: list[str]
    metric: str
    target: Target | None
    against: str | None
    with_compile: bool

    @property
    def words(self) -> dict[str, str]:
        """The words that fill in the placeholders of a head."""
        return {
            "metric": brief(self.metric),
            "target": name(self.target) if self.target else "the target",
            "against": self.against or "the baseline",
            "clock": " of solving and compiling" if self.with_compile else " of solving, compilation apart,",
        }


@dataclass(frozen=True, eq=False)
class Board:
    """The measurements of all runs, (runs,) each."""

    score: np.ndarray  # nan for a run without one
    seed: np.ndarray
    problem: np.ndarray  # whole numbers
    status: np.ndarray
    spent: dict[str, np.ndarray]
    larger: bool  # whether a larger score is better
    reached: Reached | None = None

    @property
    def resamples(self) -> int:
        """The number of resamples of a bootstrap: fewer if there are thousands of runs."""
        return max(400, min(RESAMPLES, WORK // max(len(self.score), 1)))


@dataclass(frozen=True, eq=False)
class Group:
    """The runs of one row: their indices on the board, and the baseline's row, if any."""

    board: Board
    rows: np.ndarray
    rival: "Group | None" = None

    @cached_property
    def ran(self) -> np.ndarray:
        """The indices of the runs that were carried out."""
        return self.rows[self.board.status[self.rows] != "refused"]

    @cached_property
    def seeds(self) -> int:
        """The number of different seeds that were carried out."""
        return len(np.unique(self.board.seed[self.ran]))

    @cached_property
    def scores(self) -> np.ndarray:
        """The scores of the runs that were carried out; a nan is replaced by the worst possible value."""
        return or_worst(self.board.score[self.ran], self.board.larger)

    @cached_property
    def strata(self) -> dict[int, np.ndarray]:
        """The scores by problem."""
        problems = self.board.problem[self.ran]
        return {int(p): self.scores[problems == p] for p in np.unique(problems)}

    def count(self, status: str) -> int:
        """Return how many runs ended with this status."""
        return int((self.board.status[self.rows] == status).sum())

    def known(self, cost: str) -> np.ndarray:
        """Return what the runs spent, without those that have no record of this cost."""
        spent = self.board.spent[cost][self.ran]
        return np.asarray(spent[~np.isnan(spent)])

    def middle(self, cost: str) -> float:
        """Return the median of what the runs spent."""
        known = self.known(cost)
        return median(known) if len(known) else math.nan

    @property
    def reached(self) -> Reached:
        """The record of the target, which exists whenever a statistic needs it."""
        assert self.board.reached is not None
        return self.board.reached


def read_target(target: str | float | None, columns: Iterable[str]) -> Target | None:
    """Return the target that a text or number describes; a metric of one's own is one of the columns.

    Raises ValueError for any other text.
    """
    return None if target is None else Target.parse(str(target)).among([*columns])


def with_train_value(frame: pd.DataFrame, histories: Histories) -> pd.DataFrame:
    """Return the frame with each run's lowest training loss from its history; nan if it cannot be read."""
    return frame if TRAINED in frame else with_score(frame, TRAINED, partial(_lowest, histories))


def measured(
    frame: pd.DataFrame, ask: Ask, problem: Sequence[str] = PROBLEM, histories: Histories = read_history
) -> Board:
    """Return the runs' scores and costs as numbers."""
    spent = {cost: numbers(frame[cost]).to_numpy() for cost in SPENT}
    compiling = np.nan_to_num(spent["compile_seconds"])
    spent["seconds"] = spent["seconds"] + compiling * ask.with_compile
    if ask.metric not in frame:
        raise ValueError(
            f"metric '{ask.metric}' is only for pages: ask for it in a [[table]] section of a spec"
        )
    if TRAINED in frame:
        spent[TRAINED] = numbers(frame[TRAINED]).to_numpy()
    values = spent[ask.metric] if ask.metric in spent else numbers(frame[ask.metric]).to_numpy()
    met = reached(frame, ask.target, histories) if ask.target else None
    if met:
        for costs in (met.cost, met.least):
            costs["seconds"] = costs["seconds"] + compiling * ask.with_compile
    known = [part for part in problem if part in frame]
    return Board(
        values,
        frame["seed"].to_numpy(),
        codes(frame, known),
        frame["status"].to_numpy(),
        spent,
        larger_is_better(ask.metric),
        met,
    )


def _lowest(histories: Histories, path: str) -> float:
    try:
        best = np.asarray(histories(path)["best"], dtype=float)
    except ValueError:  # one lost or damaged history must not prevent a table
        return math.nan
    return float(best[-1])
