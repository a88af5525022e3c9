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

from ..engines.arrays import Tree
from ..files import whole_file
from ..text import Record
from .account import KINDS, Account
from .best import Best
from .history import History, Row
from .snapshots import Snapshot, SnapshotKeeper
from .trace import Trace

Arrays = dict[str, np.ndarray]


class Misfit(ValueError):
    """Says why a run cannot go on from a checkpoint; a run that has not begun is refused by it."""


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
            "own": history.own,
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

    def resume(self, trace: Trace, restored: Callable[[list[np.ndarray]], Tree]) -> Tree | None:
        """Set the trace back to the last checkpoint; return its leaves `restored`, or None if there is none.

        Raises Misfit if the file is damaged or belongs to another run or network.
        """
        if not self.path.is_file():
            return None
        state, begun = self._state(), trace.best.theta
        try:
            if begun is not None and state.size != len(begun):
                raise ValueError("the vector has another size")
            carry = restored(state.leaves)
        except (ValueError, TypeError):
            raise Misfit(f"'{self.path}' does not fit this network: remove it to start again") from None
        trace.clock.resume(*state.seconds)
        trace.restore(state.account, state.best, state.history, state.snapshots)
        return carry

    def check(self) -> None:
        """Raise ValueError if the file is damaged or belongs to another run."""
        if self.path.is_file():
            self._state()

    @property
    def ours(self) -> bool:
        """Return whether there is a checkpoint of this run."""
        try:
            self.check()
        except ValueError:
            return False
        return self.path.is_file()

    def _state(self) -> "_State":
        """Return what the file holds. Raises ValueError if it is damaged or belongs to another run."""
        try:
            arrays = _arrays(self.path)
            facts = json.loads(arrays["facts"].tobytes())
            state = _State.of(facts, arrays) if facts["owner"] == self.owner else None
        except Exception:  # a damaged file fails in many ways
            raise Misfit(f"'{self.path}' is damaged: remove it to start again") from None
        if state is None:
            raise Misfit(f"'{self.path}' belongs to another run: remove it, or choose another folder")
        return state


@dataclass(frozen=True)
class _State:
    """The state of a run at a checkpoint."""

    seconds: tuple[float, float]  # of solving: wall, processor
    account: Account
    best: Best
    history: History
    snapshots: SnapshotKeeper | None
    leaves: list[np.ndarray]
    size: int  # of the best vector

    @classmethod
    def of(cls, facts: Record, arrays: Arrays) -> "_State":
        """Return the state in a file. Raises KeyError, TypeError, ValueError, ... if it is malformed."""
        best = arrays["best_theta"]
        if best.dtype != np.float64 or best.ndim != 1 or np.isnan(best).any():
            raise ValueError("the best vector is not one of numbers")
        leaves = _numbered(arrays, "leaf")
        if any(leaf.dtype.kind not in "biuf" for leaf in leaves):
            raise ValueError("the state of the method is not one of numbers")
        rows = [Row(row[0], int(row[1]), *row[2:]) for row in arrays["rows"].tolist()]
        return cls(
            (float(facts["seconds"]), float(facts.get("processor_seconds", math.nan))),
            _account(facts),
            Best(float(facts["best_value"]), best),
            History(rows, facts.get("own") or [{}] * len(rows), [{**look} for look in facts["heldout"]]),
            _snapshots(arrays, facts),
            leaves,
            len(best),
        )


def _arrays(path: Path) -> Arrays:
    """Return the arrays in a file. Raises ValueError if they are larger than the file."""
    with zipfile.ZipFile(path) as parts:
        if sum(part.file_size for part in parts.infolist()) > path.stat().st_size:
            raise ValueError("a checkpoint is not compressed")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _account(facts: Record) -> Account:
    """Return what was spent until a checkpoint; old ones have no operations."""
    counts = {kind: _number(facts["counts"][kind]) for kind in KINDS}
    spent = (_number(facts["calls"]), _number(facts.get("operations", math.nan)))
    return Account(counts, *spent, int(facts["iterations"]))


def _number(value: Any) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return value


def _snapshots(arrays: Arrays, facts: Record) -> SnapshotKeeper | None:
    if "album" not in facts:
        return None
    known = _numbered(arrays, "snapshot")
    kept = [Snapshot(float(s[0]), float(s[1]), float(s[2]), s[3:]) for s in known]
    return SnapshotKeeper(kept, *facts["album"])


def _numbered(arrays: Arrays, name: str) -> list[np.ndarray]:
    """Return the arrays name0, name1, ..."""
    return [arrays[f"{name}{i}"] for i in range(sum(key.startswith(name) for key in arrays))]
