"""An index beside many cells: the rows of those that have not changed since they were examined.

The index of a folder holds the row of each intact cell, and a stamp of its files at the moment they were
examined: sizes, inodes, and the times of the last changes of content and of anything else. A cell whose stamp
is another one is examined anew, and so is each damaged one. So the index only saves time: it is ignored if it
is cut, edited or made by other code, removing it does no harm, and whoever may write it may also seal cells.
`optae verify` and `optae bench` never ask it.
"""

import json
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from ..experiments.schema import Words
from ..files import whole_file
from ..plugins import is_own
from .environment import code
from .first_seen import FirstSeen
from .rows import COLUMNS, NUMBERS
from .seals import PARTS

FILE = ".optae_index"
FEWEST = 1000  # cells below which reading is quick without an index
SETTLED = 2 * 10**9  # nanoseconds: a file changed later may change again within a tick of its clock
LARGEST = 2**28  # most bytes
TEXTS = tuple(name for name in COLUMNS if name not in (*NUMBERS, "path"))


@dataclass(frozen=True)
class Entry:
    """An intact cell as it was examined."""

    stamp: str
    row: Words
    sealed: bool


def stamp_of(folder: str) -> str:
    """Return the stamp of a run's files, "" if they cannot be read or have changed just now."""
    found, now = [], time.time_ns()
    try:
        for name in sorted(set(PARTS).intersection(os.listdir(folder))):
            file = os.stat(f"{folder}/{name}")
            if now - max(file.st_mtime_ns, file.st_ctime_ns) < SETTLED:
                return ""
            found.append((name, file.st_size, file.st_ino, file.st_mtime_ns, file.st_ctime_ns))
    except OSError:
        return ""
    return blake2b(repr(found).encode(), digest_size=16).hexdigest()


def read_index(folder: str) -> dict[str, Entry]:
    """Return the entries of a folder's index by their paths below it; none if it is missing or damaged."""
    path = Path(folder, FILE)
    try:
        if path.stat().st_size > LARGEST:
            return {}
        digest, _, content = path.read_bytes().partition(b"\n")
        if digest.decode() != sha256(content).hexdigest():
            return {}
        return _entries(json.loads(content))
    except Exception:  # a file that is no index fails in many ways
        return {}


def write_index(folder: str, entries: dict[str, Entry]) -> None:
    """Write a folder's index, whole; it is left as it was if it cannot be written."""
    content = json.dumps(_facts(entries), separators=(",", ":")).encode()
    with suppress(OSError), whole_file(Path(folder, FILE)) as file:
        file.write(sha256(content).hexdigest().encode() + b"\n" + content)


def _facts(entries: dict[str, Entry]) -> Words:
    rows = [entry.row for entry in entries.values()]
    return {
        "code": code(),
        "paths": list(entries),
        "stamps": [entry.stamp for entry in entries.values()],
        "sealed": [entry.sealed for entry in entries.values()],
        "numbers": {name: [row[name] for row in rows] for name in NUMBERS},
        "texts": {name: _coded(_plain(name, row[name]) for row in rows) for name in TEXTS},
        "own": [{name: row[name] for name in row if is_own(name)} for row in rows],
    }


def _entries(facts: Words) -> dict[str, Entry]:
    """Return the entries; none if other code made them. Raises KeyError, TypeError, ... for other content."""
    if facts["code"] != code():
        return {}
    columns: dict[str, Sequence[Any]] = dict(facts["numbers"])
    for name, (values, places) in facts["texts"].items():
        known = [_read(name, value) for value in values]
        columns[name] = [known[place] for place in places]
    names = list(columns)
    lines = zip(zip(*columns.values(), strict=True), facts["own"], strict=True)
    rows = (dict(zip(names, row, strict=True)) | own for row, own in lines)
    parts = zip(facts["paths"], facts["stamps"], rows, facts["sealed"], strict=True)
    return {path: Entry(stamp, row, sealed) for path, stamp, row, sealed in parts}


def _coded(values: Iterable[Any]) -> tuple[list[Any], list[int]]:
    """Return the different values, and the place of each value among them.

    >>> _coded(["tanh", "relu", "tanh"])
    (['tanh', 'relu'], [0, 1, 0])
    """
    known: dict[Any, int] = {}
    places = [known.setdefault(value, len(known)) for value in values]
    return list(known), places


def _plain(name: str, value: Any) -> Any:
    """Return an entry of a row as JSON keeps it."""
    if name == "legs":
        return json.dumps(value)
    return b64encode(value.packed).decode() if name == "reached" else value


def _read(name: str, value: Any) -> Any:
    if name == "legs":
        return tuple(json.loads(value))
    return FirstSeen.of(b64decode(value)) if name == "reached" else value
