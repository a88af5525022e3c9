"""Writing whole or not at all: beside its place under another name, which is renamed at the end."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that becomes `path` at the end, or vanishes with an error. Raises OSError."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        if error.filename == os.fspath(part):
            error.filename = os.fspath(path)  # the name that the caller knows
        raise
    finally:
        part.unlink(missing_ok=True)


def claim(folder: Path) -> None:
    """Makes sure, before hours are spent, that the folder is free and can be written. Raises ValueError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"'{folder}' exists already: choose another folder, or remove it")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryDirectory(prefix=".optae-", dir=folder.parent).cleanup()
    except OSError as error:
        raise ValueError(
            f"cannot write to '{folder.parent}': {error.strerror}; choose another folder"
        ) from None


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A place to write that becomes `folder` at the end, or vanishes with an error."""
    claim(folder)
    place = Path(tempfile.mkdtemp(prefix=".optae-", dir=folder.parent))
    try:
        place.chmod(0o755)
        yield place
        if folder.exists():
            folder.rmdir()
        os.replace(place, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)
