"""Snapshots of a run as one file of tensors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..model.layout import Layout
from ..training.snapshots import Snapshot
from .tensors import read_tensors, shapes_of, tensor_bytes

FILE = "snapshots.safetensors"


COSTS = ("evaluations", "seconds", "loss")


def write_snapshots(folder: Path, kept: Sequence[Snapshot]) -> None:
    """Write snapshots into a run folder; without snapshots there is no file."""
    for name, content in snapshot_files(kept).items():
        (folder / name).write_bytes(content)


def snapshot_files(kept: Sequence[Snapshot]) -> dict[str, bytes]:
    """Return the file of these snapshots by its name; without snapshots there is none."""
    if not kept:
        return {}
    columns = [np.ravel(column) for column in zip(*kept, strict=True)]
    layout = _layout(len(kept), len(kept[0].theta))
    return {FILE: tensor_bytes(layout, np.concatenate(columns), {})}


def read_snapshots(folder: Path) -> list[Snapshot]:
    """Return the snapshots of a run folder, maybe none. Raises ValueError if the file is damaged."""
    if not (folder / FILE).is_file():
        return []
    k, size = shapes_of(folder / FILE).get("theta", (0, 0))
    layout = _layout(k, size)
    columns = layout.unpack(read_tensors(folder / FILE, layout))
    rows = zip(*columns.values(), strict=True)
    return [Snapshot(float(e), float(s), float(loss), theta) for e, s, loss, theta in rows]


def _layout(k: int, size: int) -> Layout:
    return Layout({**dict.fromkeys(COSTS, (k,)), "theta": (k, size)})
