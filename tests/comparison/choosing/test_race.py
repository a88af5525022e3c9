"""A race drops methods by evidence: its error in simulated races, and its counts by hand."""

import math

import numpy as np
import pytest
from hypothesis import settings

from optae.comparison.choosing.race import Race, Rules, log_ratio

INF = math.inf


def equals(rng, methods):
    return rng.standard_normal(methods)


def best_by_a_hair(rng, methods):
    return rng.standard_cauchy(methods) - 1e-3 * (np.arange(methods) == 0)


def heavy_tails(rng, methods):
    return np.exp(np.clip(30 * rng.standard_cauchy(methods), -700, 700))


def ties(rng, methods):
    return rng.integers(0, 3, methods).astype(float)


def misses(rng, methods):
    return np.where(rng.random(methods) < 0.6, INF, rng.random(methods))


@pytest.mark.parametrize("null", [equals, best_by_a_hair, heavy_tails, ties, misses])
def test_the_best_of_equals_is_dropped_in_fewer_races_than_alpha(null):
    """Method 0 is never beaten with probability over 1/2."""
    races = 2000 if settings.default.max_examples > 1000 else 60  # of the nightly profile
    rng, lost = np.random.default_rng(7), 0
    names = tuple(map(str, range(6)))
    for _ in range(races):
        race = Race(names)
        for _ in range(30):
            scores = null(rng, 6)
            race.add({name: scores[int(name)] for name in race.left})
            if "0" in race.dropped or len(race.left) == 1:
                break
        lost += "0" in race.dropped
    assert lost <= 0.05 * races


def test_a_method_that_always_loses_is_out_after_seven_rounds():
    race = Race(["lm", "adam", "powell"])
    while "powell" in race.left:
        race.add({"lm": 1.0, "adam": 1.0, "powell": 2.0})
    assert race.dropped == {"powell": 7} and race.left == ["lm", "adam"]
    assert race.runs == 21


def test_ties_and_common_misses_are_no_trials():
    race = Race(["a", "b"])
    for _ in range(50):
        assert race.add({"a": INF, "b": INF}) == race.add({"a": 2.0, "b": 2.0}) == []
    assert race.evidence == {"a": 0.0, "b": 0.0}
    assert race.duel("a", "b").ties == 100


def test_a_score_that_is_not_a_number_loses():
    race = Race(["a", "b"])
    while len(race.left) == 2:
        race.add({"a": math.nan, "b": 1.0})
    assert race.left == ["b"] and len(race.rounds) == 7


def test_rounds_of_a_dropped_method_stay_as_they_were():
    race = Race(["a", "b", "c"])
    while "c" not in race.dropped:
        race.add({"a": 1.0, "b": 1.5, "c": 9.0})
    frozen = race.duel("a", "c")
    if len(race.left) == 2:
        race.add({"a": 1.0, "b": 0.5})
    assert race.duel("a", "c") == frozen


def test_those_that_are_equal_within_the_margin_end_the_race():
    rng, race = np.random.default_rng(3), Race(["a", "b"], Rules(margin=0.2))
    while not race.equal:
        a, b = np.exp(0.02 * rng.standard_normal(2))
        race.add({"a": a, "b": b})
        assert len(race.rounds) < 60
    duel = race.duel("a", "b")
    assert 1 / 1.2 <= duel.low <= duel.ratio <= duel.high <= 1.2


def test_a_duel_counts_by_hand():
    race = Race(["a", "b"])
    for a, b in [(1.0, 2.0), (2.0, 2.0), (INF, 4.0), (1.0, 4.0), (INF, INF)]:
        race.add({"a": a, "b": b})
    duel = race.duel("a", "b")
    assert (duel.wins, duel.losses, duel.ties, duel.rounds) == (2, 1, 2, 5)
    assert duel.ratio == pytest.approx(math.exp((math.log(0.5) + 0) / 2))  # of 0.25, 0.5, 1 and inf


def test_ratios_of_scores_that_have_none_are_signs():
    assert log_ratio(0.0, 0.0) == 0 and log_ratio(-1.0, 2.0) == -INF and log_ratio(INF, 2.0) == INF


def test_one_method_is_left_alone():
    race = Race(["a"])
    assert race.add({"a": 1.0}) == [] and race.left == ["a"] and not race.equal


@pytest.mark.parametrize("rules", [{"alpha": 0.0}, {"alpha": 1.5}, {"margin": 0.0}])
def test_rules_out_of_range_are_refused(rules):
    with pytest.raises(ValueError, match=r"confidence|margin"):
        Rules(**rules)
