"""Checks that wall seconds are comparable: same machine and thread count, never without a processor."""

import numpy as np
import pandas as pd

from ..experiments.sameness import varies
from ..text import counted, shortened
from .filters import different, numbers

CLOCK = ("threads", "machine")
LETTERS = 200  # most letters of the clocks' names in a caption


def refused(frame: pd.DataFrame) -> pd.Series:
    """Return which runs were never carried out, (runs,)."""
    return frame["status"] == "refused"


def starved(frame: pd.DataFrame) -> pd.Series:
    """Return which runs had no processor for a while, (runs,): their wall seconds are too long."""
    if "clock_note" not in frame:
        return pd.Series(False, index=frame.index)
    return frame["clock_note"].fillna("") != ""


def excused(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the runs without notes on clocks where no limit is in seconds: only times depend on them."""
    if "clock_note" not in frame or "max_seconds" not in frame:
        return frame
    limited = np.isfinite(numbers(frame["max_seconds"]))
    return frame.assign(clock_note=frame["clock_note"].where(limited, ""))


def clocks(frame: pd.DataFrame) -> str:
    """Return the thread counts and machines that runs were timed on, in words; empty if all agree."""
    ran = frame[~refused(frame)]
    return " and ".join(f"{name} {different(ran[name])}" for name in CLOCK if varies(ran, name))


def alike(frame: pd.DataFrame) -> bool:
    """Return whether the wall seconds of all runs may be compared."""
    return not clocks(frame) and not starved(frame).any()


def untimed(frame: pd.DataFrame) -> str:
    """Return the cost that different machines share: operations, or evaluations if they are not on record."""
    unknown = "operations" in frame and frame["operations"][~refused(frame)].isna().any()
    return "evaluations" if unknown else "operations"


def check_clocks(frame: pd.DataFrame, what: str) -> None:
    """Raise ValueError if times were taken with different thread counts or on different machines."""
    if found := clocks(frame):
        example = found.split()[0]
        raise ValueError(
            f"{what} would compare times taken on {found}: choose with `where` {example}=..., compare"
            " operations or evaluations, or mark them with `mixed_times`"
        )


def check_starved(frame: pd.DataFrame, what: str) -> None:
    """Raise ValueError if some of the runs had no processor for a while."""
    late = frame[starved(frame)]
    if len(late):
        names = different(late["label"] + " seed " + late["seed"].map(str))
        raise ValueError(
            f"{what} would compare wall times of {len(late)} runs that had no processor for a while ({names};"
            f" {late['clock_note'].iloc[0]}): remove their folders and run them again on a quiet machine,"
            " compare `metric` processor_seconds, or mark them with `mixed_times`"
        )


def late(frame: pd.DataFrame) -> list[str]:
    """Return a note on the runs that had no processor for a while, if there are any."""
    count = int(starved(frame).sum())
    text = "had no processor for a while, suspended or on a busy machine: the seconds are too long"
    return [f"{counted(count, 'run')} {text}"] if count else []


def side_by_side(frame: pd.DataFrame, mixed_times: bool) -> str:
    """Return a caption's warning. Raises ValueError if clocks differ and `mixed_times` is not set."""
    if not mixed_times:
        check_clocks(frame, "cost 'seconds'")
    if mixed := clocks(frame):
        return f"BEWARE: times taken on {shortened(mixed, LETTERS)} stand side by side."
    return "".join(f"BEWARE: {note}." for note in late(frame))
