"""Two methods on the same seeds of the same problems."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..evaluation.metrics import LARGER_IS_BETTER
from ..experiments.sameness import BUDGET, HOW, PROBLEM, RECIPE, codes, problem_names, series_names, varies
from ..registry import unknown
from ..statistics import FEW, Verdict, compare, holm
from ..tables.table import Column, Table
from .fairness import check_clocks, check_starved, refused, starved
from .filters import columns as read_columns
from .filters import distinct, listed, methods
from .groups import SCORES, TIMES, Ask, Board, measured, read_target, score
from .moments import COSTS
from .pivot import arrange
from .targets import Histories, name

ALPHA = 0.05
OVER = ", over several problems the median of their medians"
TESTS = (
    "Wilcoxon's signed-rank test over the pairs, two-sided",
    "one problem: Wilcoxon's signed-rank test over its pairs; several: t-test over the problems of their"
    " rank-biserial correlations; two-sided",
)
Verdicts = list[tuple[dict[str, Any], Verdict]]  # what names the pairs, and what they say


@dataclass(frozen=True, eq=False)
class Comparison:
    """The verdict over all pairs, and one line of a table for each problem."""

    overall: Verdict
    table: Table
    unpaired: tuple[int, int]  # runs of a, and of b, that have no partner


def verdict(
    frame: Any,
    a: str,
    b: str,
    metric: str = "value",
    by: Sequence[str] | None = None,
    across: Sequence[str] = (),
    target: str | float | None = None,
    with_compile: bool = False,
    mixed_times: bool = False,
    histories: Histories | None = None,
) -> Comparison:
    """Whether method `a` is better than `b`, by the runs that share seed and problem.

    `a` and `b` are methods, labels, or labels with what tells them apart, as "lm (copies 5)"; `by` splits
    the table, by default by whatever of the problem differs; `across` names columns that may differ within a
    pair, such as loss. Seeds are the sample of one problem, problems that of several. With a `target` the
    metric is what was spent until then. Raises ValueError where nothing pairs, or more than two runs do.
    """
    frame, notes = distinct(frame)
    score(metric)
    rows = frame.to_dict("records")
    frame = frame.assign(plain=frame["label"], label=series_names(rows, problem_names(rows)))
    sides = pick(frame, a), pick(frame, b)
    frame = _both(frame, sides)
    across = [part for part in read_columns(frame, across, "--across")] if across else []
    problem = [part for part in PROBLEM if part in frame and part not in across]
    _check(frame, metric, target, across, mixed_times)
    ask = Ask([], metric, read_target(target), None, with_compile)
    board = measured(frame, ask, problem, histories)
    scores = board.reached.cost[metric] if board.reached else board.score
    left, right = _pairs(frame, sides, problem)
    by = (
        read_columns(frame, by, "--by") if by else [part for part in problem if varies(frame.loc[left], part)]
    )
    scores = np.where(np.isnan(scores), -math.inf if board.larger else math.inf, scores)
    where = codes(frame, problem)
    verdicts = _verdicts(frame, scores, left, right, by, sides, board.larger, where)
    overall = compare(scores[left], scores[right], sides, board.larger, problems=where[left])
    unpaired = tuple(int((frame["label"] == side).sum()) - len(left) for side in sides)
    notes += _notes(frame, sides, unpaired, left, right) + _late(board, metric, left, right)
    table = Table(*_rows(verdicts, by), _caption(overall, ask), tuple(notes))
    return Comparison(overall, arrange(table), (unpaired[0], unpaired[1]))


def pick(frame: Any, name: str) -> str:
    """The series that this label or method means. Raises ValueError for none, or several."""
    ways = ("label", "plain", "method")  # a whole series; several of one label; several of one method
    found = (frame.loc[frame[way] == name, "label"].drop_duplicates().tolist() for way in ways)
    labels: list[str] = next(filter(None, found), [])
    if len(labels) > 1:
        raise ValueError(f"'{name}' was run in several ways: name one of {listed(labels)}")
    if not labels:
        raise ValueError(unknown("method", name, methods(frame)))
    return str(labels[0])


def _both(frame: Any, sides: tuple[str, str]) -> Any:
    if sides[0] == sides[1]:
        raise ValueError(f"'{sides[0]}' cannot be compared with itself: name two methods")
    return frame[frame["label"].isin(sides) & ~refused(frame)].reset_index(drop=True)


def _check(frame: Any, metric: str, target: Any, across: Sequence[str], mixed_times: bool) -> None:
    if target is not None and metric not in COSTS:
        raise ValueError(
            f"--target goes with --metric {', '.join(COSTS)}, not {metric}: what is spent until then"
        )
    if metric in ("value", "start") and "loss" in across and varies(frame, "loss"):
        raise ValueError(
            f"--across loss needs a metric that {listed(frame['loss'])} share, such as --metric half_sse"
        )
    if metric in TIMES and not mixed_times:
        check_clocks(frame, f"metric '{metric}'")
    if metric == "seconds" and not mixed_times:
        check_starved(frame, f"metric '{metric}'")


def _pairs(frame: Any, sides: tuple[str, str], problem: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The places of the runs that share problem and seed, in the same order."""
    key = codes(frame, [*problem, "seed"])
    places = [np.flatnonzero(frame["label"] == side) for side in sides]
    for side, rows in zip(sides, places, strict=True):
        if not len(rows):
            raise ValueError(f"every run of '{side}' was refused: there is nothing to compare")
        _check_single(frame, side, rows, key)
    _, i, j = np.intersect1d(key[places[0]], key[places[1]], return_indices=True)
    if not len(i):
        raise ValueError(_no_pairs(frame, sides, problem))
    return places[0][i], places[1][j]


def _check_single(frame: Any, side: str, rows: np.ndarray, key: np.ndarray) -> None:
    values, counts = np.unique(key[rows], return_counts=True)
    if counts.max() == 1:
        return
    twins = frame.iloc[rows[key[rows] == values[counts.argmax()]]]
    apart = [part for part in (*RECIPE, *(p for p in ("cell",) if p in twins)) if varies(twins, part)]
    first = apart[0] if apart else "path"
    raise ValueError(
        f"'{side}' has {counts.max()} runs of seed {twins['seed'].iloc[0]} on one problem, which differ in"
        f" {first} ({listed(twins[first])}): choose with --where {first}=..."
    )


def _no_pairs(frame: Any, sides: tuple[str, str], problem: Sequence[str]) -> str:
    halves = [frame[frame["label"] == side] for side in sides]
    for part in [*problem, "seed"]:
        if not set(halves[0][part].map(str)) & set(halves[1][part].map(str)):
            remedy = "run both on the same seeds" if part == "seed" else f"pair them by --across {part}"
            found = " and ".join(listed(half[part]) for half in halves)
            return f"'{sides[0]}' and '{sides[1]}' share no {part} ({found}): {remedy}"
    return f"'{sides[0]}' and '{sides[1]}' share no seed of the same problem: run both on the same seeds"


def _verdicts(
    frame: Any,
    scores: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    by: Sequence[str],
    sides: tuple[str, str],
    larger: bool,
    where: np.ndarray,
) -> Verdicts:
    group = codes(frame.loc[left], by) if by else np.zeros(len(left), dtype=int)
    found = []
    for code in range(group.max() + 1):
        i, j = left[group == code], right[group == code]
        names = {key: frame[key].iat[i[0]] for key in by}
        found.append((names, compare(scores[i], scores[j], sides, larger, problems=where[i])))
    return found


def _rows(verdicts: Verdicts, by: Sequence[str]) -> tuple[Any, tuple[Column, ...]]:
    adjusted = holm([verdict.p for _, verdict in verdicts])
    rows = [names | _row(verdict, p) for (names, verdict), p in zip(verdicts, adjusted, strict=True)]
    first, several = verdicts[0][1], any(verdict.problems > 1 for _, verdict in verdicts)
    unit = "problems" if several else "pairs"
    heads = [
        *(Column(key, key, group=True) for key in by),
        *[Column("problems", "problems", "different ones that both have run")] * several,
        *[Column("leads", f"{first.a} leads", "problems on which its signed ranks outweigh")] * several,
        Column("pairs", "pairs", "seeds of the same problem that both have run"),
        Column("wins", f"{first.a} wins", "pairs in which it is better"),
        Column("ties", "ties"),
        Column("losses", f"{first.b} wins"),
        Column(
            "ratio",
            f"{first.a} / {first.b} [{100 * first.level:g} %]",
            f"median of the pairs' ratios{OVER * several} [from 3 {unit}; {FEW}]",
        ),
        Column("p", "p", TESTS[several]),
        Column("p_holm", "p (Holm)", "the same, adjusted for the number of rows (Holm, 1979)"),
        Column("p_sign", "p (sign)", f"sign test over {unit}, two-sided"),
        Column("better", "better", f"the winner where p (Holm) < {ALPHA:g}"),
        Column("note", "note"),
    ]
    alone = ("p_holm",) if len(rows) == 1 else ()
    frame = pd.DataFrame(rows)
    empty = ("note",) if not frame["note"].any() else ()
    return frame, tuple(head for head in heads if head.key not in alone + empty)


def _row(verdict: Verdict, adjusted: float) -> dict[str, Any]:
    clear = verdict.winner if adjusted < ALPHA else None
    notes = [verdict.ratio.note, verdict.note]
    return {
        "problems": verdict.problems,
        "leads": verdict.leads[0],
        "pairs": verdict.pairs,
        "wins": verdict.wins,
        "ties": verdict.ties,
        "losses": verdict.losses,
        "ratio": verdict.ratio.value,
        "ratio_low": verdict.ratio.low,
        "ratio_high": verdict.ratio.high,
        "p": verdict.p,
        "p_holm": float(adjusted),
        "p_sign": verdict.sign,
        "better": clear or "not shown",
        "note": "; ".join(note for note in notes if note),
    }


def _caption(overall: Verdict, ask: Ask) -> str:
    direction = "larger" if ask.metric in LARGER_IS_BETTER else "smaller"
    meaning = SCORES[ask.metric] or ask.metric
    until = f" until {name(ask.target)}, misses at infinity" if ask.target else ""
    clock = ", compilation included" if ask.with_compile and ask.metric == "seconds" else ""
    return f"{overall}. Compared by {meaning}{until}{clock}; {direction} is better"


def _notes(
    frame: Any,
    sides: tuple[str, str],
    unpaired: Sequence[int],
    left: np.ndarray,
    right: np.ndarray,
) -> list[str]:
    notes = [f"{n} runs of {side} have no partner" for side, n in zip(sides, unpaired, strict=True) if n]
    if late := int(starved(frame).sum()):
        notes.append(f"{late} runs had no processor for a while: their seconds are too long")
    budgets = [part for part in (*HOW, *BUDGET) if part in frame and _differ(frame, left, right, part)]
    halves = frame.loc[left], frame.loc[right]
    return notes + [
        f"they differ in {part}: " + " and ".join(listed(h[part]) for h in halves) for part in budgets
    ]


def _late(board: Board, metric: str, left: np.ndarray, right: np.ndarray) -> list[str]:
    """A remark on costs that are known as bounds only."""
    if board.reached is None:
        return []
    late = board.reached.least[metric] < board.reached.cost[metric]
    counts = int(late[left].sum()), int(late[right].sum())
    if not any(counts):
        return []
    return [f"of {counts[0]} and {counts[1]} runs the cost is an upper bound: nobody looked shortly before"]


def _differ(frame: Any, left: np.ndarray, right: np.ndarray, part: str) -> bool:
    pairs = zip(frame[part].iloc[left].tolist(), frame[part].iloc[right].tolist(), strict=True)
    return any(x != y and (x == x or y == y) for x, y in pairs)
