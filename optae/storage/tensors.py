"""Named arrays in a .safetensors file, in the vector's order.

The format is a length, a JSON header and the numbers. The library `safetensors` sorts tensors by name when it
writes. Here the data section is theta itself, byte for byte, and that library can still read the file.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..model.layout import Layout


def write_tensors(path: Path, layout: Layout, theta: np.ndarray, notes: Mapping[str, str]) -> None:
    """Write theta (size,) as float64 tensors named by the layout, with `notes` as the file's metadata."""
    path.write_bytes(tensor_bytes(layout, theta, notes))


def tensor_bytes(layout: Layout, theta: np.ndarray, notes: Mapping[str, str]) -> bytes:
    """Return the content of the file that `write_tensors` writes."""
    header: dict[str, object] = {"__metadata__": dict(notes)}
    for name, at, shape in layout.slots:
        header[name] = {"dtype": "F64", "shape": shape, "data_offsets": (8 * at.start, 8 * at.stop)}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + np.asarray(theta, dtype="<f8").tobytes()


def shapes_of(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of the tensors in a file. Raises ValueError if it is damaged."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        return {name: tuple(entry["shape"]) for name, entry in header.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, MemoryError):
        raise ValueError(f"'{path}' is damaged: it is not a .safetensors file") from None


def read_tensors(path: Path, layout: Layout) -> np.ndarray:
    """Return theta (size,) from a file of this layout. Raises ValueError if it is damaged or of another."""
    try:
        content = path.read_bytes()
        start = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:start])
        shapes = {name: tuple(entry["shape"]) for name, entry in header.items() if name != "__metadata__"}
        theta = np.frombuffer(content[start:], dtype="<f8").astype(float)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"'{path}' is damaged: it is not a .safetensors file") from None
    if shapes != dict(layout.shapes) or len(theta) != layout.size:
        raise ValueError(f"'{path}' does not hold this model's {layout.size} parameters")
    return theta
