"""The statistics that a table can show for the runs of a row, one entry each."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..statistics import FEW, MANY, Estimate, ert, iqm, probability_of_improvement, quantiles, success_rate
from .groups import TRAINED, Group
from .moments import TIGHT
from .scores import median


def _iqm(group: Group) -> Estimate:
    return iqm(list(group.strata.values()), resamples=group.board.resamples)


def _mean(group: Group) -> float:
    return float(group.scores.mean())


def _deviation(group: Group) -> float:
    whole = len(group.scores) > 1 and bool(np.isfinite(group.scores).all())
    return float(group.scores.std(ddof=1)) if whole else math.nan


def _nine_in_ten(group: Group) -> float:
    return float(quantiles(group.scores, 1 - NINE_IN_TEN if group.board.larger else NINE_IN_TEN))


def _improvement(group: Group) -> float | Estimate:
    rival = group.rival.strata if group.rival else {}
    shared = [problem for problem in group.strata if problem in rival]
    if not shared or group.rival is group:
        return math.nan
    ours, theirs = ([runs[problem] for problem in shared] for runs in (group.strata, rival))
    board = group.board
    return probability_of_improvement(ours, theirs, board.larger, resamples=board.resamples)


class AtMost(NamedTuple):
    """A cost that is known to lie between two bounds."""

    value: float  # the upper bound
    least: float


Reading = float | Estimate | AtMost | tuple[float, int]  # a number; with ends; with a bound; with its seed


@dataclass(frozen=True)
class Statistic:
    """One column: its head, its meaning below the table, and how it is computed."""

    head: str  # {metric}, {target}, {against} and {clock} are filled in
    meaning: str
    of: Callable[[Group], Reading]
    better: str = ""  # low, high, or metric for the direction of the table's metric
    needs: str = ""  # target, against or histories
    timed: bool = False
    counts: bool = False  # also shown if no run was carried out


def _moment(values: np.ndarray, order: int) -> float:
    """Return the mean (order 0) or standard deviation (order 1, n - 1), nan if there are too few values."""
    if len(values) <= order:
        return math.nan
    return float(values.std(ddof=1) if order else values.mean())


def _extreme(group: Group, best: bool) -> tuple[float, int]:
    scores = -group.scores if group.board.larger else group.scores
    place = int(scores.argmin() if best else scores.argmax())
    return float(group.scores[place]), int(group.board.seed[group.ran[place]])


@lru_cache(maxsize=4096)
def _share(hits: int, runs: int) -> Estimate:
    return success_rate([True] * hits + [False] * (runs - hits))


def _to_target(group: Group, cost: str) -> "float | AtMost":
    reached = group.reached
    return _at_most(*(median(costs[cost][group.ran]) for costs in (reached.cost, reached.least)))


def _ert(group: Group, cost: str) -> "float | AtMost":
    hits, spent = group.reached.hit[group.ran], group.board.spent[cost][group.ran]

    def expected(at_hit: np.ndarray) -> float:
        costs = np.where(hits, at_hit[group.ran], spent)
        return ert(costs, hits) if np.isfinite(costs).all() else math.nan

    return _at_most(*(expected(costs[cost]) for costs in (group.reached.cost, group.reached.least)))


def _at_most(most: float, least: float) -> "float | AtMost":
    """Return one number, or both bounds if they are far apart."""
    return AtMost(most, least) if least < (1 - TIGHT) * most < math.inf else most


def _giga(value: "float | AtMost") -> "float | AtMost":
    """Return operations in GFLOP."""
    return AtMost(value.value / GIGA, value.least / GIGA) if isinstance(value, AtMost) else value / GIGA


NINE_IN_TEN = 0.9
GIGA = 1e9  # operations are shown in GFLOP
BOOT = f"from {MANY} seeds of each problem on {{resamples}} bootstraps, seeds resampled within a problem"
MIDDLE = f"[95 %: {BOOT}; fewer of one problem: {FEW}; else none]"
SCORE = f"[95 %: {BOOT}; one problem, or 3 to 9 seeds: score interval (Newcombe, 2006); else none]"
SPENT = "failed runs' costs included, over the number of hits (Hansen et al., 2016)"

STATISTICS: dict[str, Statistic] = {
    "seeds": Statistic("seeds", "different seeds carried out", lambda g: g.seeds, counts=True),
    "runs": Statistic("runs", "runs carried out", lambda g: len(g.ran), counts=True),
    "refused": Statistic("refused", "cannot be run, left out", lambda g: g.count("refused"), counts=True),
    "failed": Statistic(
        "failed", "runs whose method raised an error, kept", lambda g: g.count("failed"), counts=True
    ),
    "diverged": Statistic(
        "diverged", "runs whose loss became nan or infinite, kept", lambda g: g.count("diverged"), counts=True
    ),
    "interrupted": Statistic(
        "interrupted", "runs that a person stopped, kept", lambda g: g.count("interrupted"), counts=True
    ),
    "median": Statistic(
        "median {metric}",
        "half of the runs are at least as good",
        lambda g: median(g.scores),
        "metric",
    ),
    "iqm": Statistic(
        "IQM {metric} [95 %]",
        f"mean of the middle half (Agarwal et al., 2021) {MIDDLE}",
        _iqm,
        "metric",
    ),
    "mean": Statistic("mean {metric}", "mean of the runs", _mean, "metric"),
    "sd": Statistic("sd {metric}", "standard deviation of the runs, n - 1", _deviation, "low"),
    "train_value": Statistic(
        "mean train_value",
        "mean over runs of each one's lowest training loss, on the noise that it was trained on",
        lambda g: _moment(g.known(TRAINED), 0),
        "low",
        "histories",
    ),
    "train_sd": Statistic(
        "sd train_value",
        "standard deviation of train_value over runs, n - 1; a ± that is a variance is its square",
        lambda g: _moment(g.known(TRAINED), 1),
        "low",
        "histories",
    ),
    "best": Statistic("best {metric}", "best run (its seed)", lambda g: _extreme(g, True), "metric"),
    "worst": Statistic("worst {metric}", "worst run (its seed)", lambda g: _extreme(g, False), "metric"),
    "q90": Statistic(
        "90 % {metric}",
        "nine in ten runs are at least as good, interpolated",
        _nine_in_ten,
        "metric",
    ),
    "min": Statistic("least {metric}", "smallest of the runs", lambda g: float(g.scores.min())),
    "max": Statistic("most {metric}", "largest of the runs", lambda g: float(g.scores.max())),
    "success": Statistic(
        "share {target} [95 %]",
        "share of runs that met {target} at some moment [95 %, Wilson's score interval]",
        lambda g: _share(int(g.reached.hit[g.ran].sum()), len(g.ran)),
        "high",
        "target",
    ),
    "seconds_to_target": Statistic(
        "s to {target}",
        "median seconds{clock} until {target}, misses at infinity",
        lambda g: _to_target(g, "seconds"),
        "low",
        "target",
        True,
    ),
    "evaluations_to_target": Statistic(
        "evaluations to {target}",
        "median evaluations until {target}, misses at infinity",
        lambda g: _to_target(g, "evaluations"),
        "low",
        "target",
    ),
    "operations_to_target": Statistic(
        "GFLOP to {target}",
        "median operations with matrices until {target}, in 1e9, misses at infinity",
        lambda g: _giga(_to_target(g, "operations")),
        "low",
        "target",
    ),
    "ert_seconds": Statistic(
        "ERT s",
        f"expected seconds{{clock}} to {{target}}: {SPENT}",
        lambda g: _ert(g, "seconds"),
        "low",
        "target",
        True,
    ),
    "ert_evaluations": Statistic(
        "ERT evaluations",
        f"expected evaluations to {{target}}: {SPENT}",
        lambda g: _ert(g, "evaluations"),
        "low",
        "target",
    ),
    "ert_operations": Statistic(
        "ERT GFLOP",
        f"expected operations with matrices to {{target}}, in 1e9: {SPENT}",
        lambda g: _giga(_ert(g, "operations")),
        "low",
        "target",
    ),
    "improvement": Statistic(
        "P(better than {against}) [95 %]",
        f"probability that a run is better than one of {{against}} on the same problem, ties 1/2 {SCORE}",
        _improvement,
        "high",
        "against",
    ),
    "evaluations": Statistic("evaluations", "median evaluations", lambda g: g.middle("evaluations"), "low"),
    "operations": Statistic(
        "GFLOP",
        "median operations with matrices (products, factorisations, solutions), in 1e9",
        lambda g: _giga(g.middle("operations")),
        "low",
    ),
    "iterations": Statistic("iterations", "median iterations", lambda g: g.middle("iterations"), "low"),
    "seconds": Statistic("s", "median seconds{clock} spent", lambda g: g.middle("seconds"), "low", "", True),
    "processor": Statistic(
        "processor s",
        "median processor seconds of solving, all threads of the process added up",
        lambda g: g.middle("processor_seconds"),
        "low",
        "",
        True,
    ),
    "restarts": Statistic(
        "restarts", "median of fresh starts inside a run", lambda g: g.middle("restarts"), "low"
    ),
    "compile": Statistic(
        "compile s", "median seconds of compiling", lambda g: g.middle("compile_seconds"), "low", "", True
    ),
}
