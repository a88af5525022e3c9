"""A frame of stored runs as tables, figures and pages read it: without repeats, problems and series named."""

from collections.abc import Iterable

import pandas as pd

from ..experiments.sameness import problem_names, repeated, series_names, settled


def distinct(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Drop runs that repeat a recipe and seed, since they add no evidence; return the rest and a note."""
    if frame.empty:
        raise ValueError("there are no runs: name folders that `optae bench` or `optae train` has written")
    frame = settled(frame.reset_index(drop=True))
    again = repeated(frame)
    count = int(again.sum())
    kept = frame[~again].reset_index(drop=True)
    note = f"{count} repeats of runs with the same recipe and seed are left out"
    return kept, [note] if count else []


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the columns `problem` and `series`: each run's by name, what is compared and on what."""
    rows = frame.to_dict("records")
    problems = problem_names(rows)
    return frame.assign(problem=problems, series=series_names(rows, problems))


def methods(frame: pd.DataFrame) -> list[str]:
    """Labels and methods, for a suggestion."""
    return sorted({*frame["label"].dropna(), *frame["method"].dropna()})


def sentences(notes: Iterable[str]) -> str:
    """A table's notes as a caption has them.

    >>> sentences(["2 repeats are left out", "rows differ in noise"])
    '2 repeats are left out. Rows differ in noise.'
    """
    return " ".join(f"{note[0].upper()}{note[1:]}." for note in notes)
