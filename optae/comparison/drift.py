"""What the same recipes gave in two environments: other versions, another BLAS, other threads."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ..experiments.sameness import RECIPE, known
from ..statistics import FEW
from ..storage.history import read_history
from ..tables.table import Column, Table
from ..text import counted, number
from .clocks import late, refused
from .drift_rows import RATES, SIDES, Matched, Row, rows
from .environments import changes, comparable_times, several
from .fairness import check_value, default_by
from .filters import columns as read_columns
from .groups import Ask, measured, read_target
from .moments import COSTS
from .paired import ALPHA, bounds, compared_by, deciding
from .pairing import Pairs, paired
from .pivot import arrange
from .reading import distinct, together
from .scores import TIMES, score_of
from .targets import Histories, name, shared_target

ROUNDING = 1e-6  # relative: scores that differ by less are the same


def drift(
    before: pd.DataFrame,
    after: pd.DataFrame,
    metric: str = "value",
    by: Sequence[str] | None = None,
    target: str | float | None = None,
    with_compile: bool = False,
    mixed_times: bool = False,
    histories: Histories = read_history,
) -> Table:
    """Return what changed from the runs A, `before`, to the runs B of the same recipes, `after`.

    Runs with equal recipe and seed are paired. The caption has a line for each fact of the environment that
    differs, the table a row for each combination of `by`, by default the label and the parts of the problem
    that differ. The verdict of a row is that of `optae compare`, with Holm's correction for the number of
    rows. `target` is by default the one that all runs share. Seconds are compared on one machine only.
    Raises ValueError if there are no pairs, or if the `metric` is a time and the clocks differ.
    """
    frame, notes = _both(before, after)
    metric = score_of(metric, frame)
    recipe, remedy = known(frame, RECIPE), "run the same grid in both environments"
    everything = paired(frame, SIDES[::-1], recipe, remedy).swapped
    times, reason = (TIMES, "") if mixed_times else comparable_times(*everything.halves)
    if metric in TIMES and metric not in times:
        remedy = "compare evaluations, or mark them with `mixed_times`"
        raise ValueError(f"metric '{metric}' would compare times, but {reason}: {remedy}")
    first = everything.halves[1]
    names = read_columns(first, by, "`by`") if by else default_by(first)
    check_value(first, names, metric)
    wanted = shared_target(frame) if target is None else read_target(target, frame)
    rates = tuple(time for time in RATES if time in times)
    found = _matched(everything, Ask(names, metric, wanted, None, with_compile), rates, histories)
    table = rows(found)
    notes += _notes(found) + [f"seconds are left out: {reason}"] * bool(reason)
    return arrange(Table(pd.DataFrame(table), _heads(found, table), _caption(found), tuple(notes)))


def _both(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the runs of A and B in one frame, with their side as their series, and notes."""
    kept = {side: distinct(frame) for side, frame in zip(SIDES, (after, before), strict=True)}
    notes = [f"{note} of {side}" for side, (_, found) in kept.items() for note in found]
    return together({side: frame for side, (frame, _) in kept.items()}, "series"), notes


def _matched(everything: Pairs, ask: Ask, rates: tuple[str, ...], histories: Histories) -> Matched:
    out = refused(everything.frame).to_numpy()
    both = ~(out[everything.left] | out[everything.right])
    if not both.any():
        raise ValueError("no run has a partner: every one of A or of B was refused")
    ran = replace(everything, left=everything.left[both], right=everything.right[both])
    board = measured(everything.frame, ask, histories=histories)
    values = deciding(board, ask.metric)
    new, old = values[ran.left], values[ran.right]
    values[ran.left] = np.where(np.isclose(new, old, ROUNDING, 0), old, new)
    return Matched(everything, ran, board, values, new == old, ask, rates)


def _caption(found: Matched) -> str:
    """Return a line for each difference of the environments, and what is compared."""
    after, before = found.everything.halves
    lines = changes(before, after) or ["the environments on record are the same"]
    return "\n".join([*lines, f"B against A by {compared_by(found.ask)}"])


def _notes(found: Matched) -> list[str]:
    """Return notes on runs that were not compared, on mixed environments, and on times."""
    both, ran = found.everything, found.ran
    alone = zip(both.sides, both.unpaired, strict=True)
    said = [f"{counted(n, 'run')} of {side} alone: the other has no such recipe" for side, n in alone if n]
    if lost := len(both.left) - len(ran.left):
        said.append(f"{counted(lost, 'pair')} with a refused run: only their statuses are compared")
    for side, half in zip(both.sides, both.halves, strict=True):
        said += several(half, side)
    said += _early(ran.halves[0]["status"])
    metric = found.ask.metric
    said += bounds(ran, found.board, metric if metric in COSTS else "evaluations")
    return said + (late(both.frame) if "seconds" in found.rates else [])


def _early(status: pd.Series) -> list[str]:
    """Return notes on runs that neither converged nor spent a budget that is the same in both."""
    counts = {name: int((status == name).sum()) for name in ("max_seconds", "target")}
    words = {
        "max_seconds": "by their seconds: their scores depend on speed",
        "target": "at their target: their scores are those of that moment",
    }
    return [f"{counted(n, 'run')} of B ended {words[name]}" for name, n in counts.items() if n]


def _heads(found: Matched, table: Sequence[Row]) -> tuple[Column, ...]:
    problems = len({*found.board.problem[found.ran.left].tolist()})
    over = ", over several problems the median of their medians" if problems > len(table) else ""
    span = f"median of the pairs' ratios{over}"
    ask = found.ask
    until = name(ask.target) if ask.target else "the target"
    rounding = f"pairs with equal {ask.metric}, or a difference of rounding, up to {number(ROUNDING)} of it"
    heads = (
        *(Column(key, key, group=True) for key in ask.by),
        Column("pairs", "pairs", "runs with equal recipe and seed that both sides have carried out"),
        Column("exact", "equal bits", f"pairs with equal {ask.metric}, to the last bit"),
        Column("same", "same", rounding),
        Column("better", "B better", "pairs in which it is, by more than that"),
        Column("worse", "B worse"),
        Column("ratio", "B / A [95 %]", f"{span}, 1 for those that are the same [from 3; {FEW}]"),
        Column("p", "p (Holm)", "two-sided, the test of optae compare, adjusted for the number of rows"),
        Column("verdict", "B is", f"better or worse where p (Holm) < {ALPHA:g}"),
        Column("met_A", "A met", f"runs that met {until}"),
        Column("met_B", "B met"),
        Column("to_target", "evaluations B / A", f"until {until}, misses at infinity; {span}"),
        Column("seconds", "seconds B / A", f"of solving, for each evaluation; {span}"),
        Column("processor_seconds", "processor B / A", f"processor seconds for each evaluation; {span}"),
        Column("statuses", "statuses", "pairs that ended otherwise in B than in A"),
        Column("note", "note"),
    )
    empty = {key for key in ("statuses", "note") if not any(row.get(key) for row in table)}
    there = {key for row in table for key in row} - empty
    return tuple(head for head in heads if head.key in there)
