"""Rows of the frame from the records of runs, with entries of the right types."""

from collections.abc import Mapping
from types import NoneType
from typing import Any

from ..evaluation.definitions import HELDOUT, METRICS
from ..experiments.sameness import FIELDS, NUMERIC, recipe_of
from ..experiments.schema import Words
from .history import TRACE, read_history

NUMBERS = (
    *("value", "start", *METRICS, *HELDOUT, "seconds", "compile_seconds", "processor_seconds"),
    *("evaluations", "operations", "iterations", "restarts"),
    *("parameters", "threads", "together", *NUMERIC),
)
_LAST = ("status", "message", *NUMBERS, "machine", "code", "clock_note", "reached")
COLUMNS = tuple(dict.fromkeys(("path", "cell", "data", "label", *FIELDS, *_LAST)))
WORDS = ("cell", "data", "label", "method", "dataset", "loss", "status", "message", "code", "clock_note")
REST = tuple(name for name in FIELDS if name not in (*NUMBERS, *WORDS, "seed"))
SPENT = {int, float, NoneType}


def row_of(path: str, facts: Words) -> Words:
    """Return the row of a run's record. Raises KeyError, TypeError, ... for a malformed record."""
    row = _row(path, facts)
    row |= {name: _number(row[name]) for name in NUMBERS}
    strange = [name for name in WORDS if not isinstance(row[name], str)]
    strange += [name for name in REST if not isinstance(row[name], str | bool | None)]
    strange += [name for name in ("seed",) if type(row[name]) is not int]
    strange += [wrong for wrong, spent in row["reached"].items() if not _is_spent(spent)]
    if strange:
        raise TypeError(f"{strange[0]} has another type")
    return row


def _row(path: str, facts: Words) -> Words:
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


def _number(value: Any) -> float | None:
    """Return a float or None. Raises TypeError for a word, OverflowError for too large an integer."""
    if not isinstance(value, int | float | None):
        raise TypeError(f"{value!r} is not a number")
    return None if value is None else float(value)


def _is_spent(spent: Mapping[str, Any]) -> bool:
    """Return whether the costs of a moment are numbers, and so are those of the look before it."""
    after = spent.get("after") or {}
    return {type(x) for name, x in spent.items() if name != "after"} | set(map(type, after.values())) <= SPENT


def _last_calls(path: str) -> float:
    """Return the calls of a run of `optae train`, whose record counts each kind separately."""
    try:
        return float(read_history(path)["evaluations"][-1])
    except (KeyError, IndexError):
        raise ValueError(f"its {TRACE} has no column of evaluations") from None
