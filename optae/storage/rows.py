"""Rows of the frame from the records of runs, with entries of the right types."""

from collections.abc import Iterable
from types import NoneType

from ..evaluation.definitions import HELDOUT, METRICS
from ..experiments.experiment import Experiment
from ..experiments.sameness import FIELDS, NUMERIC, recipe_of
from ..experiments.schema import Words, texts
from ..plugins import is_own
from .environment import LIBRARIES
from .first_seen import FirstSeen
from .history import TRACE, read_history

NUMBERS = (
    *("value", "start", *METRICS, *HELDOUT, "seconds", "compile_seconds", "processor_seconds"),
    *("evaluations", "operations", "iterations", "restarts"),
    *("parameters", "threads", "together", *NUMERIC),
)
PLACE = ("system", "blas", "python", *LIBRARIES)  # of the environment, None if not on record
_LAST = ("status", "message", *NUMBERS, "machine", *PLACE, "code", "clock_note", "reached", "legs")
COLUMNS = tuple(dict.fromkeys(("path", "cell", "data", "label", *FIELDS, *_LAST)))
WORDS = ("cell", "data", "label", *texts(Experiment), "status", "message", "code", "clock_note")
REST = tuple(name for name in FIELDS if name not in (*NUMBERS, *WORDS, "seed"))
MAYBE = {int, float, NoneType}  # types of a number that may be missing


def row_of(path: str, facts: Words) -> Words:
    """Return the row of a run's record. Raises KeyError, TypeError, ... for a malformed record."""
    row = _row(path, facts)
    _check(MAYBE, [row[name] for name in NUMBERS])
    _check({str}, [row[name] for name in WORDS])
    _check({str, bool, NoneType}, [row[name] for name in REST])
    _check({str, NoneType}, [row[name] for name in PLACE])
    _check({int}, [row["seed"]])
    own = [name for name in facts["metrics"] if is_own(name)]
    _check(MAYBE, [facts["metrics"][name] for name in own])
    numbers = row | {name: facts["metrics"][name] for name in own}
    return row | {name: _float(numbers[name]) for name in (*NUMBERS, *own)}


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _row(path: str, facts: Words) -> Words:
    seconds, where = facts["seconds"], facts["environment"]
    place = {**where, **where.get("versions", {})}
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
        **{name: place.get(name) for name in PLACE},
        "code": where.get("code", ""),
        "reached": FirstSeen(facts.get("reached", {})),
        "legs": tuple(facts.get("legs", ())),
    }


def _check(kinds: set[type], values: Iterable[object]) -> None:
    """Raise TypeError unless all values are of these types."""
    if not kinds.issuperset(map(type, values)):
        raise TypeError(f"{values} are of other types")


def _last_calls(path: str) -> float:
    """Return the calls of a run of `optae train`, whose record counts each kind separately."""
    try:
        return float(read_history(path)["evaluations"][-1])
    except (KeyError, IndexError):
        raise ValueError(f"its {TRACE} has no column of evaluations") from None
