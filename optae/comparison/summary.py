"""Summarise runs in a table: one row for each group, one column for each statistic."""

import math
from collections.abc import Iterable, Sequence
from typing import TypedDict

import numpy as np
import pandas as pd

from ..evaluation.metrics import larger_is_better
from ..evaluation.own import brief
from ..experiments.sameness import codes, known
from ..registry import lookup
from ..statistics import Estimate
from ..statistics.few import FEWEST
from ..storage.history import read_history
from ..tables.table import Column, Table
from .clocks import CLOCK, check_clocks, clocks, excused, refused, starved
from .columns import STATISTICS, AtMost, Reading, Statistic
from .fairness import check_value, constants, default_by, remarks
from .filters import columns as read_columns
from .filters import different, numbers
from .groups import TRAINED, Ask, Board, Group, measured, read_target, with_train_value
from .pivot import arrange
from .reading import distinct
from .rivals import rows_of
from .scores import TIMES, meaning, score_of
from .targets import Histories

EXAMPLES = {"target": "max_pixel_error=0", "against": "adam"}  # examples of what a column may need
COUNTS = ("refused", "failed", "diverged", "interrupted")  # shown by default if not zero


class Asked(TypedDict, total=False):
    """The options of `summarise` besides a frame, rows, a metric and columns."""

    target: str | float | None
    against: str | None
    with_compile: bool
    mixed_times: bool
    histories: Histories


def summarise(
    frame: pd.DataFrame,
    by: Sequence[str] | None = None,
    metric: str = "value",
    target: str | float | None = None,
    columns: Sequence[str] | None = None,
    against: str | None = None,
    with_compile: bool = False,
    mixed_times: bool = False,
    histories: Histories = read_history,
) -> Table:
    """Return a table with one row per combination of `by` and one column per statistic of `STATISTICS`.

    `by` defaults to the label and every column of the problem and the recipe that a row would otherwise pool.
    `metric` is one of `SCORES`. `target` is a word such as max_pixel_error=0, or a number for the loss, which
    is looked up in the histories. `against` is the label or method of a baseline. Raises ValueError for an
    unknown name and for runs that cannot be compared.
    """
    frame, notes = distinct(frame)
    metric = score_of(metric, frame)
    by = read_columns(frame, by, "`by`") if by is not None else default_by(frame)
    check_value(frame, by, metric)
    ask = Ask(by, metric, read_target(target, frame), against, with_compile)
    chosen, dropped = _choose(frame, ask, columns, mixed_times)
    if not any(timed(STATISTICS[key], ask) for key in chosen):
        frame = excused(frame)
    if metric == TRAINED or any(STATISTICS[key].needs == "histories" for key in chosen):
        frame = with_train_value(frame, histories)
    board = measured(frame, ask, histories=histories)
    groups = rows_of(frame, by, board, against)
    names = {key: frame[key].tolist() for key in by}
    rows = [_row(frame, ask, names, group, chosen, mixed_times) for group in groups]
    heads = _heads(ask, board, chosen, rows)
    notes += dropped + remarks(frame[~refused(frame)], by) + _unknown(board, ask, chosen) + _late(rows)
    result = pd.DataFrame(rows).drop(columns=[] if any(row["note"] for row in rows) else ["note"])
    return arrange(Table(result, heads, _caption(frame, ask), tuple(notes)))


def timed(statistic: Statistic, ask: Ask) -> bool:
    """Return whether a column compares times."""
    by_score = "{metric}" in statistic.head or statistic.needs == "against"
    return statistic.timed or (ask.metric in TIMES and by_score)


def _choose(
    frame: pd.DataFrame, ask: Ask, names: Sequence[str] | None, mixed: bool
) -> tuple[list[str], list[str]]:
    """Return the statistics to show, and the reasons why others are not shown."""
    wanted = _named(ask, names) if names is not None else _usual(frame, ask)
    times = [key for key in wanted if timed(STATISTICS[key], ask)]
    if not times or mixed or not clocks(frame):
        return wanted, []
    if names is not None or ask.metric in TIMES:
        check_clocks(frame, f"column '{times[0]}'")
    reason = f"times were taken on {clocks(frame)}, and are left out unless mixed times are asked for"
    return [key for key in wanted if key not in times], [reason]


def _named(ask: Ask, names: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(["seeds", *names]))
    for key in wanted:
        needs = lookup("statistic", key, STATISTICS).needs
        if needs in EXAMPLES and getattr(ask, needs) is None:
            example = EXAMPLES[needs]
            raise ValueError(f"column '{key}' needs `{needs}`, such as `{needs}` {example}")
    return wanted


def _usual(frame: pd.DataFrame, ask: Ask) -> list[str]:
    counts = [status for status in COUNTS if (frame["status"] == status).any()]
    groups = pd.Series(codes(frame, ask.by))
    repeats = frame.groupby([groups, frame["seed"]]).size().max() > 1
    usual = ["seeds", *(["runs"] if repeats else []), *counts, "median", "iqm", "best", "worst"]
    if ask.metric == "value" and _noisy(frame):
        usual += ["train_value", "train_sd"]
    if ask.target:
        usual += ["success", "seconds_to_target", "evaluations_to_target", "ert_evaluations"]
    if ask.against is not None:
        usual.append("improvement")
    if ask.metric not in TIMES:
        usual.append("seconds")
        if numbers(frame["processor_seconds"]).notna().any():
            usual.append("processor")
    compiled = numbers(frame["compile_seconds"]).max() > 0 and not ask.with_compile
    if compiled and ask.metric != "compile_seconds":
        usual.append("compile")
    return usual


def _noisy(frame: pd.DataFrame) -> bool:
    """Return whether the referee's noise differs from the noise that some runs were trained on."""
    return any((frame[name] != "none").any() for name in known(frame, ("noise", "bottleneck")))


def _row(
    frame: pd.DataFrame,
    ask: Ask,
    names: dict[str, list[object]],
    group: Group,
    chosen: list[str],
    mixed: bool,
) -> dict[str, object]:
    row = {key: values[group.rows[0]] for key, values in names.items()}
    for key in chosen:
        row |= _parts(key, _value(STATISTICS[key], group))
    if mixed and any(timed(STATISTICS[key], ask) for key in chosen):
        row["timed_on"] = "; ".join(f"{part} {different(frame[part].iloc[group.ran])}" for part in CLOCK)
    return row | {"note": _note(frame, group)}


def _value(statistic: Statistic, group: Group) -> Reading:
    if statistic.counts:
        return statistic.of(group)
    nothing = not len(group.ran) or (
        "{metric}" in statistic.head and np.isnan(group.board.score[group.ran]).all()
    )
    return math.nan if nothing else statistic.of(group)


def _parts(key: str, value: Reading) -> dict[str, object]:
    if isinstance(value, Estimate):
        return {key: value.value, f"{key}_low": value.low, f"{key}_high": value.high}
    if isinstance(value, AtMost):
        return {key: value.value, f"{key}_least": value.least}
    if isinstance(value, tuple):
        return {key: value[0], f"{key}_seed": value[1]}
    return {key: value}


def _note(frame: pd.DataFrame, group: Group) -> str:
    if not len(group.ran):
        return f"refused: {frame['message'].iat[group.rows[0]]}"
    late = int(starved(frame.iloc[group.ran]).sum())
    words = [
        _few(group.seeds),
        f"{late} without a processor for a while" if late else "",
    ]
    return "; ".join(filter(None, words))


def _few(seeds: int) -> str:
    """Return a note if there are too few seeds for an interval."""
    if seeds == 1:
        return "1 seed"
    return f"{seeds} seeds: no interval" if seeds < FEWEST else ""


def _heads(ask: Ask, board: Board, chosen: list[str], rows: list[dict[str, object]]) -> tuple[Column, ...]:
    heads = [Column(key, key, group=True) for key in ask.by]
    words = ask.words | {"resamples": str(board.resamples)}
    heads += [_head(key, ask, words) for key in chosen]
    if "timed_on" in rows[0]:
        heads.append(Column("timed_on", "timed on", "threads and machines: times of different ones mislead"))
    return (*heads, *[Column("note", "note")] * any(row["note"] for row in rows))


def _head(key: str, ask: Ask, words: dict[str, str]) -> Column:
    statistic = STATISTICS[key]
    better = statistic.better
    if better == "metric":
        better = "high" if larger_is_better(ask.metric) else "low"
    never = statistic.needs == "target" and key != "success"
    texts = statistic.head.format(**words), statistic.meaning.format(**words)
    return Column(key, *texts, better=better, never=never)


def _caption(frame: pd.DataFrame, ask: Ask) -> str:
    direction = "larger" if larger_is_better(ask.metric) else "smaller"
    shared = constants(frame, ask.by)
    words = f"{brief(ask.metric)} ({meaning(ask.metric)}), {direction} is better"
    return words + (f"; all runs: {shared}" if shared else "")


def _unknown(board: Board, ask: Ask, chosen: list[str]) -> list[str]:
    """Return notes on what the runs do not have on record."""
    notes = []
    if board.reached is not None and np.isnan(board.reached.cost["evaluations"]).any():
        notes.append(f"when {ask.words['target']} was met is not on record for all runs, only that it was")
    ran = board.status != "refused"
    asked = any("operations" in key for key in (*chosen, ask.metric))
    if asked and np.isnan(board.spent["operations"][ran]).any():
        notes.append("operations are not on record for runs of an older version")
    if TRAINED in board.spent and (lost := int(np.isnan(board.spent[TRAINED][ran]).sum())):
        notes.append(f"{TRAINED} leaves out {lost} runs, which have no readable history")
    return notes


def _late(rows: list[dict[str, object]]) -> list[str]:
    if not any(key.endswith("_least") for row in rows for key in row):
        return []
    return ["≤: the target's metric was not measured shortly before; the CSV table also has the lower bound"]
