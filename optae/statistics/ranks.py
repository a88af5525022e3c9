"""Average ranks of many methods on many problems, and which methods differ significantly."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln
from scipy.stats import chi2, f, rankdata, studentized_range

from ..registry import lookup
from ..text import counted
from .paired import differences, signed_rank
from .samples import check_share, table


@dataclass(frozen=True, eq=False)
class Ranking:
    """Average ranks (methods,), 1 the best, and the tests on them."""

    ranks: np.ndarray
    problems: int
    chi2: float  # Friedman's statistic
    chi2_p: float
    f: float  # Iman and Davenport's
    f_p: float
    pairwise: np.ndarray  # adjusted p of every two methods, (methods, methods), 1 on the diagonal
    groups: list[tuple[int, ...]]  # the bars of the diagram: methods that do not differ, best first
    difference: float  # Nemenyi's critical difference of two average ranks
    alpha: float
    note: str = ""


def friedman(
    scores: ArrayLike,
    larger_is_better: bool = False,
    alpha: float = 0.05,
    posthoc: str = "wilcoxon-holm",
    correct_ties: bool = True,
) -> Ranking:
    """Rank methods over problems: Friedman's test (1937) by Iman and Davenport's F (1980), then pairs.

    `scores` are (problems, methods) or (problems, methods, seeds). Seeds are averaged first, so the problems
    are the sample. Ties share their mean rank; `correct_ties` is the usual correction for them, which Demsar
    (2006) leaves out. Pairs are tested by one of `POSTHOC`. If F or every pair is not significant, one group
    holds all methods. Raises ValueError for fewer than two problems or methods.
    """
    check_share(alpha, "alpha")
    test = lookup("post-hoc test", posthoc, POSTHOC)
    means = _means(scores) * (-1 if larger_is_better else 1)
    n, k = means.shape
    rows = rankdata(means, axis=1)
    ranks = rows.mean(axis=0)
    chi, big_f = _statistics(rows, correct_ties)
    f_p = max(float(f.sf(big_f, k - 1, (k - 1) * (n - 1))), _smallest_p(rows))
    pairwise = test(means, ranks)
    apart = (pairwise < alpha) & (f_p < alpha)
    return Ranking(
        ranks,
        n,
        chi,
        float(chi2.sf(chi, k - 1)),
        big_f,
        f_p,
        pairwise,
        groups(apart, ranks),
        nemenyi_difference(k, n, alpha),
        alpha,
        _note(f_p, n, k, alpha, posthoc),
    )


def holm(p: ArrayLike) -> np.ndarray:
    """Return adjusted p-values (m,): max over j <= i of (m - j + 1) p_(j), at most 1 (Holm, 1979).

    >>> holm([0.01, 0.04, 0.03, 0.005]).round(3).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    p = np.asarray(p, dtype=float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p-values {p.tolist()}: give a list of numbers in [0, 1]")
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(np.arange(len(p), 0, -1) * p[order]))
    return adjusted


def nemenyi_difference(methods: int, problems: int, alpha: float = 0.05) -> float:
    """Return CD = q sqrt(k (k + 1) / (6 N)), q the studentized range / sqrt(2) (Nemenyi, 1963; Demsar, 2006).

    >>> round(nemenyi_difference(methods=4, problems=14), 2)
    1.25
    """
    check_share(alpha, "alpha")
    if methods < 2 or problems < 1:
        raise ValueError(f"{methods} methods on {problems} problems: it takes two methods and a problem")
    return float(studentized_range.ppf(1 - alpha, methods, math.inf)) * _scale(methods, problems)


def groups(apart: np.ndarray, ranks: np.ndarray) -> list[tuple[int, ...]]:
    """Return the maximal sets of two or more methods of which no two are `apart` (k, k), best rank first.

    They are the maximal cliques of the graph of pairs that are not apart. A set may skip a method whose rank
    lies between those of its members.

    >>> a_c_apart = np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]], dtype=bool)
    >>> groups(a_c_apart, np.array([1.2, 2.0, 2.8]))
    [(0, 1), (1, 2)]
    """
    cliques: set[frozenset[int]] = {frozenset()}
    for v in range(len(ranks)):
        alike = frozenset(np.flatnonzero(~apart[v]).tolist())
        grown = cliques | {clique & alike | {v} for clique in cliques}
        cliques = {clique for clique in grown if not any(clique < other for other in grown)}
    by_rank = np.argsort(np.argsort(ranks, kind="stable"), kind="stable").tolist()
    found = [tuple(sorted(clique, key=by_rank.__getitem__)) for clique in cliques if len(clique) > 1]
    return sorted(found, key=lambda group: [by_rank[v] for v in group])


def _means(scores: ArrayLike) -> np.ndarray:
    x = np.asarray(scores, dtype=float)
    means = table(x.mean(axis=2) if x.ndim == 3 and x.shape[2] else x, "scores")
    if min(means.shape) < 2:
        sizes = [counted(n, word) for n, word in zip(means.shape, ("problem", "method"), strict=True)]
        raise ValueError(f"{' and '.join(sizes)}: ranking takes two of each")
    return means


def _statistics(rows: np.ndarray, correct_ties: bool) -> tuple[float, float]:
    """Return Friedman's and Iman and Davenport's statistics of ranks (n, k); all sums are exact."""
    n, k = rows.shape
    between = float(((rows.sum(axis=0) - n * (k + 1) / 2) ** 2).sum())
    spread = float(((rows - (k + 1) / 2) ** 2).sum()) if correct_ties else n * k * (k * k - 1) / 12
    if between == 0:
        return 0.0, 0.0
    rest = n * spread - between
    return (k - 1) * between / spread, (n - 1) * between / rest if rest else math.inf


def _smallest_p(rows: np.ndarray) -> float:
    """Return the p-value of ranks in perfect agreement: (1 / k!)^(n - 1) without ties."""
    orders = [
        gammaln(len(row) + 1) - gammaln(np.unique(row, return_counts=True)[1] + 1).sum() for row in rows
    ]
    return math.exp(max(orders) - sum(orders))


def _wilcoxon_holm(means: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    i, j = np.triu_indices(len(ranks), 1)
    raw = [signed_rank(differences(means[:, a], means[:, b]))[1] for a, b in zip(i, j, strict=True)]
    p = np.ones((len(ranks), len(ranks)))
    p[i, j] = p[j, i] = holm(raw)
    return p


def _nemenyi(means: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    n, k = means.shape
    gaps = np.abs(ranks[:, None] - ranks) / _scale(k, n)
    return np.asarray(studentized_range.sf(gaps, k, math.inf))


def _scale(k: int, n: int) -> float:
    """Return the standard error of a difference of average ranks, divided by sqrt(2)."""
    return math.sqrt(k * (k + 1) / (12 * n))


def _note(f_p: float, n: int, k: int, alpha: float, posthoc: str) -> str:
    if f_p >= alpha:
        return f"no method can be told from another: p = {f_p:.2g}"
    smallest = k * (k - 1) / 2 * 2.0 ** (1 - n)
    if posthoc == "wilcoxon-holm" and smallest >= alpha:
        least = min(1, smallest)
        return f"{n} problems cannot tell {k} methods apart in pairs: the smallest adjusted p is {least:.2g}"
    return ""


POSTHOC: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "wilcoxon-holm": _wilcoxon_holm,
    "nemenyi": _nemenyi,
}
