"""Checkpoints: a run that was killed resumes from the last one, and ends as if it had not been interrupted.

A checkpoint is one file of plain arrays with the state of the method and of the trace. It is replaced whole.
"""

import json
import math
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..files import whole_file
from .account import Account
from .best import Best
from .history import History, Row
from .snapshots import Snapshot, SnapshotKeeper
from .trace import Trace

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Checkpoint:
    """The file with the state of one run: its path, its owner, and how often it is written."""

    path: Path
    every: int = 1  # epochs
    owner: str = ""  # the hash of the run's recipe
    warn: Callable[[str], object] = warnings.warn  # called with the reason if it cannot be written

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"`checkpoint` {self.every}: give 1 epoch or more")

    def keep(self, trace: Trace, leaves: Sequence[np.ndarray]) -> None:
        """Write the file if it is due. If that fails, warn and go on, as the training must not be lost."""
        if trace.iterations % self.every:
            return
        account, best, history = trace.account, trace.best, trace.history
        facts = {
            "owner": self.owner,
            **asdict(account),
            "best_value": best.value,
            "seconds": trace.seconds,
            "processor_seconds": trace.clock.processor_seconds,
            "heldout": history.heldout,
        }
        arrays = {f"leaf{i}": leaf for i, leaf in enumerate(leaves)}
        arrays |= {"rows": np.array(history.rows, dtype=float), "best_theta": np.asarray(best.theta)}
        if trace.snapshots is not None:
            facts["album"] = [trace.snapshots.growth, trace.snapshots.due]
            arrays |= {f"snapshot{i}": np.hstack(kept) for i, kept in enumerate(trace.snapshots.kept)}
        arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
        try:
            with whole_file(self.path) as file:
                np.savez(file, allow_pickle=False, **arrays)
        except OSError as error:
            self.warn(f"no checkpoint in '{self.path}': {error.strerror or error}; training goes on")

    def resume(self, trace: Trace) -> list[np.ndarray] | None:
        """Set the trace back to the last checkpoint and return its leaves, or None if there is none."""
        if not self.path.is_file():
            return None
        arrays = self._read()
        facts = json.loads(arrays["facts"].tobytes())
        rows = [Row(row[0], int(row[1]), *row[2:]) for row in arrays["rows"].tolist()]
        trace.clock.resume(facts["seconds"], facts.get("processor_seconds", math.nan))
        trace.restore(
            _account(facts),
            Best(facts["best_value"], arrays["best_theta"]),
            History(rows, facts["heldout"]),
            _snapshots(arrays, facts),
        )
        return _numbered(arrays, "leaf")

    def check(self) -> None:
        """Raise ValueError if the file is damaged or belongs to another run."""
        if not self.path.is_file():
            return
        facts = json.loads(self._read()["facts"].tobytes())
        if facts["owner"] != self.owner:
            raise ValueError(f"'{self.path}' belongs to another run: remove it, or choose another folder")

    @property
    def ours(self) -> bool:
        """Return whether there is a checkpoint of this run."""
        try:
            self.check()
        except ValueError:
            return False
        return self.path.is_file()

    def _read(self) -> Arrays:
        try:
            with np.load(self.path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            json.loads(arrays["facts"].tobytes())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            raise ValueError(f"'{self.path}' is damaged: remove it to start again") from None
        return arrays


def _account(facts: dict[str, Any]) -> Account:
    """Return what was spent until a checkpoint; old ones have no operations."""
    return Account(facts["counts"], facts["calls"], facts.get("operations", math.nan), facts["iterations"])


def _snapshots(arrays: Arrays, facts: dict[str, Any]) -> SnapshotKeeper | None:
    if "album" not in facts:
        return None
    known = _numbered(arrays, "snapshot")
    kept = [Snapshot(float(s[0]), float(s[1]), float(s[2]), s[3:]) for s in known]
    return SnapshotKeeper(kept, *facts["album"])


def _numbered(arrays: Arrays, name: str) -> list[np.ndarray]:
    """Return the arrays name0, name1, ..."""
    return [arrays[f"{name}{i}"] for i in range(sum(key.startswith(name) for key in arrays))]
