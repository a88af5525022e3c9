"""Many cells as one file: a zip of their records and histories, without vectors, that reads as a folder.

Each cell lies in a folder of its name and has a seal of the files that are kept, as on disk. A zip is
unpacked before it is read, so that its runs are examined as all others are. The place of the data on the disk
of the machine that ran a cell is left out.
"""

import json
import re
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from ..files import check_file, whole_file
from ..text import quoted
from .history import HELDOUT, TRACE
from .names import HASH
from .run import record_bytes
from .seals import LARGEST, RECORD, SEAL, sealed

KEPT = (RECORD, TRACE, HELDOUT)
SUFFIX = ".zip"
REFERENCE = "reference"  # the word for the archive of the published runs
RESULTS = Path("results")
PLACES = (Path(), RESULTS, Path(__file__).parents[2] / RESULTS)  # where it lies: here, or in a checkout
UNIX = 3  # the system of all entries, as zip numbers it
DAY = (1980, 1, 1, 0, 0, 0)  # of all entries, so that equal cells make equal bytes
ENTRY = re.compile(rf"({HASH.pattern})/({'|'.join(map(re.escape, (*KEPT, SEAL)))})")
MOST = 2**32  # bytes of an archive's files
BAD = (BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError)
_FOLDERS: dict[tuple[str, int, int], tempfile.TemporaryDirectory[str]] = {}  # by path, time and size


def pack(cells: Iterable[Path], file: Path, histories: bool = True) -> None:
    """Write these cells' folders as an archive, whole or not at all. Equal cells make equal bytes.

    Without histories it has a tenth of the size, and is enough for what a record holds: final metrics, and
    when each number of wrong pixels was first met. Raises ValueError if no cell is given, and OSError if one
    cannot be read or the file cannot be written.
    """
    folders = sorted(cells, key=lambda folder: folder.name)
    if not folders:
        raise ValueError("there is no cell to pack: name folders that `optae bench` has written")
    with whole_file(file) as stream, ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for folder in folders:
            for name, content in _kept(folder, KEPT if histories else (RECORD,)).items():
                info = ZipInfo(f"{folder.name}/{name}", DAY)
                info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, UNIX, 0o644 << 16
                archive.writestr(info, content)


def _kept(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Return the files of a cell that an archive keeps, with their seal."""
    files = {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
    facts = json.loads(files[RECORD])
    where = facts["environment"]
    if [place for place in (where["data"].pop("place", None), where.pop("start", None)) if place]:
        files[RECORD] = record_bytes(facts)
    return sealed(files)


def is_archive(path: Path) -> bool:
    """Return whether a path is meant as an archive."""
    return path.suffix.lower() == SUFFIX


def archive_of(word: str) -> Path | None:
    """Return the archive that a word means: a path, or `reference` for the published runs; else None.

    Raises ValueError if the published runs are not here.
    """
    if word != REFERENCE:
        return Path(word) if is_archive(Path(word)) else None
    files = (place / f"{REFERENCE}{SUFFIX}" for place in PLACES)
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        name = RESULTS / f"{REFERENCE}{SUFFIX}"
        raise ValueError(f"{REFERENCE} is '{name}' of the repository: run in a checkout, or name the file")
    return found


def unpacked(path: Path) -> Path:
    """Return a folder with the cells of an archive, which is removed when this process ends.

    Raises ValueError if it is not an archive of cells.
    """
    check_file(str(path))
    state = path.stat()
    key = str(path.resolve()), state.st_mtime_ns, state.st_size
    if key not in _FOLDERS:
        _FOLDERS[key] = _unpack(path)
    return Path(_FOLDERS[key].name)


def _unpack(path: Path) -> tempfile.TemporaryDirectory[str]:
    folder, name = tempfile.TemporaryDirectory(prefix="optae-cells-"), quoted(str(path))
    try:
        with ZipFile(path) as archive:
            _extract(archive, Path(folder.name))
    except _NotOfCells as error:
        folder.cleanup()
        raise ValueError(f"{name} holds {error}: give an archive that `optae pack` has written") from None
    except BAD as error:
        folder.cleanup()
        raise ValueError(f"{name} cannot be unpacked ({error}): pack the cells again") from None
    return folder


class _NotOfCells(Exception):
    """Says what an archive holds that is not of a cell."""


def _extract(archive: ZipFile, folder: Path) -> None:
    entries = [info for info in archive.infolist() if not info.is_dir()]
    if strange := next((info for info in entries if not ENTRY.fullmatch(info.filename)), None):
        raise _NotOfCells(f"{quoted(strange.filename)}, which is not a file of a cell")
    if not entries:
        raise _NotOfCells("no cells")
    if max(info.file_size for info in entries) > LARGEST or sum(info.file_size for info in entries) > MOST:
        raise _NotOfCells(f"files of more than {LARGEST >> 20} MB, or of {MOST >> 30} GB together")
    for info in entries:
        place = folder / info.filename
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(archive.read(info))
