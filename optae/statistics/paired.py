"""The paired comparison of two methods, and how certain it is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest, rankdata, t, wilcoxon

from .bootstrap import Estimate
from .few import interval
from .samples import check_share, quantiles, sample

EXACT = 50  # pairs up to which p-values are exact, as in SciPy


@dataclass(frozen=True)
class Verdict:
    """The verdict on two methods that ran on the same seeds of the same problems; str() is a sentence.

    With one problem the seeds are the sample of `p` and `sign`; with several problems, the problems are.
    """

    a: str
    b: str
    wins: int  # pairs in which a is better
    losses: int
    ties: int
    ratio: Estimate  # median of a / b over the sample
    p: float  # two-sided, of the test that decides
    sign: float  # two-sided p of the sign test
    level: float
    winner: str | None  # None unless p < 1 - level
    leads: tuple[int, int, int]  # problems on which a leads, b leads, neither does
    note: str = ""

    @property
    def pairs(self) -> int:
        """The number of runs of a that have a partner."""
        return self.wins + self.losses + self.ties

    @property
    def problems(self) -> int:
        """The number of problems that both have run."""
        return sum(self.leads)

    @property
    def evidence(self) -> str:
        """The counts, the ratio and the tests, without a conclusion."""
        tests = "Wilcoxon p" if self.problems == 1 else "t-test over problems p"
        return f"{self._counts()}; {self._ratio()}; {tests} = {self.p:.2g}, sign test p = {self.sign:.2g}"

    @property
    def conclusion(self) -> str:
        """The better method, if the test finds one."""
        alpha = f"{100 * (1 - self.level):.3g} %"
        if self.problems > 1 and self.note:
            return f"{self.problems} problems cannot decide at {alpha} ({self.note})"
        where = "on this problem" if self.problems == 1 else f"over {self.problems} problems"
        note = f" ({self.note})" if self.note else ""
        said = f"{self.winner} is better" if self.winner else "no difference is shown"
        return f"{said} {where}{note}"

    def __str__(self) -> str:
        return f"{self.evidence}: {self.conclusion}"

    def _counts(self) -> str:
        if self.problems == 1:
            lost = f"({self.losses} lost, {self.ties} tied)"
            return f"{self.a} beats {self.b} on {self.wins} of {self.pairs} seeds {lost}"
        lead, behind, level = self.leads
        places = f"{lead} of {self.problems} problems ({behind} behind, {level} level)"
        return f"{self.a} leads on {places} and beats {self.b} in {self.wins} of {self.pairs} pairs"

    def _ratio(self) -> str:
        r = self.ratio
        if math.isnan(r.value):
            return f"no ratio: {r.note}"
        over = "median" if self.problems == 1 else "median over problems"
        span = "" if math.isnan(r.low) else f", {100 * self.level:g} % interval {r.low:.3g} to {r.high:.3g}"
        note = f", {r.note}" if r.note else ""
        return f"{self.a} / {self.b} = {r.value:.3g} ({over}{span}{note})"


def compare(
    a: ArrayLike,
    b: ArrayLike,
    names: tuple[str, str] = ("A", "B"),
    larger_is_better: bool = False,
    level: float = 0.95,
    problems: ArrayLike | None = None,
) -> Verdict:
    """Return the verdict on paired scores (pairs,), a[i] and b[i] from the same seed, inf for a failure.

    Without `problems` all pairs are from one problem, and Wilcoxon's signed-rank test decides. If `problems`
    (pairs,) names several, the problems are the sample and `over_problems` decides, because methods differ
    between problems in a way that more seeds do not average out. Two failures are a tie, p-values are
    two-sided, and `note` says if the sample is too small to reach 1 - level. Raises ValueError if the scores
    do not pair.
    """
    check_share(level, "level")
    a, b = sample(a, names[0]), sample(b, names[1])
    if a.shape != b.shape:
        raise ValueError(f"{names[0]} has {a.size} runs and {names[1]} {b.size}: give the same seeds of both")
    gain = differences(a, b) if larger_is_better else differences(b, a)  # above zero where a is better
    places = _places(problems, len(gain))
    effects = np.array([float(rank_biserial(gain[place])) for place in places])
    p = float(over_problems(effects)) if len(places) > 1 else signed_rank(gain)[1]
    units = effects if len(places) > 1 else gain
    ahead, behind = int((units > 0).sum()), int((units < 0).sum())
    return Verdict(
        *names,
        int((gain > 0).sum()),
        int((gain < 0).sum()),
        int((gain == 0).sum()),
        median_ratio(a, b, places, level),
        p,
        binomtest(ahead, ahead + behind).pvalue if ahead + behind else 1.0,
        level,
        names[0 if effects.mean() > 0 else 1] if p < 1 - level else None,
        (int((effects > 0).sum()), int((effects < 0).sum()), int((effects == 0).sum())),
        _too_few(ahead + behind, 1 - level, "pairs" if len(places) == 1 else "problems"),
    )


def rank_biserial(gaps: ArrayLike) -> np.ndarray:
    """Return (R+ - R-) / (R+ + R-) of the signed ranks of differences, from -1 to 1 (Kerby, 2014).

    `gaps` are (..., pairs), the result is (...). Raises ValueError if there is a nan.

    >>> rank_biserial([[1, 2, 3], [3, -1, -2], [0, 0, 0]]).tolist()
    [1.0, 0.0, 0.0]
    """
    x = np.asarray(gaps, dtype=float)
    if np.isnan(x).any():
        raise ValueError("differences hold a nan: leave that pair out")
    ranks = rankdata(np.abs(x), axis=-1)
    return np.asarray((ranks * np.sign(x)).sum(axis=-1) / ranks.sum(axis=-1))


def over_problems(effects: ArrayLike) -> np.ndarray:
    """Two-sided p that the mean effect over problems is 0: Student's t, with the problems as the sample.

    Of effects (..., problems) it is (...). In a balanced design this is the test of the method in a mixed
    model whose effect of the method varies from problem to problem. It is never below
    2^(1 - problems that differ), what chance alone gives to equal signs, so that fewer than six problems
    cannot decide at 5 %. Rank-biserial effects make it reject up to 6.7 % where it says 5, if the effects are
    symmetric about zero; skewed ones up to 11 %.

    >>> over_problems([[0.9, 1, 0.8], [0.9, -1, 0.1]]).round(2).tolist()
    [0.25, 1.0]
    """
    x = np.asarray(effects, dtype=float)
    n, differing = x.shape[-1], (x != 0).sum(axis=-1)
    if n < 2:
        return np.ones(x.shape[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        standard = np.abs(x.mean(axis=-1)) * math.sqrt(n) / x.std(axis=-1, ddof=1)
    p = np.maximum(2 * t.sf(standard, n - 1), 2.0 ** (1 - differing))
    return np.asarray(np.where(differing == 0, 1.0, p))


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


def median_ratio(a: np.ndarray, b: np.ndarray, places: list[np.ndarray], level: float = 0.95) -> Estimate:
    """Return the median over pairs of a / b with the interval of `few.median`; a / b is 1 if both are equal.

    `places` are the pairs of each problem; for several problems it is the median of their medians. Zeros and
    infinities are kept. Scores below zero have no ratio.
    """
    if min(a.min(), b.min()) < 0:
        return Estimate.alone(math.nan, "some scores are below zero")
    with np.errstate(divide="ignore"):
        logs = differences(np.log(a), np.log(b))
    units = np.sort(logs if len(places) == 1 else [float(quantiles(logs[place], 0.5)) for place in places])
    middle = math.nan if np.isnan(units).any() else float(quantiles(units, 0.5))
    if math.isnan(middle):
        return Estimate.alone(math.nan, "as many ratios are zero as are infinite")
    found = interval(middle, units, level)
    note = found.note.replace("seed", "pair" if len(places) == 1 else "problem")
    value, low, high = np.exp([found.value, found.low, found.high]).tolist()
    return Estimate(value, low, high, note)


def differences(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a - b, with 0 where both are the same infinity."""
    return np.subtract(a, b, out=np.zeros_like(a), where=a != b)


def _places(problems: ArrayLike | None, pairs: int) -> list[np.ndarray]:
    """Return the indices of the pairs of each problem."""
    names = np.zeros(pairs) if problems is None else np.asarray(problems)
    if names.shape != (pairs,):
        raise ValueError(f"problems has shape {names.shape}: name one problem for each of {pairs} pairs")
    code = np.unique(names, return_inverse=True)[1]
    return [np.flatnonzero(code == k) for k in range(code.max() + 1)]


def _exact_p(ranks: np.ndarray, smaller: float) -> float:
    """Return the two-sided p of the smaller sum if the sign of every rank (n,) is a fair coin.

    Ranks are doubled to make halves whole; the distribution of their sum is a product of polynomials.
    """
    chance = np.ones(1)
    for steps in np.rint(2 * ranks).astype(int):
        chance = 0.5 * (np.pad(chance, (steps, 0)) + np.pad(chance, (0, steps)))
    return min(1.0, 2 * float(chance[: round(2 * smaller) + 1].sum()))


def _too_few(differing: int, alpha: float, units: str) -> str:
    """Return why the sample is too small: the smallest p of n pairs or problems is 2^(1 - n)."""
    needed = math.floor(1 - math.log2(alpha)) + 1
    if differing >= needed:
        return ""
    return f"p < {alpha:.2g} takes {needed} {units} that differ, here are {differing}"
