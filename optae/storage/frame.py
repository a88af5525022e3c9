"""Read stored runs into one frame: a row for each run, a column for each field and measurement."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ..engines.threads import cores
from ..experiments.sameness import aliases, settled
from ..experiments.schema import Words
from ..plugins import is_own
from ..text import counted
from .archive import is_archive, unpacked
from .index import FEWEST, Entry, read_index, stamp_of, write_index
from .names import HASH
from .rows import COLUMNS, NUMBERS
from .seals import PARTS, RECORD, SEAL, Damaged, examine

if TYPE_CHECKING:
    from pandas import DataFrame

READERS, BATCH = 4, 64  # most threads, and runs that one of them reads at a time
REBUILT = 10  # an index is written if more than one in so many runs are not in it


def load_cells(folders: str | Path | Sequence[str | Path]) -> "DataFrame":
    """Return a pandas frame with one row for each intact stored cell or run in or below the folders.

    A folder may also be an archive of cells (see `archive`). The columns are the fields of the recipe, the
    metrics and the costs; metrics of one's own are named by their words. `data` is the digest of the data's
    content, and `dataset` is one name for that content (see `sameness.settled`). `frame.attrs["warnings"]`
    has a line for each damaged run, which is left out, for each cell that was found twice, and one for runs
    of older versions, which are not sealed. Raises ValueError for a folder that does not exist.
    """
    import pandas as pd

    warnings: list[str] = []
    folders = [folders] if isinstance(folders, str | Path) else folders
    places = {Path(folder): _opened(Path(folder)) for folder in folders}
    rows: dict[str, Words] = {}
    unsealed = 0
    for entry in chain.from_iterable(_examined(str(place), warnings) for place in places.values()):
        row = entry.row
        if (key := row["cell"] or os.path.realpath(row["path"])) in rows:
            warnings.append(f"'{row['path']}' is the same run as '{rows[key]['path']}', which is used")
        else:
            rows[key] = row
            unsealed += not entry.sealed
    own = sorted({name for row in rows.values() for name in row if is_own(name)})
    frame = pd.DataFrame(list(rows.values()), columns=[*COLUMNS, *own])
    frame = frame.astype(dict.fromkeys([*NUMBERS, *own], float))
    warnings += aliases(frame)
    warnings += [unsealed_note(unsealed)] if unsealed else []
    frame = settled(frame)
    frame.attrs["warnings"] = [_as_named(warning, places) for warning in warnings]
    return frame


def _opened(folder: Path) -> Path:
    """Return the folder, or the one in which an archive has been unpacked."""
    return unpacked(folder) if is_archive(folder) and not folder.is_dir() else folder


def _as_named(text: str, places: Mapping[Path, Path]) -> str:
    """Return a text that names archives, not the folders in which they have been unpacked."""
    for named, place in places.items():
        text = text if named == place else text.replace(str(place), str(named))
    return text


def unsealed_note(count: int) -> str:
    """Return the warning for this number of runs without digests.

    >>> unsealed_note(2)
    '2 unsealed runs of an older version: only what is missing or cut short in them is noticed'
    """
    return (
        f"{counted(count, 'unsealed run')} of an older version: only what is missing or cut short in them is"
        " noticed"
    )


def _examined(folder: str, warnings: list[str]) -> Iterator[Entry]:
    """Yield the intact runs in or below a folder, in order, with the help of its index; warn of others."""
    paths = list(_runs(folder, warnings))
    known = read_index(folder) if len(paths) >= FEWEST else {}
    entries: dict[str, Entry] = {}
    for path, found in zip(paths, _found(paths, known, folder), strict=True):
        if isinstance(found, Damaged):
            warnings.append(f"{found}: it is left out")
            continue
        if found.stamp:
            entries[_below(path, folder)] = found
        yield found
    new = sum(known.get(path) is not entry for path, entry in entries.items())
    if len(paths) >= FEWEST and REBUILT * new > len(paths):
        write_index(folder, entries)


def _found(paths: Sequence[str], known: Mapping[str, Entry], folder: str) -> Iterator[Entry | Damaged]:
    """Yield each run's entry, or what is wrong with it.

    Some threads read side by side, as digests are computed and files read while another one runs Python.
    """
    pool = ThreadPoolExecutor(min(READERS, cores()))
    try:
        parts = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
        yield from chain.from_iterable(
            pool.map(lambda part: [_entry(path, known.get(_below(path, folder))) for path in part], parts)
        )
    finally:
        pool.shutdown(cancel_futures=True)


def _entry(path: str, known: Entry | None) -> Entry | Damaged:
    """Return the entry of a run, the known one if its files have not changed since."""
    stamp = stamp_of(path)
    if known is not None and known.stamp == stamp:
        known.row["path"] = path
        return known
    try:
        found = examine(path)
    except Damaged as error:
        return error
    return Entry(stamp, found.row, found.sealed)


def _below(path: str, folder: str) -> str:
    """Return the part of a path below a folder."""
    return path[len(folder) + 1 :]


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
