"""The question and the verdict in words, computed from the paired statistics of all methods."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ..figures.comparison import COSTS, Cell, Comparison, listed, score
from ..figures.sample import Table as Sample
from ..figures.sample import tabulate
from ..figures.style import clean, counted
from ..metrics import LARGER_IS_BETTER, Target
from ..report.fair import check_clocks, clocks
from ..report.targets import name
from ..statistics import Verdict, compare, holm
from ..tabular import Column, Table

ALPHA = 0.05
HEADS = (
    Column("method", "method", group=True),
    Column("rank", "mean rank", "over the problems and seeds that all have run", "low"),
    Column("median", "median", "of those runs"),
    Column("wins", "loses to the leader", "pairs of the same problem and seed in which the leader is better"),
    Column("losses", "beats the leader"),
    Column("ties", "ties"),
    Column("ratio", "leader / method [95 %]", "geometric mean of the pairs' ratios [Student's interval]"),
    Column("p", "p (Holm)", "Wilcoxon's signed-rank test against the leader, Holm's adjustment"),
    Column("verdict", "verdict"),
)


@dataclass(frozen=True)
class Yardstick:
    """What decides: a metric of the vectors at the end, or a cost that was spent until a target."""

    metric: str = "loss"
    target: Target | None = None  # of a cost

    def __str__(self) -> str:
        return f"{self.metric} until {name(self.target)}" if self.target else self.metric

    @property
    def larger(self) -> bool:
        """Whether more is better."""
        return self.metric in LARGER_IS_BETTER

    def __call__(self, runs: Comparison, cell: Cell) -> float:
        """Of one cell, whose cost is inf where the target was never met; nan where it has none."""
        if self.target is None:
            return score(cell, self.metric)
        return math.inf if cell.dead else runs.time_to(cell, self.target)


def yardstick(frame: Any, metric: str | None, target: str | None) -> Yardstick:
    """The one of these words; without a metric the time to the target, where all runs had the same one.

    Where times may not be compared, passes are. Raises ValueError for a cost without a target.
    """
    shared = _shared_target(frame)
    if metric is None and shared is not None:
        return Yardstick("passes" if clocks(frame) else "seconds", shared)
    if metric in COSTS:
        wanted = Target.parse(target) if target else shared
        if wanted is None:
            raise ValueError(f"--metric {metric}: until when? give --target too, such as max_pixel_error=0")
        if metric == "seconds":
            check_clocks(frame, "metric 'seconds'")
        return Yardstick(metric, wanted)
    return Yardstick(metric or "loss")


def _shared_target(frame: Any) -> Target | None:
    """The target that every run had, where histories tell when it was met."""
    known = set(frame["target"].dropna().map(str)) if "target" in frame else set()
    if len(known) != 1 or frame["target"].isna().any():
        return None
    target = Target.parse(known.pop())
    return target if target.metric in ("loss", "max_pixel_error") else None


@dataclass(frozen=True, eq=False)
class Finding:
    """Who leads, and what the pairs say of the others."""

    sentences: tuple[str, ...]
    table: Table | None = None


def question(runs: Comparison, by: Yardstick) -> str:
    """What these runs can answer."""
    one = len(runs.problems) == 1
    where = f"on {clean(runs.problems[0], 90)}" if one else f"over {len(runs.problems)} problems"
    if len(runs.series) == 1:
        return f"How well does {runs.series[0]} train {where}, by {by}?"
    return f"Which of {len(runs.series)} methods trains best {where}, by {by}?"


def finding(runs: Comparison, by: Yardstick) -> Finding:
    """The verdict: the method of the best mean rank, and whether the others are told apart from it."""
    larger = by.larger
    if len(runs.series) == 1:
        return Finding((f"Only {runs.series[0]} was run: there is nothing to compare it with.",))
    try:
        sample = tabulate(runs, lambda cell: by(runs, cell))
    except ValueError as error:
        return Finding((f"No verdict: {error}.",))
    if len(sample.series) == 1:
        return Finding((f"Only {sample.series[0]} was run everywhere: no verdict. {sample.note}",))
    worst = -math.inf if larger else math.inf
    values = np.where(np.isnan(sample.values), worst, sample.values)
    ranks = rankdata(-values if larger else values, axis=1).mean(axis=0)
    order = np.argsort(ranks, kind="stable").tolist()
    pairs = [_pair(values, sample, order[0], j, larger) for j in order[1:]]
    adjusted = holm([pair.wilcoxon for pair in pairs]).tolist()
    return Finding(
        (*_sentences(sample, ranks, order, pairs, adjusted, by), *_reached(sample, values, order, by)),
        _table(sample, values, ranks, order, pairs, adjusted),
    )


def _pair(values: np.ndarray, sample: Sample, leader: int, other: int, larger: bool) -> Verdict:
    names = sample.series[leader], sample.series[other]
    return compare(values[:, leader], values[:, other], names, larger)


def _sentences(
    sample: Sample,
    ranks: np.ndarray,
    order: list[int],
    pairs: list[Verdict],
    adjusted: list[float],
    by: Yardstick,
) -> tuple[str, ...]:
    clear = [pair.b for pair, p in zip(pairs, adjusted, strict=True) if p < ALPHA and pair.winner == pair.a]
    open_ones = [pair.b for pair in pairs if pair.b not in clear]
    leader, many = sample.series[order[0]], len(sample.series)
    tied = "is" if ranks[order[0]] < ranks[order[1]] else "ties for"
    first = (
        f"{leader} {tied} the best of {many} methods by {by}: mean rank {ranks[order[0]]:.2f} over"
        f" {sample.size}."
    )
    said = [first]
    if clear:
        all_of = "every other" if not open_ones else listed(clear, 8)
        said.append(
            f"It is better than {all_of} at level {ALPHA:g} by Wilcoxon's test on the same seeds, adjusted by"
            " Holm."
        )
    if open_ones:
        said.append(f"Not told apart from it: {listed(open_ones, 8)}.{_few(pairs[0].pairs, len(pairs))}")
    alone = " before the adjustment" if len(pairs) > 1 and pairs[0].winner and adjusted[0] >= ALPHA else ""
    said.append(f"The closest rival: {pairs[0]}{alone}.")
    problems = len({problem for problem, _ in sample.instances})
    if problems > 1:
        said.append(f"Each seed of each of {counted(problems, 'problem')} counts as a pair of its own.")
    return (*said, *([sample.note] if sample.note else []))


def _reached(sample: Sample, values: np.ndarray, order: list[int], by: Yardstick) -> tuple[str, ...]:
    """Who reached the target how often, where it decides."""
    if by.target is None:
        return ()
    counts = [f"{sample.series[j]} {int(np.isfinite(values[:, j]).sum())}" for j in order]
    return (f"Of {len(values)} runs each, so many reached {name(by.target)}: {', '.join(counts)}.",)


def _few(pairs: int, rivals: int) -> str:
    """A warning where no outcome at all could be significant for the first of so many rivals."""
    least = min(1.0, rivals * 2.0 ** (1 - pairs))
    if least < ALPHA:
        return ""
    return (
        f" So few as {counted(pairs, 'pair')} show no difference (p is at least {least:.2g}): run more seeds."
    )


def _table(
    sample: Sample,
    values: np.ndarray,
    ranks: np.ndarray,
    order: list[int],
    pairs: list[Verdict],
    adjusted: list[float],
) -> Table:
    rows: list[dict[str, Any]] = []
    for j, pair, p in zip(order, [None, *pairs], [math.nan, *adjusted], strict=True):
        row = {"method": sample.series[j], "rank": ranks[j], "median": float(np.median(values[:, j]))}
        rows.append(row | (_against(pair, p) if pair else {"verdict": "leads"}))
    frame = pd.DataFrame(rows)
    shown = tuple(head for head in HEADS if head.key in frame)
    return Table(frame, shown, "Every method against the leader, on the same problems and seeds")


def _against(pair: Verdict, p: float) -> dict[str, Any]:
    clear = p < ALPHA and pair.winner == pair.a
    return {
        "wins": pair.wins,
        "losses": pair.losses,
        "ties": pair.ties,
        "ratio": pair.ratio.value,
        "ratio_low": pair.ratio.low,
        "ratio_high": pair.ratio.high,
        "p": p,
        "verdict": "worse" if clear else "not told apart",
    }
