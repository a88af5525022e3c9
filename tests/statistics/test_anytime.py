"""Evidence that may be looked at at any moment: its closed form, and its error on simulated data."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from optae.statistics.anytime import log_evidence, log_mean, median_bounds


@pytest.mark.parametrize("wins, losses", [(0, 0), (3, 1), (1, 5), (40, 25), (7, 0)])
def test_evidence_is_the_mean_likelihood_ratio(wins, losses):
    ratio, _ = quad(lambda p: 2 * p**wins * (1 - p) ** losses * 2.0 ** (wins + losses), 0.5, 1)
    assert math.exp(log_evidence(wins, losses)) == pytest.approx(ratio, rel=1e-9)


@pytest.mark.parametrize("trials", [0, 1, 5, 30])
def test_its_expectation_under_a_fair_coin_is_one_at_every_number_of_trials(trials):
    wins = np.arange(trials + 1)
    chance = np.array([math.comb(trials, k) for k in wins]) / 2.0**trials
    assert chance @ np.exp(log_evidence(wins, trials - wins)) == pytest.approx(1, rel=1e-12)


def test_evidence_of_thousands_of_trials_is_finite():
    assert 600 < log_evidence(1000, 0) < 700 and log_evidence(500, 5000) < -500


def test_the_mean_of_logs():
    assert math.exp(log_mean([math.log(1), math.log(3), -math.inf])) == pytest.approx(4 / 3)


@pytest.mark.parametrize("draw", ["standard_normal", "standard_cauchy", "standard_exponential"])
def test_bounds_of_a_median_fail_less_often_than_alpha_whenever_one_looks(draw):
    rng, failures = np.random.default_rng(1), 0
    median = math.log(2) if draw == "standard_exponential" else 0.0
    for _ in range(300):
        low, high = median_bounds(getattr(rng, draw)(60), 0.1)  # at any of the 60 looks: bounds never widen
        failures += not low <= median <= high
    assert failures <= 0.1 * 300


def test_bounds_close_in_and_hold_infinities():
    x = np.linspace(-1, 1, 401)[np.random.default_rng(0).permutation(401)]
    low, high = median_bounds(x, 0.05)
    assert -0.25 < low < 0 < high < 0.25
    assert median_bounds([math.inf] * 12, 0.05) == (math.inf, math.inf)
    assert median_bounds([0.0] * 12, 0.05) == (0, 0)
    assert median_bounds([1.0, 2.0], 0.05) == (-math.inf, math.inf)
