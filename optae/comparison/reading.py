"""Prepare a frame of stored runs for tables, figures and pages: drop repeats, name problems and series."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..experiments.sameness import (
    RECIPE,
    codes,
    known,
    problem_names,
    repeated,
    series_names,
    setting_names,
    settled,
)
from ..registry import lookup


def distinct(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Drop runs that repeat a recipe and seed, since they add no evidence; return the rest and a note."""
    if frame.empty:
        raise ValueError("there are no runs: name folders written by `optae bench` or `optae train`")
    frame = settled(frame.reset_index(drop=True))
    again = repeated(frame)
    count = int(again.sum())
    kept = frame[~again].reset_index(drop=True)
    note = f"{count} repeats of runs with the same recipe and seed are left out"
    return kept, [note] if count else []


def together(frames: Mapping[str, pd.DataFrame], column: str) -> pd.DataFrame:
    """Return the runs of several frames in one, in whose new column each has the name of its frame."""
    rows = [row | {column: name} for name, frame in frames.items() for row in records(frame)]
    columns = dict.fromkeys(key for frame in frames.values() for key in frame)
    return settled(pd.DataFrame(rows, columns=[*columns, column]))


def named(frame: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return the frame with the columns `problem` and `series`, which name what each run is compared by.

    The series are methods, or the values of the fields `by`, as `fields_of` returns them.
    """
    recipe = codes(frame, known(frame, RECIPE))  # all seeds of a recipe have the same names
    rows = records(frame.iloc[np.unique(recipe, return_index=True)[1]])
    if by:
        problems, series = setting_names(rows, by)
    else:
        problems = problem_names(rows)
        series = series_names(rows, problems)
    return frame.assign(problem=[problems[k] for k in recipe], series=[series[k] for k in recipe])


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as `DataFrame.to_dict` does, in a tenth of the time.

    >>> records(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
    [{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'y'}]
    """
    names, columns = list(frame.columns), [column.tolist() for _, column in frame.items()]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def fields_of(by: Sequence[str]) -> tuple[str, ...]:
    """Return the fields of a recipe with these names, without repeats; a method is its label.

    Raises ValueError for an unknown field.

    >>> fields_of(["arch", "method"]), fields_of(["label"])
    (('arch', 'label'), ())
    """
    for name in by:
        lookup("field in `by`", name, dict.fromkeys((*RECIPE, "method")))
    fields = dict.fromkeys("label" if name in ("method", "options") else name for name in by)
    return () if set(fields) == {"label"} else tuple(fields)


def with_score(frame: pd.DataFrame, name: str, score: Callable[[str], float]) -> pd.DataFrame:
    """Return the frame with a column of scores, read from the paths of runs; nan for runs without a value."""
    runs = zip(frame["path"], frame["value"].notna(), strict=True)
    return frame.assign(**{name: [score(path) if ran else math.nan for path, ran in runs]})


def methods(frame: pd.DataFrame) -> list[str]:
    """Return labels and methods, for suggestions."""
    return sorted({*frame["label"].dropna(), *frame["method"].dropna()})


def sentences(notes: Iterable[str]) -> str:
    """Return a table's notes as sentences for a caption.

    >>> sentences(["2 repeats are left out", "rows differ in noise"])
    '2 repeats are left out. Rows differ in noise.'
    """
    return " ".join(f"{note[0].upper()}{note[1:]}." for note in notes)
