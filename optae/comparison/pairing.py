"""Pair the runs of two methods that share problem and seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..experiments.sameness import RECIPE, codes, varies
from ..registry import unknown
from .clocks import refused
from .filters import different
from .reading import methods


@dataclass(frozen=True, eq=False)
class Pairs:
    """Two series of a frame, and the indices of their runs, pair by pair."""

    frame: pd.DataFrame
    sides: tuple[str, str]
    left: np.ndarray  # (pairs,), for the first side
    right: np.ndarray

    @property
    def swapped(self) -> "Pairs":
        """The same pairs with the second side first."""
        return Pairs(self.frame, self.sides[::-1], self.right, self.left)

    @property
    def halves(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the runs of each side that have a partner, in the same order."""
        return self.frame.iloc[self.left], self.frame.iloc[self.right]

    @property
    def unpaired(self) -> tuple[int, int]:
        """The number of runs of each side that have no partner."""
        first, second = (int((self.frame["series"] == side).sum()) - len(self.left) for side in self.sides)
        return first, second

    def differ(self, part: str) -> bool:
        """Return whether a column differs within a pair."""
        pairs = zip(*(half[part].tolist() for half in self.halves), strict=True)
        return any(x != y and (x == x or y == y) for x, y in pairs)


def both(frame: pd.DataFrame, a: str, b: str) -> tuple[pd.DataFrame, tuple[str, str]]:
    """Return the runs of two methods that were carried out, and the names of their two series.

    Raises ValueError if the names mean the same series, or one has no runs.
    """
    sides = pick(frame, a), pick(frame, b)
    if sides[0] == sides[1]:
        raise ValueError(f"'{sides[0]}' cannot be compared with itself: name two methods")
    return frame[frame["series"].isin(sides) & ~refused(frame)].reset_index(drop=True), sides


def pick(frame: pd.DataFrame, name: str) -> str:
    """Return the series that a name, label or method means. Raises ValueError if there is not exactly one."""
    ways = ("series", "label", "method")
    found = (frame.loc[frame[way] == name, "series"].drop_duplicates().tolist() for way in ways)
    series: list[str] = next(filter(None, found), [])
    if len(series) > 1:
        raise ValueError(f"'{name}' was run in several ways: name one of {different(series)}")
    if not series:
        raise ValueError(unknown("method", name, methods(frame.assign(label=frame["series"]))))
    return str(series[0])


def paired(
    frame: pd.DataFrame,
    sides: tuple[str, str],
    problem: Sequence[str],
    otherwise: str = "pair them by `across` {}",
) -> Pairs:
    """Pair the runs of two series that agree in the problem's columns and the seed.

    `otherwise` is the remedy if they agree in no value of some column. Raises ValueError if there are no
    pairs, or if more than one run of a side fits a pair.
    """
    key = codes(frame, [*problem, "seed"])
    places = [np.flatnonzero(frame["series"] == side) for side in sides]
    for side, rows in zip(sides, places, strict=True):
        if not len(rows):
            raise ValueError(f"every run of '{side}' was refused: there is nothing to compare")
        _check_single(frame, side, rows, key)
    _, i, j = np.intersect1d(key[places[0]], key[places[1]], return_indices=True)
    if not len(i):
        raise ValueError(_no_pairs(frame, sides, problem, otherwise))
    return Pairs(frame, sides, places[0][i], places[1][j])


def _check_single(frame: pd.DataFrame, side: str, rows: np.ndarray, key: np.ndarray) -> None:
    values, counts = np.unique(key[rows], return_counts=True)
    if counts.max() == 1:
        return
    twins = frame.iloc[rows[key[rows] == values[counts.argmax()]]]
    first = next((part for part in (*RECIPE, "cell") if varies(twins, part)), "path")
    raise ValueError(
        f"'{side}' has {counts.max()} runs of seed {twins['seed'].iloc[0]} on one problem, which differ in"
        f" {first} ({different(twins[first])}): choose with `where` {first}=..."
    )


def _no_pairs(frame: pd.DataFrame, sides: tuple[str, str], problem: Sequence[str], otherwise: str) -> str:
    halves = [frame[frame["series"] == side] for side in sides]
    for part in [*problem, "seed"]:
        if not set(halves[0][part].map(str)) & set(halves[1][part].map(str)):
            remedy = "run both on the same seeds" if part == "seed" else otherwise.format(part)
            found = " and ".join(different(half[part]) for half in halves)
            return f"'{sides[0]}' and '{sides[1]}' share no {part} ({found}): {remedy}"
    return f"'{sides[0]}' and '{sides[1]}' share no seed of the same problem: run both on the same seeds"
