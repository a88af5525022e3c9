"""A budget ends a run for its own reason, and not much later."""

import math

import pytest

import optae
from optae.training.budget import Budget
from optae.training.fit import fit

LIMITS = ("max_seconds", "max_evaluations", "max_iterations")


@pytest.fixture
def problem(letters):
    return optae.Problem(optae.Autoencoder([35, 6, 2]), letters.x)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", [0, -1, -math.inf, math.nan])
def test_an_empty_budget_is_refused_by_name(name, value):
    with pytest.raises(
        ValueError, match=f"{name.replace('_', '.')}.* leaves nothing to run: give a positive"
    ):
        Budget(**{name: value})


def test_without_words_a_budget_has_no_limits():
    assert vars(Budget()) == {**dict.fromkeys(LIMITS, math.inf), "target": None}


@pytest.mark.parametrize("method", ["adam", "l-bfgs", "powell", "lm"])
def test_evaluations_are_counted_to_the_last(problem, method):
    result = optae.fit(problem, optae.METHODS[method](), max_evaluations=30)
    assert result.status == "max_evaluations" and result.rows[-1].evaluations == 30


@pytest.mark.parametrize("method", ["adam", "l-bfgs", "lm"])
def test_iterations_are_counted_by_the_method(problem, method):
    result = optae.fit(problem, optae.METHODS[method](), max_iterations=3)
    assert result.status == "max_iterations" and result.iterations == 3


@pytest.mark.parametrize("limit", [1.5, 2])
def test_an_evaluation_is_not_split(problem, limit):
    assert optae.fit(problem, optae.METHODS["adam"](), max_evaluations=limit).rows[-1].evaluations == 2


def test_seconds_end_a_run_from_inside(problem):
    result = optae.fit(problem, optae.METHODS["powell"](), max_seconds=0.05)
    assert result.status == "max_seconds" and result.rows[-1].seconds >= 0.05


def test_the_first_limit_that_is_met_ends_the_run(problem):
    limits = {"max_seconds": 60, "max_evaluations": 7, "max_iterations": 1000}
    assert optae.fit(problem, optae.METHODS["adam"](), **limits).status == "max_evaluations"


def test_a_method_by_its_name_is_for_the_outer_fit(problem):
    assert optae.fit(problem, "adam", max_iterations=1).iterations == 1
    with pytest.raises(ValueError, match="give the method itself") as error:
        fit(problem, "adam", max_iterations=1)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("words", [("max_pixel_error", 0), (0, 0), (0.1, "hinge"), (float("nan"),), ("0.1",)])
def test_a_target_with_its_words_swapped_is_refused_in_one_sentence(words):
    with pytest.raises(ValueError, match="target") as error:
        optae.Target(*words)
    assert "\n" not in str(error.value)
