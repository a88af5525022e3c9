"""Cells of a grid on disk, each one folder that is named by the hash of its recipe and written whole.

Folders from several machines merge by copying. A cell that cannot run is stored too, with its reason, but
without trace and vector. A damaged cell (see `seals`) is not done: it runs again and is replaced.
"""

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..datasets import Dataset
from ..engines.streams import NUMBERING
from ..experiments.identity import Cell
from ..experiments.labels import label
from ..experiments.schema import Words
from ..files import whole_folders
from ..training.history import Row
from ..training.result import Result
from ..training.snapshots import handful
from .first_seen import SPENT
from .names import HASH
from .run import FORMAT, asked, provenance, record, record_bytes, tables
from .seals import RECORD, VECTOR, Damaged, Examined, examine, is_damaged, sealed
from .snapshots import snapshot_files
from .tensors import tensor_bytes

Files = dict[str, bytes]  # the content of a cell's files, by name


def finished(cell: Cell, data: Dataset, result: Result, together: Sequence[int] = ()) -> Files:
    """Return the files of a cell that ran, alone or `together` with these seeds (including its own)."""
    facts = record(cell.experiment, data, result) | _names(cell) | {"together": list(together)}
    facts["calls"] = result.rows[-1].evaluations
    facts["reached"] = reached(result.rows)
    layout = cell.experiment.model(data).layout
    theta = tensor_bytes(layout, result.theta, {"method": cell.experiment.method})
    kept = snapshot_files(handful(result.snapshots))
    return {RECORD: record_bytes(facts), **tables(result), VECTOR: theta, **kept}


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
    return {RECORD: record_bytes(facts)}


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


def write_cells(folder: Path, cells: Mapping[str, Files]) -> None:
    """Write cells by name, each whole and sealed; a cell that is there already is kept unless it is damaged.

    Raises ValueError or OSError if a cell cannot be written.
    """
    whole_folders(folder, {name: sealed(files) for name, files in cells.items()}, replaced=is_damaged)


def write_cell(folder: Path, name: str, files: Files) -> None:
    """Write one cell, as `write_cells` does."""
    write_cells(folder, {name: files})


def stored(folder: Path, name: str) -> Examined | None:
    """Return the cell of this name if it is done, None if there is none. Raises Damaged."""
    place = folder / name
    try:
        if not any(place.iterdir()):
            return None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Damaged(f"'{place}' cannot be read: {error.strerror}") from None
    return examine(place)


def is_stored(folder: Path, name: str) -> bool:
    """Return whether the cell is done in this folder, and not damaged."""
    try:
        return stored(folder, name) is not None
    except Damaged:
        return False


def names_in(folder: Path) -> set[str]:
    """Return the names of the cells in a folder, damaged or not. Raises ValueError if it is a file."""
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise ValueError(f"'{folder}' is a file: choose another folder")
    with os.scandir(folder) as entries:
        return {entry.name for entry in entries if HASH.fullmatch(entry.name) and entry.is_dir()}


def _spent(row: Row) -> dict[str, float]:
    spent = row.seconds, row.evaluations, row.operations, row.iteration
    return dict(zip(SPENT, spent, strict=True))


def _names(cell: Cell) -> Words:
    experiment = cell.experiment
    return {
        "cell": cell.name,
        "label": label(experiment.method, dict(experiment.options)),
        "recipe": cell.identity,
    }
