"""Snapshots of a run as one file of tensors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..model.layout import Layout
from ..training.snapshots import NUMBERS, Snapshot
from .tensors import read_arrays, tensor_bytes

FILE = "snapshots.safetensors"
COSTS = ("evaluations", "seconds", "loss")
LARGEST = 8 * NUMBERS  # numbers in a file; a run keeps fewer than half as many


def snapshot_files(kept: Sequence[Snapshot]) -> dict[str, bytes]:
    """Return the file of these snapshots by its name, or no file if there are none."""
    if not kept:
        return {}
    columns = [np.ravel(column) for column in zip(*kept, strict=True)]
    layout = Layout({**dict.fromkeys(COSTS, (len(kept),)), "theta": (len(kept), len(kept[0].theta))})
    return {FILE: tensor_bytes(layout, np.concatenate(columns), {})}


def read_snapshots(folder: Path) -> list[Snapshot]:
    """Return the snapshots of a run folder, maybe none. Raises ValueError if the file is damaged."""
    path = folder / FILE
    if not path.is_file():
        return []
    columns = read_arrays(path, LARGEST)
    k, *size = columns["theta"].shape if "theta" in columns else (0,)
    expected = {**dict.fromkeys(COSTS, (k,)), "theta": (k, *size)}
    if len(size) != 1 or {name: array.shape for name, array in columns.items()} != expected:
        raise ValueError(f"'{path}' is damaged: it holds no snapshots of a run")
    rows = zip(*(columns[name] for name in (*COSTS, "theta")), strict=True)
    return [Snapshot(float(e), float(s), float(loss), theta) for e, s, loss, theta in rows]
