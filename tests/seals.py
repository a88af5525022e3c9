"""Runs on disk that were edited."""

from pathlib import Path

from optae.storage.seals import PARTS, SEAL, sealed


def resealed(folder):
    """The run in that folder with digests of its files as they are now."""
    folder = Path(folder)
    there = {
        name: (folder / name).read_bytes() for name in PARTS if name != SEAL and (folder / name).exists()
    }
    (folder / SEAL).write_bytes(sealed(there)[SEAL])
    return folder


def unsealed(folder):
    """The run in that folder as an older version would have left it."""
    (Path(folder) / SEAL).unlink()
    return Path(folder)
