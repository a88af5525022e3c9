"""The verdict on two methods that ran on the same seeds of the same problems."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..evaluation.definitions import METRICS, larger_is_better
from ..experiments.sameness import BUDGET, HOW, PROBLEM, codes, known, varies
from ..statistics import FEW, Verdict, compare, holm
from ..storage.history import read_history
from ..tables.card import card
from ..tables.table import Column, Table
from .clocks import check_clocks, check_starved, late
from .filters import columns as read_columns
from .filters import different
from .groups import Ask, Board, measured, read_target
from .moments import COSTS
from .pairing import Pairs, both, paired
from .pivot import arrange
from .reading import distinct, named
from .scores import TIMES, meaning, or_worst, score_of
from .targets import Histories, name

ALPHA = 0.05
OVER = ", over several problems the median of their medians"
TESTS = (
    "Wilcoxon's signed-rank test over the pairs, two-sided",
    "one problem: Wilcoxon's signed-rank test over its pairs; several: t-test over the problems of their"
    " rank-biserial correlations; two-sided",
)
Verdicts = list[tuple[dict[str, object], Verdict]]  # the names of a group of pairs, and its verdict


@dataclass(frozen=True, eq=False, repr=False)
class PairedVerdict:
    """The verdict over all pairs, and a table with one row for each problem."""

    overall: Verdict
    table: Table
    unpaired: tuple[int, int]  # runs of a, and of b, that have no partner

    def __repr__(self) -> str:
        return f"<{self.overall}>"

    def _repr_html_(self) -> str:
        return card(str(self.overall), {}, self.table._repr_html_())


def verdict(
    frame: pd.DataFrame,
    a: str,
    b: str,
    metric: str = "value",
    by: Sequence[str] | None = None,
    across: Sequence[str] = (),
    target: str | float | None = None,
    with_compile: bool = False,
    mixed_times: bool = False,
    histories: Histories = read_history,
) -> PairedVerdict:
    """Return the verdict whether method `a` is better than `b`, from runs that share seed and problem.

    `a` and `b` are methods, labels, or labels with their distinction, such as "lm (copies 5)". `by` splits
    the table, by default by the columns of the problem that differ. `across` names columns that may differ
    within a pair, such as loss. With one problem the seeds are the sample, with several the problems are.
    With a `target` the metric is the cost until the target. Raises ValueError if there are no pairs, or if
    more than one run of a method fits a pair.
    """
    frame, notes = distinct(frame)
    metric = score_of(metric, frame)
    frame, sides = both(named(frame), a, b)
    across = read_columns(frame, across, "`across`") if across else []
    problem = [part for part in known(frame, PROBLEM) if part not in across]
    _check(frame, metric, target, across, mixed_times)
    ask = Ask([], metric, read_target(target, frame), None, with_compile)
    board = measured(frame, ask, problem, histories)
    pairs = paired(frame, sides, problem)
    by = read_columns(frame, by, "`by`") if by else [p for p in problem if varies(pairs.halves[0], p)]
    values = deciding(board, metric)
    whole = judged(pairs, board, values, np.arange(len(pairs.left)))
    verdicts = _verdicts(pairs, board, values, by)
    notes += _notes(pairs) + bounds(pairs, board, metric)
    table = Table(*_rows(verdicts, by), _caption(whole, ask), tuple(notes))
    return PairedVerdict(whole, arrange(table), pairs.unpaired)


def _check(
    frame: pd.DataFrame, metric: str, target: str | float | None, across: Sequence[str], mixed_times: bool
) -> None:
    if target is not None and metric not in COSTS:
        raise ValueError(
            f"`target` goes with `metric` {', '.join(COSTS)}, not {metric}: what is spent until then"
        )
    if metric in ("value", "start") and "loss" in across and varies(frame, "loss"):
        raise ValueError(
            f"`across` loss needs a metric that {different(frame['loss'])} share, such as `metric` half_sse"
        )
    if metric in TIMES and not mixed_times:
        check_clocks(frame, f"metric '{metric}'")
    if metric == "seconds" and not mixed_times:
        check_starved(frame, f"metric '{metric}'")


def deciding(board: Board, metric: str) -> np.ndarray:
    """Return the values (runs,) that a verdict compares: a cost until the target if there is one."""
    until = board.reached.cost if board.reached else {}
    return or_worst(until.get(metric, board.score), board.larger)


def judged(pairs: Pairs, board: Board, values: np.ndarray, some: np.ndarray) -> Verdict:
    """Return the verdict on some of the pairs, given by index, from values (runs,)."""
    left, right = pairs.left[some], pairs.right[some]
    return compare(values[left], values[right], pairs.sides, board.larger, problems=board.problem[left])


def _verdicts(pairs: Pairs, board: Board, values: np.ndarray, by: Sequence[str]) -> Verdicts:
    """Return a verdict for each combination of the columns in `by`."""
    first = pairs.halves[0]
    group = codes(first, by) if by else np.zeros(len(first), dtype=int)
    found = []
    for code in range(group.max() + 1):
        some = np.flatnonzero(group == code)
        names = {key: first[key].iat[some[0]] for key in by}
        found.append((names, judged(pairs, board, values, some)))
    return found


def _rows(verdicts: Verdicts, by: Sequence[str]) -> tuple[pd.DataFrame, tuple[Column, ...]]:
    adjusted = holm([verdict.p for _, verdict in verdicts])
    rows = [names | _row(verdict, p) for (names, verdict), p in zip(verdicts, adjusted, strict=True)]
    frame = pd.DataFrame(rows)
    several = any(verdict.problems > 1 for _, verdict in verdicts)
    hidden = {
        "problems": not several,
        "leads": not several,
        "p_holm": len(rows) == 1,
        "note": not frame["note"].any(),
    }
    heads = (*(Column(key, key, group=True) for key in by), *_heads(verdicts[0][1], several))
    return frame, tuple(head for head in heads if not hidden.get(head.key, False))


def _heads(first: Verdict, several: bool) -> tuple[Column, ...]:
    unit = "problems" if several else "pairs"
    ratio = f"median of the pairs' ratios{OVER if several else ''} [from 3 {unit}; {FEW}]"
    return (
        Column("problems", "problems", "different ones that both have run"),
        Column("leads", f"{first.a} leads", "problems on which its signed ranks outweigh"),
        Column("pairs", "pairs", "seeds of the same problem that both have run"),
        Column("wins", f"{first.a} wins", "pairs in which it is better"),
        Column("ties", "ties"),
        Column("losses", f"{first.b} wins"),
        Column("ratio", f"{first.a} / {first.b} [{100 * first.level:g} %]", ratio),
        Column("p", "p", TESTS[several]),
        Column("p_holm", "p (Holm)", "the same, adjusted for the number of rows (Holm, 1979)"),
        Column("p_sign", "p (sign)", f"sign test over {unit}, two-sided"),
        Column("better", "better", f"the winner where p (Holm) < {ALPHA:g}"),
        Column("note", "note"),
    )


def _row(verdict: Verdict, adjusted: float) -> dict[str, object]:
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
    return f"{overall}. Compared by {compared_by(ask)}"


def compared_by(ask: Ask) -> str:
    """Return what is compared, and which direction is better."""
    direction = "larger" if larger_is_better(ask.metric) else "smaller"
    words = ask.metric if ask.metric in METRICS else meaning(ask.metric)
    until = f" until {name(ask.target)}, misses at infinity" if ask.target and ask.metric in COSTS else ""
    clock = ", compilation included" if ask.with_compile and ask.metric == "seconds" else ""
    return f"{words}{until}{clock}; {direction} is better"


def _notes(pairs: Pairs) -> list[str]:
    """Return notes on runs without a partner, times that are too long, and differences within pairs."""
    alone = zip(pairs.sides, pairs.unpaired, strict=True)
    notes = [f"{n} runs of {side} have no partner" for side, n in alone if n]
    budgets = [part for part in known(pairs.frame, (*HOW, *BUDGET)) if pairs.differ(part)]
    notes += late(pairs.frame)
    return notes + [
        f"they differ in {part}: " + " and ".join(different(half[part]) for half in pairs.halves)
        for part in budgets
    ]


def bounds(pairs: Pairs, board: Board, metric: str) -> list[str]:
    """Return a note if some costs are known only as bounds."""
    if board.reached is None:
        return []
    loose = board.reached.least[metric] < board.reached.cost[metric]
    counts = int(loose[pairs.left].sum()), int(loose[pairs.right].sum())
    if not any(counts):
        return []
    bound = f"of {counts[0]} and {counts[1]} runs the cost is an upper bound"
    return [f"{bound}: the target's metric was not measured shortly before"]
