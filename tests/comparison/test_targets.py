"""A target's moment lies between two looks that are close together, for every kind of method."""

from unittest import mock

import numpy as np
import pytest

import optae
from optae.comparison.moments import first_seen
from optae.evaluation.metrics import Target, measure
from optae.methods import METHODS
from optae.storage.cells import reached
from optae.training.trace import Trace

MODEL = optae.Autoencoder([12, 8, 3])
SPENT = {"adam": 600, "l-bfgs": 600, "tnc": 600, "powell": 3000, "lm": 300}


class Watched(Trace):
    """A trace that measures the best vector after every evaluation."""

    def met(self, theta, value):
        better = value < self.best.value
        super().met(theta, value)
        if better:
            wrong = self.looks.judge(self.best.theta)["max_pixel_error"]
            self.wrong = [*getattr(self, "wrong", []), (self.calls, wrong)]


def by_hand(problem, rule, steps, metric="max_pixel_error"):
    """The metric of adam's best vector, by the evaluations after which that changed."""
    f, theta, best, found = problem.objective(), problem.start(), np.inf, []
    state = rule.init(theta)
    for step in range(1, steps + 1):
        value, grad = f.value_and_grad(theta)
        if value < best:
            best = value
            found.append((step, measure(problem.model, theta, problem.x)[metric]))
        theta, state = rule.update(theta, grad.copy(), state)
    return found


def check(result, reference):
    """Every number of wrong pixels was seen within 5 % of the evaluations after it came to stay."""
    found, reference = reached(result.rows), [(0, result.rows[0].max_pixel_error), *reference]
    assert len(found) > 3
    for wrong, spent in found.items():
        by, after = spent["evaluations"], spent["after"]["evaluations"]
        until = [calls for calls, k in reference if k > int(wrong) and calls <= by]
        came = min(calls for calls, k in reference if k <= int(wrong) and calls > max(until, default=-1))
        assert after <= came <= by <= max(after + 1, 1.05 * after), (wrong, after, came, by)


@pytest.mark.parametrize("method", ["l-bfgs", "tnc", "powell", "lm"])
def test_a_hit_is_bracketed_within_five_per_cent(method, x):
    problem = optae.Problem(MODEL, x[:, :12])
    traces = []
    with mock.patch(
        "optae.training.fit.Trace", lambda *a, **w: traces.append(Watched(*a, **w)) or traces[-1]
    ):
        result = optae.fit(problem, METHODS[method](), max_evaluations=SPENT[method])
    check(result, traces[0].wrong)


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_adams_hits_are_bracketed_in_compiled_loops_too(engine, x):
    problem, adam = optae.Problem(MODEL, x[:, :12], engine=engine), METHODS["adam"](lr=1e-2)
    reference = by_hand(optae.Problem(MODEL, x[:, :12]), adam.rule, SPENT["adam"])
    result = optae.fit(problem, adam, max_evaluations=SPENT["adam"])
    check(result, reference)


@pytest.mark.parametrize("target", ["max_pixel_error=4", "mse=0.1", "exact=5", "within_one=10"])
def test_a_target_is_noticed_within_two_per_cent(target, x):
    """Of the steps of adam in jax's loops, which are up to 256 steps long."""
    goal, adam = Target.parse(target), METHODS["adam"](lr=3e-3)
    problem = optae.Problem(MODEL, x[:, :12], engine="jax")
    result = optae.fit(problem, adam, target=goal, max_evaluations=3000)
    noticed = int(result.rows[-1].evaluations)
    reference = by_hand(optae.Problem(MODEL, x[:, :12]), adam.rule, noticed, goal.metric)
    unmet = max(step for step, value in reference if not goal.met(value))
    came = min(step for step, value in reference if step > unmet)
    assert result.status == "target" and came <= noticed <= max(came + 1, 1.02 * came)


def test_a_record_without_its_last_look_is_a_bound():
    entry = {"seconds": 2.0, "evaluations": 100, "iterations": 3}
    old, wide, narrow = (
        first_seen({4: {"evaluations": 7}, 1: entry | more}, 1)
        for more in ({}, {"after": entry | {"evaluations": 50}}, {"after": entry | {"evaluations": 96}})
    )
    assert old.loose and wide.loose and not narrow.loose
    assert np.isnan(old.by["operations"]) and first_seen({4: entry}, 1) is None
