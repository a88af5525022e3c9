"""A run that was killed goes on from its last checkpoint, and ends as if nothing had happened.

A checkpoint is one file of plain arrays, replaced whole: what the method carries, and what the trace knows.
"""

import json
import math
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..files import whole_file
from .history import Counts, Row
from .snapshots import Snapshot, SnapshotKeeper
from .trace import Trace


@dataclass(frozen=True)
class Checkpoint:
    """Where it lies, after how many epochs it is written, and whose it is."""

    path: Path
    every: int = 1
    owner: str = ""  # of the run: its recipe's hash

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"`checkpoint` {self.every}: give 1 epoch or more")

    def keep(self, trace: Trace, leaves: Sequence[np.ndarray]) -> None:
        """Writes the file, where it is due."""
        if trace.iterations % self.every:
            return
        facts = {
            "owner": self.owner,
            "counts": asdict(trace.counts),
            "calls": trace.calls,
            "operations": trace.operations,
            "iterations": trace.iterations,
            "best_value": trace.best_value,
            "seconds": trace.seconds,
            "processor_seconds": trace.clock.processor_seconds,
            "heldout": trace.heldout,
        }
        arrays = {f"leaf{i}": leaf for i, leaf in enumerate(leaves)}
        arrays |= {"rows": np.array(trace.rows, dtype=float), "best_theta": np.asarray(trace.best_theta)}
        if trace.album is not None:
            facts["album"] = [trace.album.growth, trace.album.due]
            arrays |= {f"snapshot{i}": np.hstack(kept) for i, kept in enumerate(trace.album.kept)}
        arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
        with whole_file(self.path) as file:
            np.savez(file, allow_pickle=False, **arrays)

    def resume(self, trace: Trace) -> list[np.ndarray] | None:
        """The leaves of the last checkpoint, the trace set back to it; None where there is none."""
        if not self.path.is_file():
            return None
        arrays = self._read()
        facts = json.loads(arrays["facts"].tobytes())
        trace.counts, trace.calls = Counts(**facts["counts"]), facts["calls"]
        trace.operations = facts.get("operations", math.nan)
        trace.iterations, trace.best_value = facts["iterations"], facts["best_value"]
        trace.best_theta, trace.heldout = arrays["best_theta"], facts["heldout"]
        trace.rows = [Row(row[0], int(row[1]), *row[2:]) for row in arrays["rows"].tolist()]
        trace.clock.resume(facts["seconds"], facts.get("processor_seconds", math.nan))
        if trace.album is not None and "album" in facts:
            known = _numbered(arrays, "snapshot")
            kept = [Snapshot(float(s[0]), float(s[1]), float(s[2]), s[3:]) for s in known]
            trace.album = SnapshotKeeper(kept, *facts["album"])
        return _numbered(arrays, "leaf")

    def check(self) -> None:
        """Raises ValueError where the file that lies there is damaged, or another run's."""
        if not self.path.is_file():
            return
        facts = json.loads(self._read()["facts"].tobytes())
        if facts["owner"] != self.owner:
            raise ValueError(f"'{self.path}' belongs to another run: remove it, or choose another folder")

    def _read(self) -> dict[str, Any]:
        try:
            with np.load(self.path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            json.loads(arrays["facts"].tobytes())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            raise ValueError(f"'{self.path}' is damaged: remove it to start again") from None
        return arrays


def _numbered(arrays: dict[str, Any], name: str) -> list[np.ndarray]:
    """name0, name1, ..."""
    return [arrays[f"{name}{i}"] for i in range(sum(key.startswith(name) for key in arrays))]
