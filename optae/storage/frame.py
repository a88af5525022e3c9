"""Read stored runs into one frame: a row for each run, a column for each field and measurement."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..evaluation.definitions import HELDOUT, METRICS
from ..experiments.sameness import FIELDS, NUMERIC, aliases, recipe_of, settled
from ..experiments.schema import Words
from .cells import PARTS
from .history import TRACE, read_history
from .names import misnamed

if TYPE_CHECKING:
    from pandas import DataFrame


def load_cells(folders: str | Path | Sequence[str | Path]) -> "DataFrame":
    """Return a pandas frame with one row for each intact stored cell or run in or below the folders.

    The columns are the fields of the recipe, the metrics and the costs. `data` is the digest of the data's
    content, and `dataset` is one name for that content (see `sameness.settled`). `frame.attrs["warnings"]`
    has a line for each damaged run, which is left out, and for each cell that was found twice. Raises
    ValueError for a folder that does not exist.
    """
    import pandas as pd

    warnings: list[str] = []
    folders = [folders] if isinstance(folders, str | Path) else folders
    rows: dict[str, Words] = {}
    for path, content in (found for folder in folders for found in _runs(str(folder), warnings)):
        if row := _read_row(path, content, warnings):
            if (key := row["cell"] or os.path.realpath(path)) in rows:
                warnings.append(f"'{path}' is the same run as '{rows[key]['path']}', which is used")
            else:
                rows[key] = row
    frame = pd.DataFrame(list(rows.values()), columns=COLUMNS)
    numbers = {name: float for name in NUMBERS}
    frame = frame.astype(numbers)
    warnings += aliases(frame)
    frame = settled(frame)
    frame.attrs["warnings"] = warnings
    return frame


NUMBERS = (
    *("value", "start", *METRICS, *HELDOUT, "seconds", "compile_seconds", "processor_seconds"),
    *("evaluations", "operations", "iterations", "restarts"),
    *("parameters", "threads", "together", *NUMERIC),
)


_LAST = ("status", "message", *NUMBERS, "machine", "code", "clock_note", "reached")


COLUMNS = tuple(dict.fromkeys(("path", "cell", "data", "label", *FIELDS, *_LAST)))


def _runs(folder: str, warnings: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the run folders in or below this one with their run.json; those of killed writers are skipped."""
    try:
        yield folder, _read(folder)
        return
    except FileNotFoundError:
        if not os.path.isdir(folder):
            raise ValueError(f"there is no folder '{folder}'") from None
    except OSError as error:
        warnings.append(f"cannot read '{folder}': {error.strerror}")
        return
    with os.scandir(folder) as entries:
        names = {entry.name: entry.is_dir() for entry in entries}
    if any(part in names for part in PARTS):
        warnings.append(f"'{folder}' is damaged: it holds no run.json")
    for name in sorted(name for name, is_folder in names.items() if is_folder and name[0] != "."):
        yield from _runs(os.path.join(folder, name), warnings)


def _read(folder: str) -> bytes:
    with open(os.path.join(folder, "run.json"), "rb", buffering=0) as file:
        return file.read()


def _read_row(path: str, content: bytes, warnings: list[str]) -> Words | None:
    """Return a run's row of the frame, or None, with a warning that names the broken file."""
    try:
        facts = json.loads(content)
    except ValueError:
        warnings.append(f"'{path}' is damaged: its run.json is not JSON")
        return None
    try:
        if reason := misnamed(facts, path):
            warnings.append(f"'{path}' is left out: {reason}")
            return None
        return _row(path, facts)
    except _BrokenHistory as error:
        warnings.append(str(error))
    except (KeyError, TypeError, AttributeError, IndexError, ValueError):
        warnings.append(f"'{path}' is damaged: its run.json is not the record of a run")
    return None


class _BrokenHistory(Exception):
    """Says why the history of a run cannot be read."""


def _last_calls(path: str) -> float:
    """Return the calls of a run of `optae train`, whose record counts each kind separately."""
    try:
        return float(read_history(path)["evaluations"][-1])
    except ValueError as error:
        raise _BrokenHistory(error) from None
    except (KeyError, IndexError):
        raise _BrokenHistory(f"'{path}' is damaged: its {TRACE} has no column of evaluations") from None


def _row(path: str, facts: Words) -> Words:
    """Return a record as a row of the frame. Raises KeyError, TypeError, ... for a malformed record."""
    seconds, where = facts["seconds"], facts["environment"]
    return {
        **recipe_of(facts),
        **{name: facts[name] for name in ("status", "message")},
        **{name: facts["metrics"].get(name) for name in METRICS},
        **{name: facts.get("heldout", {}).get(name) for name in HELDOUT},
        **{name: facts[name] for name in ("value", "start", "iterations", "parameters")},
        "path": path,
        "cell": facts.get("cell", ""),
        "seconds": seconds.get("solve"),
        "compile_seconds": seconds.get("compile"),
        "processor_seconds": seconds.get("processor"),
        "clock_note": facts.get("clock_note", ""),
        "evaluations": facts["calls"] if "calls" in facts else _last_calls(path),
        "operations": facts.get("operations"),
        "restarts": facts.get("extra", {}).get("restarts"),
        "threads": where["threads"],
        "together": len(facts.get("together") or [facts["seed"]]),
        "machine": f"{where['processor']}, {where['cores']} cores",
        "code": where.get("code", ""),
        "reached": {int(wrong): first for wrong, first in facts.get("reached", {}).items()},
    }
