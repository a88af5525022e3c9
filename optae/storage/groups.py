"""Several stored runs at once: found below folders, on the same data, grouped by all but their seed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..datasets import Dataset
from ..experiments.sameness import PROBLEM, RECIPE, differing, known, phrase, recipe_of, repeated, settled
from .frame import load_cells
from .run import Run, load_run

if TYPE_CHECKING:
    from pandas import DataFrame


def stored_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs with a vector at or below these folders. Raises ValueError where there is none."""
    found = []
    for path in paths:
        inside = [path] if (path / "run.json").is_file() else load_cells(path)["path"]
        found += [load_run(place) for place in inside]
    runs = [run for run in found if (run.path / "theta.safetensors").is_file()]
    if not runs:
        raise ValueError(f"no trained run in {', '.join(map(repr, map(str, paths)))}: name folders of runs")
    return runs


def same_data(runs: Sequence[Run]) -> Dataset:
    """The data that all were trained on. Raises ValueError where they differ, or are gone."""
    for run in runs:
        if run.digest != runs[0].digest:
            raise ValueError(
                f"'{run.path}' was trained on '{run.record['dataset']}', not on the data of '{runs[0].path}':"
                " score runs of one data set at a time"
            )
    return runs[0].data


def by_recipe(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Runs by their label and whatever else of their recipe differs, seeds apart."""
    rows = [recipe_of(run.record) for run in runs]
    told = differing(rows, [name for name in ("data", *RECIPE) if name != "label"])
    groups = dict[str, list[Run]]()
    for run, row in zip(runs, rows, strict=True):
        groups.setdefault("; ".join(filter(None, [row["label"], phrase(row, told)])), []).append(run)
    return groups


def together(frame: "DataFrame") -> list[Run]:
    """The runs of one problem and seed in a frame of `load_cells`: of those with the most runs, the first.

    Raises ValueError where none came to a value.
    """
    frame = settled(frame.reset_index(drop=True))
    alive = frame[~repeated(frame) & frame["value"].notna()]
    if alive.empty:
        raise ValueError("no run came to a value: every one failed or was refused")
    groups = alive.groupby(known(alive, (*PROBLEM, "seed")), sort=True, dropna=False)
    return [load_run(path) for path in max((group for _, group in groups), key=len)["path"]]
