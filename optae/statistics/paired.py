"""Is this method better than that one, and how sure are we?"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest, rankdata, t, wilcoxon

from .bootstrap import RESAMPLES, Estimate, percentile_interval
from .samples import check_share, sample, strata

EXACT = 50  # pairs, as in SciPy


@dataclass(frozen=True)
class Verdict:
    """What the same seeds say of two methods; its text is the sentence."""

    a: str
    b: str
    wins: int  # pairs in which a is better
    losses: int
    ties: int
    ratio: Estimate  # geometric mean of a / b
    wilcoxon: float  # two-sided p
    sign: float  # two-sided p
    level: float
    winner: str | None  # by Wilcoxon's test at 1 - level
    note: str = ""

    @property
    def pairs(self) -> int:
        """How many seeds both have run."""
        return self.wins + self.losses + self.ties

    def __str__(self) -> str:
        end = f"{self.winner} is better" if self.winner else "no difference is shown"
        return (
            f"{self.a} beats {self.b} on {self.wins} of {self.pairs} seeds ({self.losses} lost, {self.ties} "
            f"tied); {self._ratio()}; Wilcoxon p = {self.wilcoxon:.2g}, sign test p = {self.sign:.2g}: {end}"
            + (f" ({self.note})" if self.note else "")
        )

    def _ratio(self) -> str:
        r = self.ratio
        if math.isnan(r.value):
            return f"no ratio: {r.note}"
        span = "" if math.isnan(r.low) else f", {100 * self.level:g} % interval {r.low:.3g} to {r.high:.3g}"
        note = f", {r.note}" if r.note else ""
        return f"{self.a} / {self.b} = {r.value:.3g} (geometric mean{span}{note})"


def compare(
    a: ArrayLike,
    b: ArrayLike,
    names: tuple[str, str] = ("A", "B"),
    larger_is_better: bool = False,
    level: float = 0.95,
) -> Verdict:
    """The paired verdict on two methods' scores (seeds,), a[i] and b[i] of the same seed, inf for a failure.

    Two failures are a tie. The p-values are two-sided; too few pairs to reach 1 - level are said to be.
    Raises ValueError for scores that do not pair.
    """
    check_share(level, "level")
    a, b = sample(a, names[0]), sample(b, names[1])
    if a.shape != b.shape:
        raise ValueError(f"{names[0]} has {a.size} runs and {names[1]} {b.size}: give the same seeds of both")
    gain = differences(a, b) if larger_is_better else differences(b, a)  # above zero where a is better
    wins, losses = int((gain > 0).sum()), int((gain < 0).sum())
    p = signed_rank(gain)[1]
    ahead = names[0] if (np.sign(gain) * rankdata(np.abs(gain))).sum() > 0 else names[1]
    return Verdict(
        *names,
        wins,
        losses,
        len(gain) - wins - losses,
        geometric_ratio(a, b, level),
        p,
        binomtest(wins, wins + losses).pvalue if wins + losses else 1.0,
        level,
        ahead if p < 1 - level else None,
        _too_few(wins + losses, 1 - level),
    )


def signed_rank(gaps: ArrayLike) -> tuple[float, float]:
    """T = min(R+, R-) and two-sided p of the signed-rank test on differences (pairs,) (Wilcoxon, 1945).

    The ranks of zeros are split between both sums (Demsar, 2006), those of ties are averaged. p is exact up
    to `EXACT` pairs, ties and zeros included, beyond by SciPy's normal approximation. Only signs and ranks
    count, so infinities of both signs may stand. Raises ValueError for none, or a nan.

    >>> signed_rank([1, 2, 3, 4, 5, 6])
    (0.0, 0.03125)
    """
    ranks, signs = rankdata(sample(np.abs(gaps), "differences")), np.sign(gaps)
    up, down = float(ranks[signs > 0].sum()), float(ranks[signs < 0].sum())
    t = min(up, down) + float(ranks[signs == 0].sum()) / 2
    if up == down:
        return t, 1.0
    if len(ranks) <= EXACT:
        return t, _exact_p(ranks[signs != 0], min(up, down))
    return t, float(wilcoxon(signs * ranks, zero_method="zsplit", method="asymptotic").pvalue)


def geometric_ratio(a: np.ndarray, b: np.ndarray, level: float = 0.95) -> Estimate:
    """exp of the mean of log(a / b) (pairs,), with Student's interval of that mean.

    Only pairs of positive, finite scores have a ratio; the note says how many were left out.
    """
    whole = np.isfinite(a) & np.isfinite(b)
    if (a[whole] <= 0).any() or (b[whole] <= 0).any():
        return Estimate.alone(math.nan, "some scores are not above zero")
    if not whole.any():
        return Estimate.alone(math.nan, "no pair of runs came to a finite score")
    logs = np.log(a[whole]) - np.log(b[whole])
    n, mean = len(logs), float(logs.mean())
    note = "" if whole.all() else f"of the {n} of {len(a)} pairs without a failure"
    if n == 1:
        return Estimate.alone(math.exp(mean), note or "one pair: no interval")
    half = float(t.ppf((1 + level) / 2, n - 1) * logs.std(ddof=1) / math.sqrt(n))
    return Estimate(math.exp(mean), math.exp(mean - half), math.exp(mean + half), note)


def probability_of_improvement(
    a: Iterable[Any],
    b: Iterable[Any],
    larger_is_better: bool = False,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """P(a run of A is better than one of B on the same problem), ties 1/2, averaged over problems.

    Per problem it is Mann and Whitney's U over the number of pairs of runs; the interval resamples the seeds
    of A and of B within each problem, independently (Agarwal et al., 2021). `a` and `b` are (seeds,),
    (problems, seeds), or one array per problem. Raises ValueError where their problems differ in number.

    >>> probability_of_improvement([1, 2, 3], [2, 3, 4]).value
    0.7777777777777778
    """
    check_share(level, "level")
    runs_a, runs_b = strata(a, "A"), strata(b, "B")
    if len(runs_a) != len(runs_b):
        raise ValueError(f"A has {len(runs_a)} problems and B {len(runs_b)}: give the same problems of both")
    sign = -1 if larger_is_better else 1
    better = [_better(sign * x, sign * y) for x, y in zip(runs_a, runs_b, strict=True)]
    value = float(np.mean([pairs.mean() for pairs in better]))
    if max(pairs.size for pairs in better) == 1:
        return Estimate.alone(value)
    rng = np.random.default_rng(seed)
    drawn = np.mean([_resampled(pairs, resamples, rng) for pairs in better], axis=0)
    return percentile_interval(value, drawn, level)


def differences(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a - b, and 0 where both are the same infinity."""
    return np.subtract(a, b, out=np.zeros_like(a), where=a != b)


def _better(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """1 where a run of a (n,) is below one of b (m,), 1/2 where they tie, (n, m)."""
    return (a[:, None] < b) + 0.5 * (a[:, None] == b)


def _resampled(pairs: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """The mean of pairs (n, m) with rows and columns redrawn, (resamples,), by how often each is drawn."""
    rows, columns = (rng.multinomial(k, np.full(k, 1 / k), size=resamples) for k in pairs.shape)
    return (rows @ pairs * columns).sum(axis=1) / pairs.size


def _exact_p(ranks: np.ndarray, smaller: float) -> float:
    """Two-sided p of the smaller sum when every rank (n,) takes its sign by the toss of a coin.

    Halves of ranks are whole numbers doubled, and the distribution of their sum is a product of polynomials.
    """
    chance = np.ones(1)
    for steps in np.rint(2 * ranks).astype(int):
        chance = 0.5 * (np.pad(chance, (steps, 0)) + np.pad(chance, (0, steps)))
    return min(1.0, 2 * float(chance[: round(2 * smaller) + 1].sum()))


def _too_few(differing: int, alpha: float) -> str:
    """The smallest p of n pairs is 2^(1 - n)."""
    needed = math.floor(1 - math.log2(alpha)) + 1
    if differing >= needed:
        return ""
    return f"p < {alpha:.2g} takes {needed} pairs that differ, here are {differing}"
