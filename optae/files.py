"""Write files and folders whole or not at all: under a temporary name beside their place, renamed at the end.

The content is on the disk before the renaming, so that a power cut leaves no empty file under a finished
name; the new name itself is on the disk within seconds, or after `sync_folder`. The temporary name says which
process writes there; `sweep` removes the files that ended processes have left.
"""

import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from .text import quoted

PREFIX, CLAIM = ".optae-", ".optae-claim-"  # prefixes of names that are not results
HOST = re.sub(r"[^\w.]", "_", platform.node())[:60]
OWNER = re.compile(r"([\w.]*)-(\d+)-\w{8}$")  # host and process, in a temporary's name and in a claim
STALE = 3600.0  # seconds after which a temporary counts as abandoned, whoever owns it
SILENT = 600.0  # seconds after which a claim does: its owner touches it every minute
MOST = 32  # files that are synced at a time
SWEEPING = 10.0  # seconds after which a sweep counts as abandoned
LFS = b"version https://git-lfs.github.com/spec/"  # the first bytes of the text that stands for a large file


def check_file(path: str) -> None:
    """Raise ValueError for a file that is missing, empty, unreadable, a folder or a Git LFS pointer."""
    name, file = quoted(path), Path(path)
    try:
        if file.is_dir():
            raise ValueError(f"{name} is a folder: give a file")
        if not file.is_file():
            raise ValueError(f"there is no file {name}: check the path")
        with file.open("rb") as stream:
            start = stream.read(len(LFS))
    except OSError as error:
        raise ValueError(f"cannot read {name} ({error.strerror}): check its permissions") from error
    if not start:
        raise ValueError(f"{name} is empty: give a file with data")
    if start == LFS:
        raise ValueError(f"{name} is a Git LFS pointer, not the file itself: run git lfs pull")


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that becomes `path` at the end, or is removed after an error. Raises OSError."""
    part = path.with_name(f"{PREFIX}{owner()}")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        if error.filename == os.fspath(part):
            error.filename = os.fspath(path)  # the name that the caller knows
        raise
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a place that becomes `folder` at the end, or is removed after an error.

    Raises ValueError if the folder is taken or its parent cannot be written, and OSError if writing fails
    later.
    """
    folder = free(folder)
    place = _temporary(folder.parent)
    try:
        yield place
        _sync_all([place])
        if folder.exists():
            folder.rmdir()
        os.replace(place, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def remove_whole(folder: Path) -> None:
    """Remove a folder atomically, by renaming it first. Raises OSError."""
    gone = folder.with_name(f"{PREFIX}{owner()}")
    os.replace(folder, gone)
    shutil.rmtree(gone, ignore_errors=True)


def free(folder: Path) -> Path:
    """Return the folder with symbolic links resolved. Raises ValueError if it is taken."""
    real = Path(os.path.realpath(folder))
    if os.path.islink(real):
        raise ValueError(f"'{folder}' is a symbolic link that leads to itself: choose another folder")
    if real.exists() and (not real.is_dir() or any(real.iterdir())):
        raise ValueError(f"'{folder}' exists already: choose another folder, or remove it")
    return real


def _temporary(parent: Path) -> Path:
    """Make a new temporary folder that is named after this process. Raises ValueError."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{HOST}-{os.getpid()}-", dir=parent))
        place.chmod(0o755)
    except OSError as error:
        raise ValueError(f"cannot write to '{parent}': {error.strerror}; choose another folder") from None
    return place


def whole_folders(
    parent: Path,
    contents: Mapping[str, Mapping[str, bytes]],
    replaced: Callable[[Path], bool] = lambda folder: False,
) -> None:
    """Write many folders of files, each whole, in hardly more time than one.

    A folder that is there already stays, unless it is one to be `replaced`. Raises ValueError if the parent
    cannot be written, and OSError if writing fails later.
    """
    places: dict[str, Path] = {}
    try:
        for name, files in contents.items():
            places[name] = _temporary(parent)
            for file, content in files.items():
                (places[name] / file).write_bytes(content)
        _sync_all(places.values())
        for name, place in places.items():
            _move(place, parent / name, replaced)
    finally:
        for place in places.values():
            shutil.rmtree(place, ignore_errors=True)


def _move(place: Path, folder: Path, replaced: Callable[[Path], bool]) -> None:
    """Rename, unless a folder that is not empty and not to be replaced is there already. Raises OSError."""
    try:
        os.replace(place, folder)
        return
    except OSError:
        if not folder.is_dir() or not any(folder.iterdir()):
            raise
    if replaced(folder):
        with suppress(FileNotFoundError):  # another process has replaced it just now
            remove_whole(folder)
        _move(place, folder, replaced)


def _sync_all(folders: Iterable[Path]) -> None:
    """Wait until folders of files are on the disk: all at once, so that they share the disk's commits."""
    paths = [path for folder in folders for path in (folder, *folder.iterdir())]
    with ThreadPoolExecutor(min(len(paths), MOST) or 1) as pool:
        list(pool.map(_sync, paths))


def _sync(path: Path) -> None:
    if path.is_dir():
        sync_folder(path)
        return
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until a folder's list of names is on the disk, if the system can tell."""
    if os.name == "nt":
        return
    with suppress(OSError):  # network file systems may refuse
        there = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(there)
        finally:
            os.close(there)


# leftovers of killed processes


def owner() -> str:
    """Return a new name that identifies this process: its host, its number and eight random digits."""
    return f"{HOST}-{os.getpid()}-{token_hex(4)}"


def prepare(folder: Path) -> None:
    """Make a folder and sweep it. Raises ValueError if it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder).cleanup()
    except OSError as error:
        raise ValueError(f"cannot write to '{folder}': {error.strerror}; choose another folder") from None
    sweep(folder)


def sweep(folder: Path) -> None:
    """Remove half-written files, folders and claims that ended processes have left in a folder.

    One process sweeps at a time, as no other may renew a dead claim between the check and its removal.
    """
    broom = folder / f"{PREFIX}sweeping"
    with suppress(OSError):
        if broom.exists() and time.time() - broom.stat().st_mtime > SWEEPING:
            broom.rmdir()
        broom.mkdir()
        try:
            for path in folder.glob(f"{PREFIX}*"):
                if path != broom and gone(path):
                    _remove(path)
        finally:
            broom.rmdir()


def gone(path: Path) -> bool:
    """Return whether a temporary's or a claim's owner has ended: by its process on this host, else by age."""
    try:
        claim, age = path.name.startswith(CLAIM), time.time() - path.stat().st_mtime
        found = OWNER.search(path.read_text(encoding="utf-8") if claim else path.name)
    except (OSError, ValueError):  # removed just now
        return False
    here = found is not None and found[1] == HOST
    return age > (SILENT if claim else STALE) or (found is not None and here and not _runs(int(found[2])))


def _runs(process: int) -> bool:
    """Return whether a process of this host runs; True where asking would disturb it."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
