"""Checks that runs may be pooled in one row or shown side by side."""

from collections.abc import Iterable, Sequence

import pandas as pd

from ..experiments.sameness import BUDGET, HOW, PROBLEM, RECIPE, changed, codes, known, varies
from .clocks import clocks, late
from .filters import different


def default_by(frame: pd.DataFrame) -> list[str]:
    """Return the columns of the problem that differ, the label, and any others that a row would pool."""
    by = [name for name in PROBLEM if varies(frame, name)] + ["label"]
    rest = (name for name in RECIPE if name not in by)
    return by + [name for name in rest if mixes(frame, by, [name])]


def mixes(frame: pd.DataFrame, by: Sequence[str], names: Iterable[str]) -> list[str]:
    """Return which of these columns have several values within one row of the table."""
    groups = codes(frame, by)
    varying = [name for name in names if varies(frame, name)]
    return [n for n in varying if pd.Series(codes(frame, [n])).groupby(groups).nunique().max() > 1]


def constants(frame: pd.DataFrame, by: Sequence[str]) -> str:
    """Return what all runs share, in words."""
    shared = [name for name in (*PROBLEM, *HOW, *BUDGET) if name not in by and not varies(frame, name)]
    facts = {name: frame[name].iloc[0] for name in shared if name in frame}
    words = {name: different([value]) for name, value in facts.items()}
    return ", ".join(f"{name} {word}" for name, word in words.items() if word not in ("none", "inf"))


def check_value(frame: pd.DataFrame, by: Sequence[str], metric: str) -> None:
    """Raise ValueError if `value` means different losses in one row."""
    if metric in ("value", "start", "train_value") and "loss" not in by and varies(frame, "loss"):
        raise ValueError(
            f"metric '{metric}' is the trained loss, here {different(frame['loss'])}: add loss to `by`,"
            " choose one with `where` loss=..., or name a metric that all share, such as `metric` half_sse"
        )


def _one_numbering(frame: pd.DataFrame, name: str) -> bool:
    """Whether these are streams of random numbers of one numbering; some methods draw none."""
    return name == "streams" and frame[name].nunique() < 2


def remarks(frame: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """Return notes on differences between runs that share a row or stand side by side."""
    pooled = mixes(frame, by, RECIPE)
    notes = [f"one row holds runs of different {name}: {different(frame[name])}" for name in pooled]
    uneven = [*mixes(frame, known(frame, PROBLEM), HOW), *(name for name in BUDGET if varies(frame, name))]
    beside = [n for n in uneven if n not in by and n not in pooled and not _one_numbering(frame, n)]
    notes += [f"rows differ in {name}: {different(frame[name])}" for name in beside]
    notes += changed(frame)
    spent = frame["status"] == "max_seconds"
    if clocks(frame[spent]):
        notes.append(f"budgets in seconds were spent on {clocks(frame[spent])}: values are not like for like")
    notes += late(frame)
    if "together" in frame and (frame["together"] > 1).any():
        count = int((frame["together"] > 1).sum())
        notes.append(f"{count} runs trained together with other seeds: their seconds are shares of a loop's")
    return notes
