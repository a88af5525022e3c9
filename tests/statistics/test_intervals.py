"""What says 95 % covers 95 %, and what says "better" is rarely wrong: simulations whose truth is known."""

import math

import numpy as np
import pytest
from scipy import stats

from optae.evaluation.denoising import mean_over
from optae.statistics import (
    FEW,
    MANY,
    compare,
    iqm,
    median,
    over_problems,
    probability_of_improvement,
    rank_biserial,
    rank_correlation,
    score_interval,
)
from optae.statistics.bootstrap import percentile_interval

LAWS = {"normal": stats.norm(), "lognormal": stats.lognorm(1), "t3": stats.t(3)}
SIZES = (3, 5, 10)


def middle_half(law):
    """The interquartile mean of a population."""
    return law.ppf(np.linspace(0.25, 0.75, 20_001)).mean()


def coverage(found, truth):
    return np.mean([one.low <= truth <= one.high for one in found])


def pooled(rows, offsets):
    return rows + np.reshape(offsets, (-1, 1))


# few runs of one problem


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize(("n", "cases"), [(3, 12_000), (4, 5000), (5, 2500), (10, 800)])
def test_intervals_of_a_median_and_a_middle_mean_cover(n, cases, name):
    """Of 40,000 cases it was 93.3 % at the least: the middle mean of three lognormal runs."""
    law, rng = LAWS[name], np.random.default_rng(1)
    samples = law.rvs((cases, n), random_state=rng)
    found = [iqm(x, resamples=250) for x in samples]
    assert 0.93 < coverage(found, middle_half(law)) < 0.97
    assert 0.93 < coverage(found if n < MANY else map(median, samples), law.median()) < 0.97
    assert n >= MANY or (median(samples[0]).low, median(samples[0]).high) == (found[0].low, found[0].high)


def test_the_bootstrap_of_three_runs_did_not_cover(rng):
    samples = rng.normal(size=(400, 3))
    drawn = [x[rng.integers(3, size=(250, 3))].mean(axis=1) for x in samples]
    found = [percentile_interval(x.mean(), d, 0.95) for x, d in zip(samples, drawn, strict=True)]
    assert coverage(found, 0) < 0.8


def test_five_runs_give_their_range_and_more_give_order_statistics():
    assert (median([4, 1, 9, 2, 7]).low, median([4, 1, 9, 2, 7]).high) == (1, 9)
    nine = median(np.arange(1.0, 10))  # X(2) and X(8) hold with 96.1 %, X(3) and X(7) with 82.0 %
    assert 2 < nine.low < 3 and nine.high == pytest.approx(10 - nine.low)
    exact = median(np.arange(1.0, 10), 1 - 2 * stats.binom.cdf(1, 9, 0.5))
    assert exact.low == pytest.approx(2) and exact.high == pytest.approx(8)
    assert "Student" in FEW and "range" in FEW and "order statistics" in FEW


def test_three_runs_have_students_interval():
    x = np.array([1.0, 2, 6])
    ends = stats.ttest_1samp(x, 0).confidence_interval(0.95)
    assert (median(x).low, median(x).high) == (pytest.approx(ends.low), pytest.approx(ends.high))


def test_there_is_no_interval_without_enough_data():
    for scores, note in {
        (1.0,): "one seed",
        (1.0, 2.0): "2 seeds",
        (3.0, 3.0, 3.0): "3 seeds agree",
        (1.0, 2.0, math.inf): "failure",
    }.items():
        for found in (median(scores), iqm(scores)):
            assert math.isnan(found.low) and math.isnan(found.high) and note in found.note
    several = iqm(np.arange(18.0).reshape(2, 9))
    assert math.isnan(several.low) and "fewer than 10 seeds of a problem" in several.note
    assert math.isnan(probability_of_improvement([1, 2], [3, 4]).low)
    assert math.isnan(compare([1, 2], [3, 4]).ratio.low)


def test_a_failure_among_five_widens_the_interval_to_infinity():
    found = median([1, 2, 3, 4, math.inf])
    assert (found.value, found.low, found.high) == (3, 1, math.inf)
    assert median([-math.inf, 2, 3, 4, 5, 6]).low == -math.inf


# problems x seeds: ten seeds of each suffice


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("problems", [2, 6])
def test_the_stratified_bootstrap_covers_from_ten_seeds_on(problems, name):
    law, rng = LAWS[name], np.random.default_rng(5)
    offsets = 0.5 * np.arange(problems)
    truth = iqm(pooled(law.rvs((problems, 60_000), random_state=rng), offsets), resamples=1).value
    samples = law.rvs((700, problems, MANY), random_state=rng)
    found = (iqm(pooled(x, offsets), resamples=250) for x in samples)
    assert 0.93 < coverage(found, truth) < 0.97


# probability of improvement


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("n", SIZES)
def test_the_interval_of_an_improvement_covers_on_average(n, name):
    """U of 3 x 3 runs has 10 values, so that coverage jumps with P: the mean over P is what can be kept."""
    law, rng = LAWS[name], np.random.default_rng(1)
    gaps = np.sort(law.rvs(100_000, random_state=rng) - law.rvs(100_000, random_state=rng))
    known = {u: score_interval(u / n**2, [(n, n)]) for u in range(n * n + 1)}
    shares = []
    for p in (0.5, 0.6, 0.7, 0.8, 0.9):
        a, b = law.rvs((2, 2000, n), random_state=rng)
        wins = (a[:, :, None] < b[:, None] + gaps[int(100_000 * p)]).sum(axis=(1, 2))
        shares.append(coverage((known[u] for u in wins.tolist()), p))
    assert 0.93 < np.mean(shares) < 0.97 and min(shares) > 0.88


def test_winning_every_pair_is_not_certainty():
    for n, low in {3: 0.50, 5: 0.64, 10: 0.80}.items():
        won = probability_of_improvement(range(n), range(n, 2 * n))
        lost = probability_of_improvement(range(n, 2 * n), range(n))
        assert won.low == pytest.approx(low, abs=0.005) and won.high == won.value == 1
        assert (lost.value, lost.low) == (0, 0) and lost.high == pytest.approx(1 - won.low)
    many = probability_of_improvement(np.zeros((4, 12)), np.ones((4, 12)))
    assert 0.9 < many.low < 1


def test_the_score_interval_of_one_pair_is_wilsons():
    wilson = stats.binomtest(1, 1).proportion_ci(0.95, method="wilson")
    assert score_interval(1.0, [(1, 1)]).low == pytest.approx(wilson.low)
    tens = stats.binomtest(7, 10).proportion_ci(0.95, method="wilson")  # ten problems of a pair each
    found = score_interval(0.7, [(1, 1)] * 10)
    assert (found.low, found.high) == (pytest.approx(tens.low), pytest.approx(tens.high))


# one method better than another over several problems


def pairs(spread, cases, seeds=10):
    """Differences of two methods on six problems, which favour either by normal effects about zero."""
    rng = np.random.default_rng(0)
    effects = spread * rng.normal(size=(cases, 6, 1))
    return effects + rng.normal(size=(cases, 6, seeds)) - rng.normal(size=(cases, 6, seeds))


@pytest.mark.parametrize(("seeds", "least"), [(10, 0.03), (3, 0.0)])  # of three, effects of 0 cost power
@pytest.mark.parametrize("spread", [0.0, 1.0, 2.0, 4.0])
def test_problems_are_the_sample_of_a_verdict_over_several(spread, seeds, least):
    p = over_problems(rank_biserial(pairs(spread, 20_000, seeds)))
    assert least < (p < 0.05).mean() < 0.07


def test_pairs_pooled_over_problems_are_wrong_half_the_time():
    unit = np.repeat(np.arange(6), 10)
    wrong = right = 0
    for case in pairs(2.0, 50):
        a, b = np.exp(case.ravel()), np.ones(60)
        wrong += compare(a, b).winner is not None
        verdict = compare(a, b, problems=unit)
        right += verdict.winner is None
        assert verdict.p == over_problems(-rank_biserial(np.expm1(case)))
    assert wrong > 20 and right > 43


def test_the_test_over_problems_is_students(rng):
    effects = rng.uniform(-1, 1, 9)
    assert over_problems(effects) == pytest.approx(stats.ttest_1samp(effects, 0).pvalue)
    assert over_problems([1, 1, 1, 1, 1, 1]) == 2**-5 and over_problems([0, 0, 0]) == 1 == over_problems([1])


def test_rank_biserial_is_the_normed_difference_of_rank_sums(rng):
    gaps = rng.normal(0.4, size=12)
    t, n = stats.wilcoxon(gaps, alternative="greater").statistic, 12 * 13 / 2
    assert rank_biserial(gaps) == pytest.approx((t - (n - t)) / n)


def test_words_of_a_verdict_over_several_problems():
    unit = np.repeat(np.arange(4), 3)
    four = compare(np.arange(1, 13), np.arange(2, 14), ("adam", "lm"), problems=unit)
    assert four.winner is None and four.leads == (4, 0, 0)
    assert str(four).startswith(
        "adam leads on 4 of 4 problems (0 behind, 0 level) and beats lm in 12 of 12 pairs"
    )
    assert "4 problems cannot decide at 5 %" in str(four) and "better" not in str(four)
    unit = np.repeat(np.arange(8), 3)
    eight = compare(np.arange(1, 25), np.arange(2, 26), ("adam", "lm"), problems=unit)
    assert str(eight).endswith(": adam is better over 8 problems")
    rng = np.random.default_rng(0)
    none = compare(*rng.lognormal(size=(2, 24)), ("adam", "lm"), problems=unit)
    assert str(none).endswith(": no difference is shown over 8 problems")
    one = compare(np.arange(1, 9), np.arange(2, 10), ("adam", "lm"))
    assert str(one).endswith(": adam is better on this problem")
    with pytest.raises(ValueError, match="name one problem for each of 2 pairs"):
        compare([1, 2], [2, 3], problems=[1])


def test_ratios_are_medians_that_failures_do_not_stop():
    v = compare([1, 2, 3, 4, math.inf], [2, 4, 6, 8, 10])
    assert v.ratio.value == pytest.approx(0.5) and v.ratio.high == math.inf
    both = compare([0, 1, 1, math.inf, 3], [0, 2, 2, 5, math.inf]).ratio
    assert both.value == pytest.approx(0.5) and (both.low, both.high) == (0, math.inf)
    assert "below zero" in compare([-1, 2], [1, 2]).ratio.note
    unit = [0, 0, 1, 1, 2, 2]
    over = compare([1, 1, 1, 1, 1, 1], [2, 2, 3, 3, 100, 100], problems=unit).ratio
    assert over.value == pytest.approx(1 / 3)


# what shares its parts


def sets_of_four(rng, place, ease):
    """Of sets of letters (sets, 4): the mean distance, and how well they resist noise."""
    apart = np.linalg.norm(place[:, :, None] - place[:, None], axis=-1).sum(axis=(1, 2)) / 12
    return apart, apart + 0.5 * ease.mean(axis=1) + 0.3 * rng.normal(size=len(place))


def test_sets_that_share_letters_are_not_an_independent_sample():
    rng = np.random.default_rng(2)
    fresh = sets_of_four(rng, rng.normal(size=(100_000, 4, 3)), rng.normal(size=(100_000, 4)))
    truth = stats.spearmanr(*fresh).statistic
    letters, sets = [], []
    for trial in range(40):
        chosen = rng.random((120, 32)).argsort(axis=1)[:, :4]
        x, y = sets_of_four(rng, rng.normal(size=(32, 3))[chosen], rng.normal(size=32)[chosen])
        letters.append(rank_correlation(x, y, chosen.tolist()))
        if trial < 20:
            sets.append(rank_correlation(x, y, [[k] for k in range(120)]))
    assert coverage(letters, truth) >= 0.95 and coverage(sets, truth) < 0.9


def test_a_rank_correlation_is_scipys(rng):
    x, y = rng.integers(0, 9, size=(2, 40))
    found = rank_correlation(x, y, [[k] for k in range(40)])
    assert found.value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found.low < found.value < found.high
    assert math.isnan(rank_correlation([1, 2, 3], [1, 2, 3], ["ab", "bc", "ca"]).low)
    with pytest.raises(ValueError, match="3 x, 3 y and 2 sets"):
        rank_correlation([1, 2, 3], [1, 2, 3], ["ab", "bc"])
    with pytest.raises(ValueError, match="2 parts"):
        rank_correlation([1, 2], [1, 2], ["a", "b"])


# denoising: runs and draws


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("n", SIZES)
def test_the_mean_over_draws_and_runs_covers(n, name):
    law, rng = LAWS[name], np.random.default_rng(8)
    runs = law.rvs((500, n, 1), random_state=rng)
    tables = runs + rng.normal(0, 1, (500, 1, 30)) + rng.normal(0, 0.1, (500, n, 30))
    assert 0.92 < coverage(map(mean_over, tables), middle_half(law)) < 0.98


@pytest.fixture
def rng():
    return np.random.default_rng(7)
