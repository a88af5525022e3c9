"""Check that the files of a stored run are those that were written.

A run carries the digests of its files in SHA256SUMS, which `sha256sum -c` reads too. Runs of older versions
carry none: they count, are called unsealed, and only files that are missing, cut short or of wrong types are
noticed. All code that reads, counts or replaces runs calls `examine`, so that it agrees which are damaged.
"""

import json
import os
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import file_digest, sha256
from io import FileIO
from pathlib import Path

from ..experiments.schema import Words
from .history import HELDOUT, TRACE
from .names import misnamed
from .rows import row_of
from .snapshots import FILE as SNAPSHOTS

SEAL, RECORD, VECTOR = "SHA256SUMS", "run.json", "theta.safetensors"
PARTS = (RECORD, TRACE, HELDOUT, VECTOR, SNAPSHOTS, SEAL)  # the files of a run; a folder may hold others
LINE = re.compile(r"([0-9a-f]{64})  (\S+)")
OF_NUMBERS = b"0123456789+-.eEnaif,\r\n"  # the characters of a history below its head
LARGEST = 2**26  # most bytes of a record, of a seal, and of an unsealed history


class Damaged(ValueError):
    """Names the folder of a damaged run, and says what is wrong with it."""


@dataclass(frozen=True)
class Examined:
    """A run without visible damage; if it is `sealed`, its files are those that were written."""

    facts: Words  # its record
    row: Words  # its row of a frame
    sealed: bool


def sealed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a run by name, with their digests as the last file."""
    lines = [f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items()]
    return {**files, SEAL: "".join(lines).encode()}


def examine(folder: str | Path) -> Examined:
    """Read the record of a run, and check that its files have not changed. Raises Damaged."""
    place = os.fspath(folder)
    try:
        there = {name for name in os.listdir(place) if name in PARTS}
        content = _read(place, RECORD)
        if SEAL in there:
            _check_digests(place, there, content)
        facts = _parsed(content)
        unsealed_run = SEAL not in there and bool(facts["metrics"])
        if unsealed_run:
            _check_tables(place, there, facts)
        row = _row(place, facts)
        if unsealed_run:
            _check_vector(place, row["parameters"])
        return Examined(facts, row, SEAL in there)
    except _Fault as fault:
        raise Damaged(f"'{place}' is damaged: {fault}") from None
    except OSError as error:
        raise Damaged(f"'{place}' cannot be read: {error.strerror}") from None


def is_damaged(folder: str | Path) -> bool:
    """Return whether `examine` finds damage."""
    try:
        examine(folder)
    except Damaged:
        return True
    return False


class _Fault(Exception):
    """Says what is wrong with a run."""


def _check_digests(folder: str, there: set[str], record: bytes) -> None:
    """Raise _Fault for the first file that differs from its digest or has none."""
    lines = [LINE.fullmatch(line) for line in _read(folder, SEAL).decode("utf-8", "replace").splitlines()]
    digests = {line[2]: line[1] for line in lines if line}
    if len(digests) < len(lines) or not digests.keys() <= set(PARTS) or RECORD not in digests:
        raise _Fault(f"its {SEAL} is not a list of its digests")
    for name in sorted(there - {SEAL} | digests.keys()):
        digest = sha256(record).hexdigest() if name == RECORD else _digest(folder, name)
        if digest != digests.get(name):
            raise _Fault(f"its {name} is not the one that was written")


def _parsed(content: bytes) -> Words:
    try:
        facts = json.loads(content)
    except Exception:  # such as a RecursionError
        raise _Fault(f"its {RECORD} is not JSON") from None
    if not isinstance(facts, dict) or not isinstance(facts.get("metrics"), dict):
        raise _Fault(f"its {RECORD} is not the record of a run")
    return facts


def _row(folder: str, facts: Words) -> Words:
    try:
        reason = misnamed(facts, folder)
        row = row_of(folder, facts)
    except Exception:  # a record of wrong types fails in many ways
        raise _Fault(f"its {RECORD} is not the record of a run") from None
    if reason:
        raise _Fault(reason)
    return row


def _check_tables(folder: str, there: set[str], facts: Words) -> None:
    """Raise _Fault for a history of an unsealed run that is missing, cut short or garbled."""
    names, rows, whole = _table(folder, TRACE)
    if "evaluations" not in names:
        raise _Fault(f"its {TRACE} has no column of evaluations")
    last = rows[-1].split(b",")[names.index("evaluations")]
    if not whole or not _is_number(last, facts.get("calls")):
        raise _Fault(f"its {TRACE} is cut short")
    if HELDOUT in there:
        _table(folder, HELDOUT)
    elif facts.get("heldout"):
        raise _Fault(f"its {HELDOUT} is gone")


def _table(folder: str, name: str) -> tuple[list[str], list[bytes], bool]:
    """Return a table's names, its rows, and whether it ends with its last row; the last number may be cut."""
    head, _, rest = _read(folder, name).partition(b"\n")
    names, rows = head.decode("utf-8", "replace").strip().split(","), rest.rstrip().split(b"\n")
    strange = rest.translate(None, OF_NUMBERS) or any(row.count(b",") != len(names) - 1 for row in rows)
    if strange or not _are_numbers(rest.rstrip().replace(b"\n", b",").split(b",")[:-1]):
        raise _Fault(f"its {name} is not a table of numbers")
    return names, rows, rest.endswith(b"\n")


def _are_numbers(words: list[bytes]) -> bool:
    try:
        deque(map(float, words), maxlen=0)  # only to be read
    except ValueError:
        return False
    return True


def _is_number(text: bytes, wanted: object) -> bool:
    try:
        return wanted is None or float(text) == wanted
    except ValueError:
        return False


def _check_vector(folder: str, parameters: float) -> None:
    """Raise _Fault for a vector of an unsealed run that is missing, cut short or of another length."""
    with _opened(folder, VECTOR) as file:
        start = file.read(8)
    if _size(folder, VECTOR) != 8 + int.from_bytes(start, "little") + 8 * parameters:
        raise _Fault(f"its {VECTOR} is cut short, or holds another vector")


def _digest(folder: str, name: str) -> str:
    if _size(folder, name) <= LARGEST:
        return sha256(_read(folder, name)).hexdigest()
    with _opened(folder, name) as file:
        return file_digest(file, "sha256").hexdigest()


def _read(folder: str, name: str) -> bytes:
    if _size(folder, name) > LARGEST:
        raise _Fault(f"its {name} has more than {LARGEST >> 20} MB")
    with _opened(folder, name) as file:
        return file.read()


def _size(folder: str, name: str) -> int:
    try:
        return os.stat(f"{folder}/{name}").st_size
    except OSError as error:
        raise _fault(name, error) from None


def _opened(folder: str, name: str) -> FileIO:
    try:
        return open(f"{folder}/{name}", "rb", buffering=0)
    except OSError as error:
        raise _fault(name, error) from None


def _fault(name: str, error: OSError) -> _Fault:
    gone = isinstance(error, FileNotFoundError)
    return _Fault(f"its {name} is gone" if gone else f"its {name} cannot be read: {error.strerror}")
