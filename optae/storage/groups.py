"""Several stored runs: find them below folders, check their data, group them by recipe."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..datasets import Dataset
from ..experiments.sameness import (
    PROBLEM,
    RECIPE,
    SOURCE,
    differing,
    known,
    phrase,
    recipe_of,
    repeated,
    settled,
)
from .frame import load_cells
from .run import Run, load_run

if TYPE_CHECKING:
    from pandas import DataFrame


def stored_runs(paths: Sequence[Path]) -> list[Run]:
    """Return the runs with a vector in or below these folders. Raises ValueError if there are none."""
    found = []
    for path in paths:
        inside = [path] if (path / "run.json").is_file() else load_cells(path)["path"]
        found += [load_run(place) for place in inside]
    runs = [run for run in found if (run.path / "theta.safetensors").is_file()]
    if not runs:
        raise ValueError(f"no trained run in {', '.join(map(repr, map(str, paths)))}: name folders of runs")
    return runs


def same_data(runs: Sequence[Run]) -> Dataset:
    """Return the data that all runs were trained on. Raises ValueError if they differ or cannot be read."""
    for run in runs:
        if run.digest != runs[0].digest:
            raise ValueError(
                f"'{run.path}' was trained on '{run.record['dataset']}', not on the data of '{runs[0].path}':"
                " score runs of one data set at a time"
            )
    return runs[0].data


def by_recipe(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return runs by their label and the other fields of the recipe that differ, except the seed."""
    rows = [recipe_of(run.record) for run in runs]
    told = differing(rows, [name for name in ("data", SOURCE, *RECIPE) if name != "label"])
    groups = dict[str, list[Run]]()
    for run, row in zip(runs, rows, strict=True):
        groups.setdefault("; ".join(filter(None, [row["label"], phrase(row, told)])), []).append(run)
    return groups


def together(frame: "DataFrame") -> list[Run]:
    """Return the runs of one problem and seed in a frame of `load_cells`: the first pair with the most runs.

    Raises ValueError if no run has a value.
    """
    frame = settled(frame.reset_index(drop=True))
    alive = frame[~repeated(frame) & frame["value"].notna()]
    if alive.empty:
        raise ValueError("no run has a value: every one failed or was refused")
    groups = alive.groupby(known(alive, (*PROBLEM, "seed")), sort=True, dropna=False)
    return [load_run(path) for path in max((group for _, group in groups), key=len)["path"]]
