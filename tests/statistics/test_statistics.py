import math
import subprocess
import sys
from itertools import combinations, permutations

import numpy as np
import pytest
from scipy import stats

from optae.statistics import (
    POSTHOC,
    Steps,
    band,
    common_grid,
    compare,
    costs_to_solve,
    data_profile,
    ecdf,
    ert,
    friedman,
    holm,
    integrated_profile,
    iqm,
    median,
    nemenyi_difference,
    performance_profile,
    probability_of_improvement,
    quantiles,
    ratios,
    resample,
    signed_rank,
    success_rate,
    summarise,
    time_to_target,
)
from optae.statistics.ranks import groups

INF, NAN = math.inf, math.nan

# Demsar (2006), Statistical Comparisons of Classifiers over Multiple Data Sets, JMLR 7, Table 6: AUC of C4.5,
# C4.5+m, C4.5+cf, C4.5+m+cf on 14 data sets. Its "voting" row prints 0.975 twice and ranks the two 2 and 3,
# so they tie by rounding only: the third column is raised by what does not show.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def demsar(**options):
    return friedman(DEMSAR, larger_is_better=True, correct_ties=False, **options)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


# published worked examples


def test_average_ranks_of_demsar_table_6():
    assert demsar().ranks == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)


def test_friedman_and_iman_davenport_of_demsar_section_3_2_2():
    ranking = demsar()
    assert ranking.chi2 == pytest.approx(9.28, abs=5e-3)
    assert ranking.f == pytest.approx(3.69, abs=5e-3)
    assert ranking.f_p < 0.05  # "the critical value of F(3, 39) for alpha = 0.05 is 2.85"
    assert stats.f.isf(0.05, 3, 39) == pytest.approx(2.85, abs=5e-3)


def test_nemenyi_differences_of_demsar_section_3_2_2():
    assert nemenyi_difference(4, 14, 0.05) == pytest.approx(1.25, abs=5e-3)
    assert nemenyi_difference(4, 14, 0.10) == pytest.approx(1.12, abs=5e-3)


@pytest.mark.parametrize("alpha, row", [
    (0.05, [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]),
    (0.10, [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920]),
])  # fmt: skip
def test_nemenyi_critical_values_of_demsar_table_5a(alpha, row):
    for k, q in enumerate(row, start=2):  # printed with the last digit cut off
        assert nemenyi_difference(k, 6, alpha) / math.sqrt(k * (k + 1) / 36) == pytest.approx(q, abs=1.1e-3)


def test_nemenyi_groups_of_demsar_section_3_2_2():
    # at 0.05 the test is not powerful enough to tell any two apart; at 0.10 C4.5 is worse than C4.5+m and
    # C4.5+m+cf, and nothing can be said of C4.5+cf
    assert demsar(posthoc="nemenyi", alpha=0.05).groups == [(3, 1, 2, 0)]
    assert demsar(posthoc="nemenyi", alpha=0.10).groups == [(3, 1, 2), (2, 0)]


def test_wilcoxon_of_demsar_table_2():
    # C4.5 against C4.5+m: R+ = 93, R- = 12, T = 12, below the critical value 21 for alpha = 0.05 and N = 14
    gaps = np.round(1000 * (DEMSAR[:, 1] - DEMSAR[:, 0]))
    t, p = signed_rank(gaps)
    assert t == 12
    assert p < 0.05


def test_wilcoxon_of_darwin_maize():
    # Darwin (1876), heights of 15 pairs of cross- and self-fertilised maize in eighths of an inch, the
    # example of SciPy's documentation of `wilcoxon`: statistic 24, p = 0.041259765625
    gaps = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
    assert signed_rank(gaps) == (24, 0.041259765625)


def test_holm_of_demsar_section_3_2_2():
    # against C4.5: p = 0.016, 0.019, 0.607, compared with 0.017, 0.025, 0.050: the first two are rejected
    adjusted = holm([0.016, 0.019, 0.607])
    assert (adjusted < 0.05).tolist() == [True, True, False]
    assert adjusted == pytest.approx([0.048, 0.048, 0.607])


def test_holm_of_wikipedia():
    # "Holm-Bonferroni method", Example: p = 0.01, 0.04, 0.03, 0.005: H4 and H1 are rejected, H3 is not
    assert (holm([0.01, 0.04, 0.03, 0.005]) < 0.05).tolist() == [True, False, False, True]


@pytest.mark.parametrize("hits, runs, low, high", [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
])  # fmt: skip
def test_wilson_of_newcombe_table_1(hits, runs, low, high):
    # Newcombe (1998), Statistics in Medicine 17, 857-872, Table I, method 3
    rate = success_rate([True] * hits + [False] * (runs - hits))
    assert (rate.low, rate.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert rate.value == hits / runs


def test_iqm_of_wikipedia():
    # "Interquartile mean", Example: 12 observations, the middle six average 39 / 6
    assert iqm([5, 8, 4, 38, 8, 6, 9, 7, 7, 3, 1, 6]).value == 6.5


@pytest.mark.parametrize("n", range(1, 14))
def test_iqm_is_the_trimmed_mean_that_rliable_takes(n, rng):
    # rliable/metrics.py: aggregate_iqm = scipy.stats.trim_mean(scores, proportiontocut=0.25, axis=None)
    scores = rng.lognormal(size=(3, n))
    assert iqm(scores).value == pytest.approx(stats.trim_mean(scores, 0.25, axis=None), rel=1e-14)


def test_ert_is_coco_average_runtime():
    # Hansen, Auger, Brockhoff, Tusar, Tusar (2016), COCO: Performance Assessment, arXiv:1605.03560,
    # "Averaging Runtime": aRT = mean RT_s + (1 - p_s) / p_s mean RT_us = (sum RT_s + sum RT_us) / n_s
    costs, hits = np.array([120.0, 340, 80, 1000, 1000]), np.array([True, True, True, False, False])
    assert ert(costs, hits) == 2540 / 3
    p = hits.mean()
    assert ert(costs, hits) == pytest.approx(costs[hits].mean() + (1 - p) / p * costs[~hits].mean())


def test_performance_profile_by_hand():
    # Dolan and More (2002), Mathematical Programming 91, 201-213: r = t / min t, rho the share with r <= tau
    times = [[10, 20, INF], [30, 10, 30], [5, 5, 50], [INF, INF, INF]]
    assert ratios(times).tolist() == [[1, 2, INF], [3, 1, 3], [1, 1, 10], [INF] * 3]
    a, b, c = performance_profile(times)
    assert (a.x.tolist(), a.share.tolist()) == ([1, 3], [0.5, 0.75])  # the tie is a win of both
    assert (b.x.tolist(), b.share.tolist()) == ([1, 2], [0.5, 0.75])
    assert (c.x.tolist(), c.share.tolist()) == ([3, 10], [0.25, 0.5])
    # areas over tau in [1, 4], one rectangle a problem, over 4 problems and a width of 3
    assert integrated_profile(times) == pytest.approx([(3 + 1 + 3) / 12, (2 + 3 + 3) / 12, 1 / 12])


def test_integrated_profile_is_the_area_that_algoperf_takes(rng):
    # Dahl et al. (2023), Benchmarking Neural Network Training Algorithms, arXiv:2306.07179: the score is
    # 1 / (r_max - 1) times the integral of rho from 1 to r_max = 4; here by the trapezoidal rule
    times = rng.lognormal(size=(8, 3))
    tau = np.linspace(1, 4, 200_001)
    areas = [np.trapezoid(steps.at(tau), tau) / 3 for steps in performance_profile(times)]
    assert integrated_profile(times) == pytest.approx(areas, abs=1e-4)


HISTORIES = [
    [([0, 10, 20, 30], [100, 50, 11, 1]), ([0, 5, 15], [100, 40, 12])],
    [([0, 10], [8, 7]), ([0, 10, 40], [8, 4, 0])],
]


def test_data_profile_by_hand():
    # More and Wild (2009), SIAM J. Optim. 20, 172-191: solved when f <= f_L + tau (f_0 - f_L). Problem 0 has
    # f_L = 1, so tau = 0.1 asks for 10.9, tau = 0.12 for 12.88; problem 1 has f_L = 0: 0.8 and 0.96.
    start = [100, 8]
    assert costs_to_solve(HISTORIES, start, 0.1).tolist() == [[30, INF], [INF, 40]]
    assert costs_to_solve(HISTORIES, start, 0.12).tolist() == [[20, 15], [INF, 40]]
    assert costs_to_solve(HISTORIES, start, 0.0).tolist() == [[30, INF], [INF, 40]]
    a, b = data_profile(
        costs_to_solve(HISTORIES, start, 0.12), unit=[5, 10]
    )  # 5 and 10 values a simplex gradient
    assert (a.x.tolist(), a.share.tolist()) == ([4], [0.5])
    assert (b.x.tolist(), b.share.tolist()) == ([3, 4], [0.5, 1.0])


def test_data_profile_with_a_known_lowest_value_and_without_any():
    start = [100, 8]
    assert costs_to_solve(HISTORIES, start, 0.1, lowest=[-9, 0]).tolist() == [[30, INF], [INF, 40]]
    assert costs_to_solve(HISTORIES, start, 0.1, lowest=[-200, 0])[0].tolist() == [INF, INF]
    stuck = [[([0, 10], [8, 8]), ([0, 10], [9, NAN])]]
    assert costs_to_solve(stuck, [8], 0.5).tolist() == [[INF, INF]]


def test_improvement_is_mann_whitney(rng):
    a, b = rng.integers(0, 9, size=(4, 12)), rng.integers(2, 11, size=(4, 7))
    u = [stats.mannwhitneyu(y, x).statistic / (12 * 7) for x, y in zip(a, b, strict=True)]
    assert probability_of_improvement(a, b).value == pytest.approx(np.mean(u))
    assert probability_of_improvement(a, b, larger_is_better=True).value == pytest.approx(1 - np.mean(u))


# agreement with SciPy


@pytest.mark.parametrize("digits", [0, 1, 9])
def test_friedman_is_scipys(digits, rng):
    for _ in range(5):
        scores = rng.random((9, 5)).round(digits)
        expected = stats.friedmanchisquare(*scores.T)
        ranking = friedman(scores)
        assert ranking.chi2 == pytest.approx(expected.statistic)
        assert ranking.chi2_p == pytest.approx(expected.pvalue)
        assert ranking.f == pytest.approx(8 * ranking.chi2 / (9 * 4 - ranking.chi2))


@pytest.mark.parametrize(
    "gaps", [[0, 1, 1, -2, 3, 3, 4, 0, 5], [1, -1, 1], [0, 0, 7], [2, -1, 5, 5, 5, 5, -3]]
)
def test_signed_rank_is_scipys_permutation_test_with_ties_and_zeros(gaps):
    expected = stats.wilcoxon(gaps, zero_method="zsplit")  # every choice of signs, up to 13 pairs
    assert signed_rank(gaps) == (expected.statistic, pytest.approx(expected.pvalue))


@pytest.mark.parametrize("n", [1, 2, 9, 50, 51, 200])
def test_signed_rank_is_scipys(n, rng):
    gaps = rng.normal(0.3, size=n)
    expected = stats.wilcoxon(gaps)
    assert signed_rank(gaps) == (expected.statistic, pytest.approx(expected.pvalue))


def test_signed_rank_knows_only_signs_and_ranks():
    assert signed_rank([INF, -1, INF, -INF, 0]) == signed_rank([7, -1, 7, -7, 0])
    assert signed_rank(np.zeros(60))[1] == 1


def test_a_ratio_is_the_median_with_the_interval_of_a_median(rng):
    a, b = rng.lognormal(size=(2, 11))
    ratio, logs = compare(a, b, level=0.9).ratio, median(np.log(a / b), 0.9)
    assert ratio.value == pytest.approx(np.median(a / b))
    assert (ratio.low, ratio.high) == (pytest.approx(math.exp(logs.low)), pytest.approx(math.exp(logs.high)))


def test_ratio_interval_covers(rng):
    hits = 0
    for _ in range(400):
        start = rng.lognormal(sigma=2, size=10)  # what pairing takes out
        ratio = compare(start * rng.lognormal(0.3, 0.5, 10), start).ratio
        hits += ratio.low <= math.exp(0.3) <= ratio.high
    assert 0.92 < hits / 400 < 0.98


def test_iqm_interval_is_scipys_bootstrap(rng):
    x = rng.lognormal(size=200)  # where n and n - 1 runs drawn differ little
    ends = stats.bootstrap(
        (x,), lambda v, axis: stats.trim_mean(v, 0.25, axis=axis), method="percentile", rng=rng
    ).confidence_interval
    found = iqm(x, resamples=20_000)
    assert (found.low, found.high) == (pytest.approx(ends.low, rel=0.03), pytest.approx(ends.high, rel=0.03))


def test_iqm_interval_covers(rng):
    truth = iqm(rng.normal(size=200_000), resamples=1).value
    found = [iqm(rng.normal(size=(4, 10)), resamples=300) for _ in range(300)]
    assert 0.88 < np.mean([e.low <= truth <= e.high for e in found]) < 0.99


# quantiles, targets


def test_quantiles_are_numpys_on_numbers(rng):
    x = rng.random((5, 9))
    for q in (0, 0.1, 0.25, 0.5, 0.77, 1):
        for axis in (0, 1):
            assert quantiles(x, q, axis) == pytest.approx(np.quantile(x, q, axis=axis), rel=1e-13)


def test_median_time_with_misses():
    assert quantiles([1, 2, INF], 0.5) == 2
    assert quantiles([1, INF, INF], 0.5) == INF
    assert quantiles([1, 2, INF, INF], 0.5) == INF
    assert np.isnan(quantiles([1, NAN], 0.5))


def test_time_to_target():
    assert time_to_target([0, 1, 2, 3], [9, NAN, 2, 1], 2) == 2  # nan: nobody looked
    assert time_to_target([0, 1], [NAN, NAN], 2) == INF
    assert time_to_target([0, 1, 2], [3, 20, 32], 20, larger_is_better=True) == 1


def test_time_to_target_forgives_a_clock_its_rounding():
    assert time_to_target([0, 5.0, 5.0 - 1e-9, 6], [9, 8, 2, 1], 2) == 5


def test_no_run_hits_the_target():
    assert ert([10, 10], [False, False]) == INF
    rate = success_rate([False, False])
    assert rate.value == rate.low == 0 < rate.high
    assert [len(part) for part in ecdf([INF, INF])] == [0, 0]
    assert ecdf([INF]).at([0, 9]).tolist() == [0, 0]


# summaries and their intervals


def test_summary():
    s = summarise([[1, 2, 3], [4, 5]])
    assert (s.runs, s.median, s.lower_quartile, s.upper_quartile, s.best, s.worst) == (5, 3, 2, 4, 1, 5)
    assert s.iqm.value == 3
    s = summarise([1, 2, 3], larger_is_better=True)
    assert (s.best, s.worst) == (3, 1)


def test_summary_with_failures():
    s = summarise([1, 2, 3, 4, INF])
    assert (s.median, s.worst, s.iqm.value, s.iqm.high) == (3, INF, 3, INF)
    assert summarise([INF, INF]).median == INF


def test_one_seed_has_no_interval():
    for scores in ([3.0], [[3.0], [4.0]]):
        found = iqm(scores)
        assert math.isnan(found.low) and math.isnan(found.high) and "seed" in found.note
    found = probability_of_improvement([[1], [2]], [[2], [2]])
    assert found.value == 0.75 and math.isnan(found.low)
    ratio = compare([1], [2]).ratio
    assert ratio.value == pytest.approx(0.5) and math.isnan(ratio.low) and "one pair" in ratio.note


def test_seeds_are_resampled_within_a_problem():
    # problems lie far apart and seeds within them agree: all that varies is between problems, so nothing does
    found = iqm([[1] * 10, [100] * 10, [50] * 10])
    assert found.high - found.low < 0.05  # of nine each, the middle half is a little another
    # ragged is fine
    assert iqm([np.arange(12), [5] * 10]).low < 5.3


@pytest.mark.parametrize("trial", range(20))
def test_intervals_hold_the_estimate(trial):
    rng = np.random.default_rng(trial)
    a, b = rng.lognormal(sigma=3, size=(2, 3, 10 + trial % 5))
    for found in (
        iqm(a, seed=trial),
        probability_of_improvement(a, b, seed=trial),
        success_rate(a.ravel() < 1),
        compare(a.ravel(), b.ravel()).ratio,
    ):
        assert found.low <= found.value <= found.high


def test_bootstrap_repeats_by_seed(rng):
    a, b = rng.random((2, 3, 12))
    for f in (iqm, lambda x, **kw: probability_of_improvement(x, b, **kw)):
        assert f(a, seed=3) == f(a, seed=3)
        assert f(a, seed=3) != f(a, seed=4)
        assert f(a, level=0.5).high < f(a, level=0.99).high


# laws of profiles and ranks

TIMES = np.random.default_rng(7).lognormal(size=(12, 4))
TIMES[[0, 3, 3, 3, 3, 5, 8, 8], [1, 0, 1, 2, 3, 2, 0, 3]] = INF  # nobody solves problem 3


def test_profiles_rise_from_0_to_1():
    costs = np.where(np.isinf(TIMES), INF, np.ceil(TIMES * 10))
    for steps in [*performance_profile(TIMES), *data_profile(costs, unit=3), ecdf(TIMES[:, 0])]:
        assert (np.diff(steps.x) > 0).all()
        assert (np.diff(steps.share) > 0).all()
        assert steps.share[0] > 0 and steps.share[-1] <= 1
        assert steps.at(steps.x) == pytest.approx(steps.share)
        assert steps.at(-1) == 0


def test_profiles_end_at_the_share_solved_and_begin_at_the_share_won():
    won = ratios(TIMES) == 1
    for steps, t, w in zip(performance_profile(TIMES), TIMES.T, won.T, strict=True):
        assert steps.at(INF) == np.isfinite(t).mean()
        assert steps.at(1) == w.mean()


def test_scale_leaves_ratios(rng):
    scaled = TIMES * 2.0 ** rng.integers(-5, 6, size=(12, 1))
    assert np.array_equal(ratios(scaled), ratios(TIMES))
    assert integrated_profile(TIMES, 10).max() <= 1 and integrated_profile(TIMES, 10).min() >= 0


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_methods_may_be_permuted(order):
    order = list(order)
    assert np.array_equal(integrated_profile(TIMES[:, order]), integrated_profile(TIMES)[order])
    a, b = friedman(TIMES[:, order]), friedman(TIMES)
    assert np.array_equal(a.ranks, b.ranks[order])
    assert (a.chi2, a.f, a.f_p) == (b.chi2, b.f, b.f_p)
    assert a.pairwise == pytest.approx(b.pairwise[np.ix_(order, order)])
    assert {frozenset(order[i] for i in g) for g in a.groups} == {frozenset(g) for g in b.groups}


def test_problems_may_be_permuted(rng):
    order = rng.permutation(12)
    assert integrated_profile(TIMES[order]) == pytest.approx(integrated_profile(TIMES))
    assert friedman(TIMES[order]).pairwise == pytest.approx(friedman(TIMES).pairwise)


def test_ranks_know_only_order(rng):
    scores = rng.lognormal(size=(9, 4))
    a, b = friedman(scores), friedman(np.log(scores) * 3)
    assert np.array_equal(a.ranks, b.ranks) and a.chi2 == b.chi2
    up = friedman(-scores, larger_is_better=True)
    assert np.array_equal(a.ranks, up.ranks) and np.array_equal(a.pairwise, up.pairwise)
    assert a.ranks.sum() == pytest.approx(4 * 5 / 2)


def test_seeds_are_averaged_first(rng):
    scores = rng.random((6, 3, 5))
    assert np.array_equal(friedman(scores).ranks, friedman(scores.mean(axis=2)).ranks)


@pytest.mark.parametrize("posthoc", list(POSTHOC))
def test_clear_winner_stands_alone(posthoc, rng):
    scores = rng.random((30, 4)) + np.array([0, 5, 5, 5])
    ranking = friedman(scores, posthoc=posthoc)
    assert ranking.ranks[0] == 1 and not any(0 in group for group in ranking.groups)
    assert (np.diag(ranking.pairwise) == 1).all() and np.array_equal(ranking.pairwise, ranking.pairwise.T)


def test_no_method_differs():
    same = friedman(np.ones((5, 3)))
    assert (same.chi2, same.f_p, same.groups) == (0, 1, [(0, 1, 2)])
    assert "no method" in same.note
    assert friedman([[1, INF, INF], [2, INF, INF]]).ranks.tolist() == [1, 2.5, 2.5]


def test_perfect_agreement_is_not_certainty():
    # F is infinite, yet chance alone gives two problems the same order of three methods once in 3! = 6
    ranking = friedman([[1, 2, 3], [4, 5, 6]])
    assert ranking.f == INF and ranking.f_p == pytest.approx(1 / 6)
    assert len(ranking.groups) == 1


def test_too_few_problems_are_noted(rng):
    scores = np.arange(6) + rng.random((5, 6)) / 9
    assert "5 problems cannot tell 6 methods apart" in friedman(scores).note


def test_groups_are_the_maximal_cliques(rng):
    for _ in range(30):
        apart = np.triu(rng.random((7, 7)) < 0.4, 1)
        apart |= apart.T
        free = [
            set(c) for n in range(2, 8) for c in combinations(range(7), n) if not apart[np.ix_(c, c)].any()
        ]
        expected = {frozenset(c) for c in free if not any(c < other for other in free)}
        ranks = rng.random(7)
        found = groups(apart, ranks)
        assert {frozenset(g) for g in found} == expected and len(found) == len(expected)
        assert all(list(g) == sorted(g, key=ranks.__getitem__) for g in found)


def test_holm_never_lowers_and_keeps_order(rng):
    p = rng.random(20)
    adjusted = holm(p)
    assert (adjusted >= p).all() and (adjusted <= np.minimum(1, 20 * p)).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
    assert holm([]).size == 0


# the verdict


def test_verdict_by_hand():
    v = compare([1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 6, 8, 10, 12, 14, 8], names=("adam", "powell"))
    assert (v.wins, v.losses, v.ties, v.pairs, v.winner) == (7, 0, 1, 8, "adam")
    assert v.ratio.value == pytest.approx(0.5)
    assert v.sign == pytest.approx(2 / 2**7) and v.p == pytest.approx(2 / 2**7)
    assert str(v) == (
        "adam beats powell on 7 of 8 seeds (0 lost, 1 tied); adam / powell = 0.5 (median, 95 % interval 0.5 "
        "to 0.523); Wilcoxon p = 0.016, sign test p = 0.016: adam is better on this problem"
    )


def test_verdict_turns_with_its_methods(rng):
    a, b = rng.lognormal(size=(2, 12))
    one, two = compare(a, b), compare(b, a, names=("B", "A"))
    assert (one.wins, one.losses, one.p, one.sign, one.winner) == (
        two.losses, two.wins, two.p, two.sign, two.winner,
    )  # fmt: skip
    assert one.ratio.value == pytest.approx(1 / two.ratio.value)
    up = compare(-a, -b, larger_is_better=True)
    assert (up.wins, up.p) == (one.wins, one.p)


def test_verdict_on_failures_and_zeros():
    v = compare([1, INF, INF, 2], [INF, 3, INF, 4])
    assert (v.wins, v.losses, v.ties) == (2, 1, 1)
    assert v.ratio.value == pytest.approx(math.sqrt(0.5))  # between 1/2 and 1, beside 0 and infinity
    assert "a failure among 4 pairs" in v.ratio.note
    assert compare([0, 1], [1, 2]).ratio.value == 0 and compare([INF], [1]).ratio.value == INF
    v = compare([0, 1], [1, 0])
    assert math.isnan(v.ratio.value) and "no ratio" in str(v)


def test_verdict_says_when_pairs_are_too_few():
    assert "takes 6 pairs" in compare([1, 2, 3, 4, 5], [2, 3, 4, 5, 6]).note
    assert compare(range(1, 7), range(2, 8)).note == ""
    all_tied = compare([1, 1], [1, 1])
    assert (all_tied.p, all_tied.sign, all_tied.winner) == (1, 1, None)


# curves


def test_step_functions():
    runs = [([1, 3], [9, 4]), ([0, 2, 2, 5], [8, NAN, 3, 1])]
    assert resample(runs, [0, 1, 2, 3, 9]).tolist() == [[INF, 9, 9, 4, 4], [8, 8, 3, 3, 1]]
    assert np.isnan(resample(runs, [0], before=NAN)[0, 0])
    drawn = band(runs, [0, 2, 4, 9])
    assert drawn.middle.tolist() == [INF, 6, 3.5, 2.5]
    assert drawn.running.tolist() == [1, 1, 0.5, 0]
    assert (drawn.low <= drawn.middle).all() and (drawn.middle <= drawn.high).all()
    gap = band(runs, [0, 2], before=NAN)
    assert np.isnan(gap.middle[0]) and gap.middle[1] == 6


def test_curves_agree_with_time_to_target(rng):
    runs = [(np.sort(rng.random(20)), np.minimum.accumulate(rng.random(20))) for _ in range(9)]
    for x in rng.random(20):
        reached = np.mean([time_to_target(*run, 0.2) <= x for run in runs])
        assert np.mean(resample(runs, [x]) <= 0.2) == pytest.approx(reached)


def test_common_grid():
    runs = [([0, 4], [1, 1]), ([2, 100], [1, 1])]
    assert common_grid(runs, 3).tolist() == [0, 50, 100]
    assert common_grid(runs, 2, log=True) == pytest.approx([2, 100])


# bad input, one plain line each


@pytest.mark.parametrize("call, words", [
    (lambda: iqm([]), "at least one problem"),
    (lambda: iqm([[1, 2], []]), "problem 1 is empty"),
    (lambda: iqm([1, NAN]), "nan"),
    (lambda: iqm([[1, 2], [NAN, 1]]), "problem 1 holds a nan"),
    (lambda: iqm([INF, -INF]), "inf and -inf"),
    (lambda: iqm([1, 2], level=95), "level 95"),
    (lambda: iqm(range(10), resamples=0), "resamples"),
    (lambda: iqm(np.zeros((2, 2, 2))), "one value per run"),
    (lambda: summarise([]), "at least one problem"),
    (lambda: success_rate([]), "empty"),
    (lambda: success_rate([0.3]), "True or False"),
    (lambda: success_rate([True], level=0), "level 0"),
    (lambda: ert([1, 2], [True]), "2 costs and 1 hits"),
    (lambda: ert([INF], [False]), "inf"),
    (lambda: ert([-1], [True]), "-1"),
    (lambda: ert([NAN], [True]), "nan"),
    (lambda: ecdf([]), "empty"),
    (lambda: ecdf([NAN]), "nan"),
    (lambda: time_to_target([], [], 1), "not none"),
    (lambda: time_to_target([1, 2], [1], 1), "as many of each"),
    (lambda: time_to_target([2, 1], [1, 2], 1), "go back"),
    (lambda: time_to_target([1, INF], [1, 2], 1), "finite"),
    (lambda: ratios([1, 2]), "one row per problem"),
    (lambda: ratios([[0, 1]]), "above zero"),
    (lambda: ratios([[NAN, 1]]), "nan"),
    (lambda: performance_profile(np.zeros((0, 2))), "empty"),
    (lambda: integrated_profile([[1, 2]], up_to=1), "up_to 1"),
    (lambda: costs_to_solve(HISTORIES, [1], 0.1), "2 problems and 1 starts"),
    (lambda: costs_to_solve([HISTORIES[0], HISTORIES[1][:1]], [1, 2], 0.1), "one per method"),
    (lambda: costs_to_solve([[], []], [1, 2], 0.1), "one per method"),
    (lambda: costs_to_solve(HISTORIES, [1, INF], 0.1), "problem 1 starts"),
    (lambda: costs_to_solve(HISTORIES, [1, 2], 1), "tolerance 1"),
    (lambda: costs_to_solve(HISTORIES, [100, 8], 0.1, lowest=[2, 0]), "best reached"),
    (lambda: data_profile([[1, 2]], unit=0), "positive cost"),
    (lambda: data_profile([[1, 2]], unit=[1, 2]), "one per problem"),
    (lambda: data_profile([[-1, 2]]), "-1"),
    (lambda: probability_of_improvement([[1], [2]], [[1]]), "same problems"),
    (lambda: compare([1, 2], [1]), "same seeds"),
    (lambda: compare([], []), "empty"),
    (lambda: compare([NAN], [1]), "nan"),
    (lambda: compare([1], [1], level=1), "level 1"),
    (lambda: signed_rank([]), "empty"),
    (lambda: signed_rank([NAN]), "nan"),
    (lambda: friedman([[1, 2, 3]]), "1 problem"),
    (lambda: friedman([[1], [2]]), "1 method"),
    (lambda: friedman([1, 2]), "one row per problem"),
    (lambda: friedman([[1, NAN], [1, 2]]), "nan"),
    (lambda: friedman([[1, 2], [1, 2]], alpha=5), "alpha 5"),
    (lambda: friedman([[1, 2], [1, 2]], posthoc="nemeny"), "did you mean 'nemenyi'"),
    (lambda: nemenyi_difference(1, 5), "two methods"),
    (lambda: holm([2]), r"\[0, 1\]"),
    (lambda: resample([], [1]), "no runs"),
    (lambda: resample([([1], [1, 2])], [1]), "run 0"),
    (lambda: common_grid([([0], [1])], log=True), "above zero"),
])  # fmt: skip
def test_bad_input_is_one_plain_line(call, words):
    with pytest.raises(ValueError, match=words) as error:
        call()
    assert "\n" not in str(error.value)


def test_a_row_of_steps_unpacks():
    x, share = ecdf([2, 1, INF])
    assert isinstance(ecdf([1]), Steps) and x.tolist() == [1, 2] and share == pytest.approx([1 / 3, 2 / 3])


def test_import_stays_light():
    code = "import sys, optae.statistics; print(*{'pandas', 'jax', 'matplotlib'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "\n"
    )
