"""Read stored runs into one frame: a row for each run, a column for each field and measurement."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..experiments.sameness import aliases, settled
from ..experiments.schema import Words
from ..text import counted
from .names import HASH
from .rows import COLUMNS, NUMBERS
from .seals import PARTS, RECORD, SEAL, Damaged, Examined, examine

if TYPE_CHECKING:
    from pandas import DataFrame


def load_cells(folders: str | Path | Sequence[str | Path]) -> "DataFrame":
    """Return a pandas frame with one row for each intact stored cell or run in or below the folders.

    The columns are the fields of the recipe, the metrics and the costs. `data` is the digest of the data's
    content, and `dataset` is one name for that content (see `sameness.settled`). `frame.attrs["warnings"]`
    has a line for each damaged run, which is left out, for each cell that was found twice, and one for runs
    of older versions, which are not sealed. Raises ValueError for a folder that does not exist.
    """
    import pandas as pd

    warnings: list[str] = []
    folders = [folders] if isinstance(folders, str | Path) else folders
    rows: dict[str, Words] = {}
    unsealed = 0
    for found in (run for folder in folders for run in _examined(str(folder), warnings)):
        row = found.row
        if (key := row["cell"] or os.path.realpath(row["path"])) in rows:
            warnings.append(f"'{row['path']}' is the same run as '{rows[key]['path']}', which is used")
        else:
            rows[key] = row
            unsealed += not found.sealed
    frame = pd.DataFrame(list(rows.values()), columns=COLUMNS).astype(dict.fromkeys(NUMBERS, float))
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


def _examined(folder: str, warnings: list[str]) -> Iterator[Examined]:
    """Yield the intact runs in or below a folder, in the order of their paths; warn of the damaged ones."""
    for path in _runs(folder, warnings):
        try:
            yield examine(path)
        except Damaged as error:
            warnings.append(f"{error}: it is left out")


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
