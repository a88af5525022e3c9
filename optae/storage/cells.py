"""Cells of a grid on disk, each one folder that is named by the hash of its recipe and written whole.

Folders from several machines merge by copying. A cell that cannot run is stored too, with its reason, but
without trace and vector.
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
from ..training.snapshots import handful
from .history import TRACE
from .run import FORMAT, asked, provenance, record, tables
from .snapshots import snapshot_files
from .tensors import tensor_bytes

Files = dict[str, bytes]  # the content of a cell's files, by name
PARTS = (TRACE, "theta.safetensors")  # files that a run has in addition to its record


def finished(cell: Cell, data: Dataset, result: Result, together: Sequence[int] = ()) -> Files:
    """Return the files of a cell that ran, alone or `together` with these seeds (including its own)."""
    facts = record(cell.experiment, data, result) | _names(cell) | {"together": list(together)}
    facts["calls"] = result.rows[-1].evaluations
    facts["reached"] = reached(result.rows)
    layout = cell.experiment.model(data).layout
    theta = tensor_bytes(layout, result.theta, {"method": cell.experiment.method})
    kept = snapshot_files(handful(result.snapshots))
    return {"run.json": _json(facts), **tables(result), "theta.safetensors": theta, **kept}


def without_run(cell: Cell, data: Dataset, status: str, message: str) -> Files:
    """Return the files of a cell that never ran, with the reason."""
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
    """Return what was spent when each new lowest number of wrong pixels was first measured.

    "after" is what had been spent at the measurement before, so the moment lies between the two.
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
    """Write cells by name, each whole; a cell that another process has just written is kept.

    Raises ValueError or OSError if a cell cannot be written.
    """
    whole_folders(folder, cells)


def write_cell(folder: Path, name: str, files: Files) -> None:
    """Write one cell, as `write_cells` does."""
    write_cells(folder, {name: files})


def is_stored(folder: Path, name: str) -> bool:
    """Return whether the cell is done in this folder."""
    return os.path.isfile(folder / name / "run.json")


def stored(folder: Path) -> set[str]:
    """Return the names of the cells that are done in this folder. Raises ValueError if a cell is damaged."""
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
