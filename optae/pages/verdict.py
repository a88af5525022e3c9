"""Put the question and the verdict into words, from the paired statistics of all methods."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ..comparison.complete import CompleteTable, tabulate
from ..comparison.scores import or_worst
from ..comparison.series import NAME, Comparison
from ..comparison.targets import name
from ..comparison.yardstick import Yardstick
from ..figures.style import clean
from ..statistics import FEW, Verdict, compare, holm
from ..tables.table import Column, Table
from ..text import counted, listed

ALPHA = 0.05
NAMED = 8  # most methods that a sentence names
HEADS = (
    Column("method", "method", group=True),
    Column("rank", "mean rank", "over the problems and seeds that all have run", "low"),
    Column("median", "median", "of those runs"),
    Column("wins", "loses to the leader", "pairs of the same problem and seed in which the leader is better"),
    Column("losses", "beats the leader"),
    Column("ties", "ties"),
    Column(
        "ratio",
        "leader / method [95 %]",
        f"median of the pairs' ratios; over several problems the median of their medians [from 3; {FEW}]",
    ),
    Column(
        "p",
        "p (Holm)",
        "against the leader: Wilcoxon's signed-rank test over the seeds of one problem, a t-test over several"
        " problems; Holm's adjustment",
    ),
    Column("verdict", "verdict"),
)


@dataclass(frozen=True, eq=False)
class Finding:
    """The method that leads, and how the others compare with it."""

    sentences: tuple[str, ...]
    table: Table | None = None
    order: tuple[str, ...] = ()  # the methods of the table, the best first


def question(runs: Comparison, by: Yardstick) -> str:
    """Return the question that these runs can answer."""
    one = len(runs.problems) == 1
    where = f"on {clean(runs.problems[0], 90)}" if one else f"over {len(runs.problems)} problems"
    if len(runs.series) == 1:
        return f"How well does {runs.series[0]} train {where}, by {by}?"
    return f"Which of {len(runs.series)} methods trains best {where}, by {by}?"


def finding(runs: Comparison, by: Yardstick) -> Finding:
    """Return the verdict: the method with the best mean rank, and which others are significantly worse."""
    if len(runs.series) == 1:
        return Finding((f"Only {runs.series[0]} was run: there is nothing to compare it with.",))
    try:
        sample = tabulate(runs, by.measured(runs))
    except ValueError as error:
        return Finding((f"No verdict: {error}.",))
    if len(sample.series) == 1:
        return Finding((f"Only {sample.series[0]} was run everywhere: no verdict. {sample.note}",))
    values = or_worst(sample.values, by.larger)
    ranks = _mean_ranks(-values if by.larger else values, sample)
    order = np.argsort(ranks, kind="stable").tolist()
    pairs = [_pair(values, sample, order[0], j, by.larger) for j in order[1:]]
    adjusted = holm([pair.p for pair in pairs]).tolist()
    return Finding(
        (*_sentences(sample, ranks, order, pairs, adjusted, by), *_reached(sample, values, order, by)),
        _table(sample, values, ranks, order, pairs, adjusted),
        tuple(sample.series[j] for j in order),
    )


def _mean_ranks(values: np.ndarray, sample: CompleteTable) -> np.ndarray:
    """Return the mean over problems of the mean rank over seeds, (series,), 1 the best."""
    ranks = rankdata(values, axis=1)
    problems = np.array([problem for problem, _ in sample.instances])
    return np.asarray(np.mean([ranks[problems == p].mean(axis=0) for p in np.unique(problems)], axis=0))


def _pair(values: np.ndarray, sample: CompleteTable, leader: int, other: int, larger: bool) -> Verdict:
    names = sample.series[leader], sample.series[other]
    problems = [problem for problem, _ in sample.instances]
    return compare(values[:, leader], values[:, other], names, larger, problems=problems)


def _sentences(
    sample: CompleteTable,
    ranks: np.ndarray,
    order: list[int],
    pairs: list[Verdict],
    adjusted: list[float],
    by: Yardstick,
) -> tuple[str, ...]:
    """Return the headline, the methods that are worse, those that do not differ, and the closest rival."""
    worse = [pair.b for pair, p in zip(pairs, adjusted, strict=True) if _worse(pair, p)]
    open_ones = [pair.b for pair in pairs if pair.b not in worse]
    first = _headline(sample, ranks, order, worse, by)
    said = [f"{first}: mean rank {ranks[order[0]]:.2f} over {sample.size}."]
    if worse:
        every = "every other method" if not open_ones else listed(worse, NAMED, NAME)
        said.append(f"It is better than {every} at level {ALPHA:g} by {_test(pairs[0])}, adjusted by Holm.")
    if open_ones:
        said.append(f"Not significantly different from it: {listed(open_ones, NAMED, NAME)}.{_few(pairs)}")
    said.append(f"The closest rival: {pairs[0].evidence}; adjusted p = {adjusted[0]:.2g}.")
    return (*said, *([sample.note] if sample.note else []))


def _headline(
    sample: CompleteTable, ranks: np.ndarray, order: list[int], worse: list[str], by: Yardstick
) -> str:
    """Return the headline: which method leads, and whether its rivals are significantly worse."""
    names = [sample.series[j] for j in order]
    level = [name for name, j in zip(names, order, strict=True) if ranks[j] == ranks[order[0]]]
    if len(level) > 1:
        return f"{listed(level, NAMED, NAME)} share the lead of the {len(names)} methods by {by}"
    if len(worse) == len(names) - 1:
        return f"{names[0]} is the best of {len(names)} methods by {by}"
    rivals = "not every rival" if worse else "no rival"
    return f"{names[0]} leads the {len(names)} methods by {by}, but {rivals} is significantly worse"


def _test(pair: Verdict) -> str:
    """Return the name of the test."""
    if pair.problems > 1:
        return f"a t-test over {pair.problems} problems"
    return "Wilcoxon's test on the same seeds of one problem"


def _worse(pair: Verdict, p: float) -> bool:
    return p < ALPHA and pair.winner == pair.a


def _reached(sample: CompleteTable, values: np.ndarray, order: list[int], by: Yardstick) -> tuple[str, ...]:
    """Return how often each method reached the target, if there is one."""
    if by.target is None:
        return ()
    counts = [f"{sample.series[j]} {int(np.isfinite(values[:, j]).sum())}" for j in order]
    return (f"Runs that reached {name(by.target)}, of {len(values)} each: {', '.join(counts)}.",)


def _few(pairs: list[Verdict]) -> str:
    """Return a warning if there are too few pairs for any outcome to be significant."""
    one = pairs[0].problems == 1
    units = pairs[0].pairs if one else pairs[0].problems
    least = min(1.0, len(pairs) * 2.0 ** (1 - units))
    if least < ALPHA:
        return ""
    many, more = (counted(units, "pair"), "seeds") if one else (counted(units, "problem"), "problems")
    return f" {many} cannot tell {len(pairs) + 1} methods apart (p is at least {least:.2g}): run more {more}."


def _table(
    sample: CompleteTable,
    values: np.ndarray,
    ranks: np.ndarray,
    order: list[int],
    pairs: list[Verdict],
    adjusted: list[float],
) -> Table:
    rows: list[dict[str, object]] = []
    for j, pair, p in zip(order, [None, *pairs], [math.nan, *adjusted], strict=True):
        row = {"method": sample.series[j], "rank": ranks[j], "median": float(np.median(values[:, j]))}
        rows.append(row | (_against(pair, p) if pair else {"verdict": "leads"}))
    frame = pd.DataFrame(rows)
    shown = tuple(head for head in HEADS if head.key in frame)
    return Table(frame, shown, "Every method against the leader, on the same problems and seeds")


def _against(pair: Verdict, p: float) -> dict[str, object]:
    return {
        "wins": pair.wins,
        "losses": pair.losses,
        "ties": pair.ties,
        "ratio": pair.ratio.value,
        "ratio_low": pair.ratio.low,
        "ratio_high": pair.ratio.high,
        "p": p,
        "verdict": "worse" if _worse(pair, p) else "not significant",
    }
