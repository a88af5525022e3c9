"""Read stored runs into one frame: a row for each run, a column for each field and measurement."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ..engines.threads import cores
from ..experiments.sameness import aliases, settled
from ..experiments.schema import Words
from ..plugins import is_own
from ..text import counted
from .names import HASH
from .rows import COLUMNS, NUMBERS
from .seals import PARTS, RECORD, SEAL, Damaged, examine

if TYPE_CHECKING:
    from pandas import DataFrame

READERS, BATCH = 4, 64  # most threads, and runs that one of them reads at a time


def load_cells(folders: str | Path | Sequence[str | Path]) -> "DataFrame":
    """Return a pandas frame with one row for each intact stored cell or run in or below the folders.

    The columns are the fields of the recipe, the metrics and the costs; those of one's own are named by their
    words. `data` is the digest of the data's content, and `dataset` is one name for that content (see
    `sameness.settled`). `frame.attrs["warnings"]`
    has a line for each damaged run, which is left out, for each cell that was found twice, and one for runs
    of older versions, which are not sealed. Raises ValueError for a folder that does not exist.
    """
    import pandas as pd

    warnings: list[str] = []
    folders = [folders] if isinstance(folders, str | Path) else folders
    paths = [path for folder in folders for path in _runs(str(Path(folder)), warnings)]
    rows: dict[str, Words] = {}
    unsealed = 0
    for row, sealed in _examined(paths, warnings):
        if (key := row["cell"] or os.path.realpath(row["path"])) in rows:
            warnings.append(f"'{row['path']}' is the same run as '{rows[key]['path']}', which is used")
        else:
            rows[key] = row
            unsealed += not sealed
    own = sorted({name for row in rows.values() for name in row if is_own(name)})
    frame = pd.DataFrame(list(rows.values()), columns=[*COLUMNS, *own])
    frame = frame.astype(dict.fromkeys([*NUMBERS, *own], float))
    warnings += aliases(frame)
    warnings += [unsealed_note(unsealed)] if unsealed else []
    frame = settled(frame)
    frame.attrs["warnings"] = warnings
    return frame


def unsealed_note(count: int) -> str:
    """Return the warning for this number of runs without digests.

    >>> unsealed_note(2)
    '2 unsealed runs of an older version: only what is missing or cut short in them is noticed'
    """
    return (
        f"{counted(count, 'unsealed run')} of an older version: only what is missing or cut short in them is"
        " noticed"
    )


def _examined(paths: Sequence[str], warnings: list[str]) -> Iterator[tuple[Words, bool]]:
    """Yield the rows of the intact runs, in order, and whether each is sealed; warn of the damaged ones.

    Some threads read side by side, as digests are computed and files read while another one runs Python.
    """
    pool = ThreadPoolExecutor(min(READERS, cores()))
    try:
        parts = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
        for found in chain.from_iterable(pool.map(_rows, parts)):
            if isinstance(found, Damaged):
                warnings.append(f"{found}: it is left out")
            else:
                yield found
    finally:
        pool.shutdown(cancel_futures=True)


def _rows(paths: Sequence[str]) -> list[tuple[Words, bool] | Damaged]:
    """Return the row of each run and whether it is sealed, or what is wrong with it."""
    rows: list[tuple[Words, bool] | Damaged] = []
    for path in paths:
        try:
            found = examine(path)
            rows.append((found.row, found.sealed))
        except Damaged as error:
            rows.append(error)
    return rows


def _runs(folder: str, warnings: list[str]) -> Iterator[str]:
    """Yield the run folders in or below this one, damaged or not; those of killed writers are skipped."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"there is no folder '{folder}'") from None
    except OSError as error:
        warnings.append(f"cannot read '{folder}': {error.strerror}")
        return
    if RECORD in names:
        yield folder
        return
    inside = [name for name in sorted(names) if name[0] != "." and os.path.isdir(f"{folder}/{name}")]
    if _is_damaged(folder, names, inside):
        yield folder
    for name in inside:
        yield from _runs(f"{folder}/{name}", warnings)


def _is_damaged(folder: str, names: Sequence[str], inside: Sequence[str]) -> bool:
    """Return whether a folder with these entries and folders `inside` holds the remains of a run."""
    cell = HASH.fullmatch(os.path.basename(folder)) is not None and len(names) > len(inside)
    return cell or any(name in names for name in PARTS if name != SEAL)
