"""Named arrays in .safetensors files, written and read by the library of that name.

The library chooses the order of the tensors and checks offsets and sizes. Names, shapes and the kind of
numbers are checked here. A vector is assembled by name, so the order in its file does not matter.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from ..model.layout import Layout

HEADER = 2**20  # most bytes of a file besides its numbers


def write_tensors(path: Path, layout: Layout, theta: np.ndarray, notes: Mapping[str, str]) -> None:
    """Write theta (size,) as float64 tensors named by the layout, with `notes` as the file's metadata."""
    path.write_bytes(tensor_bytes(layout, theta, notes))


def tensor_bytes(layout: Layout, theta: np.ndarray, notes: Mapping[str, str]) -> bytes:
    """Return the content of the file that `write_tensors` writes."""
    return save(layout.unpack(np.array(theta, dtype=float)), dict(notes))


def read_tensors(path: Path, layout: Layout) -> np.ndarray:
    """Return theta (size,) from a file of this layout. Raises ValueError if it is damaged or of another."""
    return vector_of(_read(path, layout.size), layout, path)


def vector_of(content: bytes, layout: Layout, path: str | Path) -> np.ndarray:
    """Return theta (size,) from the content of a file, as `read_tensors` does."""
    arrays = _arrays(content, path)
    if {name: array.shape for name, array in arrays.items()} != dict(layout.shapes):
        raise ValueError(f"'{path}' does not hold this model's {layout.size} parameters")
    return np.asarray(layout.pack(arrays))


def read_arrays(path: Path, most: int) -> dict[str, np.ndarray]:
    """Return the float64 arrays in a file by name, with at most `most` numbers in all.

    Raises ValueError if the file is damaged or holds anything else.
    """
    return _arrays(_read(path, most), path)


def _read(path: Path, most: int) -> bytes:
    """Return the content of a file of at most `most` numbers. Raises ValueError, OSError."""
    if not path.is_file():
        raise ValueError(f"'{path}' is gone")
    if (size := path.stat().st_size) > HEADER + 8 * most:
        raise ValueError(f"'{path}' has {size:,} bytes, too many for {most:,} numbers")
    return path.read_bytes()


def _arrays(content: bytes, path: str | Path) -> dict[str, np.ndarray]:
    """Return the arrays in the content of a file. Raises ValueError for damage and for other numbers."""
    try:
        arrays = load(content)
    except Exception:  # whatever the library makes of it
        raise ValueError(f"'{path}' is damaged: it is not a whole .safetensors file") from None
    for name, array in arrays.items():
        if array.dtype != np.float64:
            raise ValueError(f"'{path}' is damaged: {name!r} holds {array.dtype}, not float64")
        if np.isnan(array).any():
            raise ValueError(f"'{path}' is damaged: {name!r} holds nan")
    return arrays
