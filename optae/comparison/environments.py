"""What differs between the environments in which two sets of runs were made."""

from collections.abc import Sequence

import pandas as pd

from ..storage.rows import PLACE
from ..text import counted, listed, shortest
from .clocks import starved
from .filters import different
from .scores import TIMES

ENVIRONMENT = ("machine", "threads", *PLACE, "code")  # columns of the frame
NAMES = {"code": "code of optae"}
SHOWN = 3  # environments of one folder that a note counts


def changes(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Return a line for each fact that differs, such as "scipy 1.14.1 -> 1.17.1"; none: not on record."""
    facts = [name for name in ENVIRONMENT if name in before and name in after]
    pairs = [(name, different(before[name]), different(after[name])) for name in facts]
    return [f"{NAMES.get(name, name)} {old} -> {new}" for name, old, new in pairs if old != new]


def several(frame: pd.DataFrame, name: str) -> list[str]:
    """Return a note if the runs of one side were made in more than one environment."""
    facts = [fact for fact in ENVIRONMENT if fact in frame and frame[fact].nunique(dropna=False) > 1]
    if not facts:
        return []
    counts = frame.groupby(facts, dropna=False, sort=False).size().sort_values(ascending=False)
    words = [f"{_phrase(facts, key)} ({counted(count, 'run')})" for key, count in counts.items()]
    remedy = "keep one environment a folder, or choose with `where`"
    return [f"{name} holds runs of {len(counts)} environments: {listed(words, SHOWN)}; {remedy}"]


def comparable_times(before: pd.DataFrame, after: pd.DataFrame) -> tuple[tuple[str, ...], str]:
    """Return the times that can be compared between two environments, and the reason if some cannot.

    Different numbers of threads do not matter: their effect is then what is measured.
    """
    machines = {*before["machine"], *after["machine"]}
    if len(machines) > 1:
        return (), f"they were taken on machine {different(machines)}"
    if late := int(starved(before).sum() + starved(after).sum()):
        return TIMES[1:], f"{counted(late, 'run')} had no processor for a while"
    return TIMES, ""


def _phrase(facts: Sequence[str], key: object) -> str:
    values = key if isinstance(key, tuple) else (key,)
    words = ("none" if value is None or value != value else shortest(value) for value in values)
    return " ".join(f"{NAMES.get(fact, fact)} {word}" for fact, word in zip(facts, words, strict=True))
