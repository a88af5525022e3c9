"""Fetch files once into the user's cache, from the first mirror that has the right ones.

An interrupted transfer resumes at the first missing file. Files are identified by the SHA-256 of their
content, because mirrors compress the same content differently.
"""

import gzip
import logging
import os
import zlib
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from .dataset import quoted

LONGEST = 100_000_000  # bytes of a file's content


def cache() -> Path:
    """Return the user's folder for data sets: OPTAE_CACHE, or a folder in the system's cache."""
    if named := os.environ.get("OPTAE_CACHE"):
        return Path(named)
    import pooch

    return Path(pooch.os_cache("optae"))


def fetched(name: str, mirrors: Sequence[str], digests: Mapping[str, str]) -> Path:
    """Return the cache's folder `name` after fetching, gzipped, every file of `digests` that it lacks.

    Raises ValueError if no mirror has one of them.
    """
    folder = cache() / name
    for file, digest in digests.items():
        path = folder / f"{file}.gz"
        if _digest(path) != digest and not any(_fetch(mirror, path, digest) for mirror in mirrors):
            raise ValueError(
                f"data set {quoted(name)} is not on this machine and no mirror gives {file}.gz: put its"
                f" {len(digests)} IDX files into a folder and name it by `data_folder`, or by OPTAE_DATA the"
                f" folder around {name}{os.sep}"
            )
    return folder


def _fetch(mirror: str, path: Path, digest: str) -> bool:
    """Fetch a file from this mirror, and return whether it is the right one; a wrong one is removed."""
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    path.unlink(missing_ok=True)
    try:
        pooch.retrieve(mirror + path.name, None, path.name, path.parent, progressbar=True)
    except Exception:  # any failure of the network: try the next mirror
        return False
    if _digest(path) == digest:
        return True
    path.unlink(missing_ok=True)
    return False


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of the unpacked content, or None if the file is missing, damaged or too long."""
    try:
        with gzip.open(path, "rb") as file:
            content = file.read(LONGEST + 1)
    except (OSError, EOFError, zlib.error):
        return None
    return sha256(content).hexdigest() if len(content) <= LONGEST else None
