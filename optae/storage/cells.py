"""A cell of a grid on disk: one folder, named by the hash of its recipe, whole or not at all.

Folders from several machines merge by copying. A cell that cannot run is a row too, with its reason; a row
without a run has neither trace nor vector.
"""

import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..datasets import Dataset
from ..experiments.identity import Cell
from ..experiments.labels import label
from ..experiments.schema import Words
from ..files import whole_folders
from ..streams import NUMBERING
from ..text import jsonable
from ..training.history import Row
from ..training.result import Result
from .history import TRACE
from .run import FORMAT, asked, provenance, record, tables
from .tensors import tensor_bytes

Files = dict[str, bytes]  # a cell's content by file name
PARTS = (TRACE, "theta.safetensors")  # of a run, beside its record


def finished(cell: Cell, data: Dataset, result: Result, together: Sequence[int] = ()) -> Files:
    """The files of a cell that ran, alone or `together` with these seeds, its own among them."""
    facts = record(cell.experiment, data, result) | _names(cell) | {"together": list(together)}
    facts["calls"] = result.rows[-1].evaluations
    facts["reached"] = reached(result.rows)
    layout = cell.experiment.model(data).layout
    theta = tensor_bytes(layout, result.theta, {"method": cell.experiment.method})
    return {"run.json": _json(facts), **tables(result), "theta.safetensors": theta}


def without_run(cell: Cell, data: Dataset, status: str, message: str) -> Files:
    """The file of a cell that never ran, and why."""
    facts = {
        **asked(cell.experiment, data),
        **_names(cell),
        **dict.fromkeys(("value", "start")),
        **{name: {} for name in ("metrics", "evaluations", "seconds", "reached")},
        "iterations": 0,
        "calls": 0,
        "operations": 0,
        "status": status,
        "message": " ".join(message.split()),
        "streams": NUMBERING,
        "environment": provenance(data),
        "format": FORMAT,
    }
    return {"run.json": _json(facts)}


def reached(rows: Sequence[Row]) -> dict[str, Words]:
    """What was spent when so few wrong pixels were first seen, for each number that was the least so far.

    "after" is what had been spent at the last look before, by which they were not: the hit lies between.
    """
    least, found, before = math.inf, {}, rows[0]
    for row in rows:
        if row.max_pixel_error < least:
            least = row.max_pixel_error
            found[f"{least:.0f}"] = {**_spent(row), "after": _spent(before)}
        if not math.isnan(row.max_pixel_error):
            before = row
    return found


def _spent(row: Row) -> dict[str, float]:
    spent = row.seconds, row.evaluations, row.operations, row.iteration
    return dict(zip(("seconds", "evaluations", "operations", "iterations"), spent, strict=True))


def write_cells(folder: Path, cells: Mapping[str, Files]) -> None:
    """Write cells by name, each whole; one that another process has just written stays.

    Raises ValueError, OSError.
    """
    whole_folders(folder, cells)


def write_cell(folder: Path, name: str, files: Files) -> None:
    """Write one cell, as `write_cells` does."""
    write_cells(folder, {name: files})


def is_stored(folder: Path, name: str) -> bool:
    """Whether that cell is done there."""
    return os.path.isfile(folder / name / "run.json")


def stored(folder: Path) -> set[str]:
    """The names of the cells that are done there. Raises ValueError for a folder that holds half a cell."""
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise ValueError(f"'{folder}' is a file: choose another folder")
    with os.scandir(folder) as entries:
        return set(_done(entries))


def _done(entries: Iterable[os.DirEntry[str]]) -> Iterator[str]:
    for entry in entries:
        if re.fullmatch("[0-9a-f]{16}", entry.name) and entry.is_dir():
            if os.path.isfile(os.path.join(entry.path, "run.json")):
                yield entry.name
            elif os.listdir(entry.path):
                raise ValueError(f"'{entry.path}' is damaged: it holds no run.json; remove it")


def _names(cell: Cell) -> Words:
    experiment = cell.experiment
    return {
        "cell": cell.name,
        "label": label(experiment.method, dict(experiment.options)),
        "recipe": cell.identity,
    }


def _json(facts: Words) -> bytes:
    return (json.dumps(jsonable(facts, keep_none=True), indent=2, allow_nan=False) + "\n").encode()


# read back
