"""A race between methods: who is still in after each round, and how sure that is.

In a round every method that is still in gets a score on the same problem and seed. A method is dropped when
the mean e-value of its rivals reaches 1 / alpha, each against the hypothesis that the rival beats it in at
most half of the rounds that are not ties. A method is "best" if no rival beats it more often than that. The
best method is dropped with probability at most alpha, whenever one looks and however many rivals it has.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from ...statistics.anytime import log_evidence, log_mean, median_bounds
from ...statistics.samples import check_share

Scores = Mapping[str, float]  # of a round by method: smaller is better, inf is a miss


@dataclass(frozen=True)
class Rules:
    """When a method is dropped, and when those that are left count as equal."""

    alpha: float = 0.05  # the most that the best method may be dropped with
    margin: float = 0.1  # medians of ratios up to 1 + margin count as equal

    def __post_init__(self) -> None:
        check_share(1 - self.alpha, "confidence")
        if not 0 < self.margin < math.inf:
            raise ValueError(f"margin {self.margin}: give a positive number, such as 0.1 for 10 %")


@dataclass(frozen=True)
class Duel:
    """One method against another over the rounds that both took part in."""

    a: str
    b: str
    wins: int  # of a
    losses: int
    ties: int
    ratio: float  # median of a's score over b's; nan if no round has one
    low: float  # bounds of that median which hold at every round
    high: float

    @property
    def rounds(self) -> int:
        """The number of rounds of both."""
        return self.wins + self.losses + self.ties


@dataclass
class Race:
    """The rounds so far. Methods are dropped as rounds are added, and never come back."""

    names: Sequence[str]
    rules: Rules = Rules()
    rounds: list[Scores] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)  # the round after which a method was dropped

    def __post_init__(self) -> None:
        self._place = {name: i for i, name in enumerate(self.names)}
        self._wins = np.zeros((len(self.names), len(self.names)))  # of the row over the column

    @property
    def left(self) -> list[str]:
        """The methods that are still in."""
        return [name for name in self.names if name not in self.dropped]

    def add(self, scores: Scores) -> list[str]:
        """Take a round's scores of the methods that are in, and return the methods that it drops."""
        left = self.left
        if missing := [name for name in left if name not in scores]:
            raise ValueError(f"the round has no score of {missing[0]}: give one for each method that is in")
        kept = {name: worst_if_nan(scores[name]) for name in left}
        self.rounds.append(kept)
        for a, b in combinations(left, 2):
            if kept[a] != kept[b]:
                better, worse = (a, b) if kept[a] < kept[b] else (b, a)
                self._wins[self._place[better], self._place[worse]] += 1
        return self._drop()

    def _drop(self) -> list[str]:
        """Drop every method whose rivals' mean e-value has reached 1 / alpha, but never the last one."""
        evidence, limit = self.evidence, -math.log(self.rules.alpha)
        doomed = sorted((name for name in self.left if evidence[name] >= limit), key=evidence.__getitem__)
        doomed = doomed[len(doomed) == len(self.left) :]
        self.dropped |= dict.fromkeys(doomed, len(self.rounds))
        return doomed

    @property
    def evidence(self) -> dict[str, float]:
        """The log of the mean e-value of each method's rivals, frozen for methods that are out."""
        if len(self.names) < 2:
            return dict.fromkeys(self.names, 0.0)
        each = log_evidence(self._wins, self._wins.T)  # that the row is better than the column
        np.fill_diagonal(each, -np.inf)
        means = log_mean(each, axis=0) + math.log(len(self.names) / (len(self.names) - 1))
        return dict(zip(self.names, means.tolist(), strict=True))

    def duel(self, a: str, b: str, alpha: float | None = None) -> Duel:
        """Return the comparison of two methods, with bounds that hold with probability 1 - alpha."""
        both = [(scores[a], scores[b]) for scores in self.rounds if a in scores and b in scores]
        logs = [log_ratio(*pair) for pair in both if pair != (math.inf, math.inf)]
        low, high = median_bounds(logs, self.rules.alpha if alpha is None else alpha) if logs else WHOLE
        wins, losses = (sum(x < y for x, y in pairs) for pairs in (both, [pair[::-1] for pair in both]))
        ratio = math.exp(_middle(logs)) if logs else math.nan
        return Duel(a, b, wins, losses, len(both) - wins - losses, ratio, math.exp(low), math.exp(high))

    @property
    def equal(self) -> bool:
        """Whether all ratios of methods that are left lie within the margin, with probability 1 - alpha."""
        pairs = list(combinations(self.left, 2))
        most = 1 + self.rules.margin
        duels = (self.duel(a, b, self.rules.alpha / len(pairs)) for a, b in pairs)
        return bool(pairs) and all(duel.low >= 1 / most and duel.high <= most for duel in duels)

    @property
    def leader(self) -> str:
        """The method against which there is the least evidence, of those that are left."""
        evidence = self.evidence
        return min(self.left, key=evidence.__getitem__)

    @property
    def runs(self) -> int:
        """The number of runs in all rounds."""
        return sum(map(len, self.rounds))


WHOLE = (-math.inf, math.inf)


def worst_if_nan(score: float) -> float:
    """Return inf for a score that is not a number: such a run has lost."""
    return math.inf if math.isnan(score) else float(score)


def log_ratio(a: float, b: float) -> float:
    """Return log(a / b); a sign times infinity if only one is positive and finite, 0 for equal scores.

    >>> log_ratio(2.0, 2.0), log_ratio(1.0, math.inf), log_ratio(1.0, 0.0)
    (0.0, -inf, inf)
    """
    if a == b:
        return 0.0
    if 0 < a < math.inf and 0 < b < math.inf:
        return math.log(a / b)
    return math.copysign(math.inf, a - b)


def _middle(logs: Sequence[float]) -> float:
    """Return the median, the lower of two middle ones if they are infinite and of opposite sign."""
    ordered = sorted(logs)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low if math.isinf(low) or math.isinf(high) else (low + high) / 2
