"""What is asked of the runs, what was measured of them, and those of one row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..evaluation.metrics import LARGER_IS_BETTER, Target
from ..experiments.sameness import PROBLEM, codes
from ..statistics import RESAMPLES
from ..storage.history import read_history
from .filters import numbers
from .scores import TIMES, median, or_worst
from .targets import Histories, Reached, name, reached

WORK = 10_000_000  # runs drawn by all bootstraps of one column, at most
TRAINED = "train_value"
SPENT = (*TIMES, "evaluations", "operations", "iterations", "restarts")


@dataclass(frozen=True)
class Ask:
    """What a table is asked to say."""

    by: list[str]
    metric: str
    target: Target | None
    against: str | None
    with_compile: bool

    @property
    def words(self) -> dict[str, str]:
        """What fills in a head."""
        return {
            "metric": self.metric,
            "target": name(self.target) if self.target else "the target",
            "against": self.against or "the baseline",
            "clock": " of solving and compiling" if self.with_compile else " of solving, compilation apart,",
        }


@dataclass(frozen=True, eq=False)
class Board:
    """What is measured of all runs, one entry each, (runs,)."""

    score: np.ndarray  # nan where there is none
    seed: np.ndarray
    problem: np.ndarray  # whole numbers
    status: np.ndarray
    spent: dict[str, np.ndarray]
    larger: bool  # is better
    reached: Reached | None = None

    @property
    def resamples(self) -> int:
        """Of each bootstrap: fewer where there are thousands of runs."""
        return max(400, min(RESAMPLES, WORK // max(len(self.score), 1)))


@dataclass(frozen=True, eq=False)
class Group:
    """The runs of one row: their places on the board, and the row that they are measured against."""

    board: Board
    rows: np.ndarray
    rival: "Group | None" = None

    @cached_property
    def ran(self) -> np.ndarray:
        """The places of those that were carried out."""
        return self.rows[self.board.status[self.rows] != "refused"]

    @cached_property
    def seeds(self) -> int:
        """How many different ones were carried out."""
        return len(np.unique(self.board.seed[self.ran]))

    @cached_property
    def scores(self) -> np.ndarray:
        """Of the runs carried out; the worst there is for a value that is no number."""
        return or_worst(self.board.score[self.ran], self.board.larger)

    @cached_property
    def strata(self) -> dict[int, np.ndarray]:
        """Scores by problem."""
        problems = self.board.problem[self.ran]
        return {int(p): self.scores[problems == p] for p in np.unique(problems)}

    def count(self, status: str) -> int:
        """How many ended like that."""
        return int((self.board.status[self.rows] == status).sum())

    def known(self, cost: str) -> np.ndarray:
        """What was spent, of the runs that have it on record."""
        spent = self.board.spent[cost][self.ran]
        return np.asarray(spent[~np.isnan(spent)])

    def middle(self, cost: str) -> float:
        """The median of what was spent."""
        known = self.known(cost)
        return median(known) if len(known) else math.nan

    @property
    def reached(self) -> Reached:
        """The target's record. There is one where a statistic needs it."""
        assert self.board.reached is not None
        return self.board.reached


def read_target(target: str | float | None) -> Target | None:
    """A target as people write it. Raises ValueError."""
    return None if target is None else Target.parse(str(target))


def with_train_value(frame: pd.DataFrame, histories: Histories) -> pd.DataFrame:
    """The frame with each run's lowest training loss, from its history; nan for runs without one."""
    if TRAINED in frame:
        return frame
    runs = zip(frame["path"], frame["value"].notna(), strict=True)
    return frame.assign(**{TRAINED: [_lowest(path, histories) if ran else math.nan for path, ran in runs]})


def _lowest(path: str, histories: Histories) -> float:
    try:
        best = np.asarray(histories(path)["best"], dtype=float)
    except ValueError:  # one lost or damaged history does not end a table
        return math.nan
    return float(best[-1])


def measured(
    frame: pd.DataFrame, ask: Ask, problem: Sequence[str] = PROBLEM, histories: Histories = read_history
) -> Board:
    """The runs' scores and costs as numbers."""
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
        ask.metric in LARGER_IS_BETTER,
        met,
    )
