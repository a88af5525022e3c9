"""The law of the trace: every value in it is the objective's at the vector that it is said of.

Values come from NumPy's sums in another order, from compiled Powell's own network or from JAX's loops. So
they agree to some roundings, `CLOSE`, and to those of single precision where a loop counts in it. Compiled
epochs (`methods.epochs`) give an epoch's mean, and are tested beside the VAE.
"""

from contextlib import suppress
from math import inf

import numpy as np
import pytest
from numpy.testing import assert_allclose

import optae
from optae.engines.clock import Clock
from optae.methods import METHODS, method_spec
from optae.methods.first_order.layered.layers import on_vector
from optae.methods.first_order.loop import FirstOrder
from optae.training.budget import Budget, Stop
from optae.training.lockstep import Group, Lane, SharedClock
from optae.training.trace import Trace

CLOSE, SINGLE = 1e-12, 2e-6
EVALUATIONS = 40
FIRST_ORDER = ["backprop", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
FIRST_ORDER += ["shampoo", "soap", "muon"]
SHAPES = {  # widths, samples, and words
    "no hidden layer": ([35, 2], 32, {}),
    "no hidden layer, no bias": ([7, 2], 5, {"bias": False}),
    "one unit a layer": ([1, 1, 1], 3, {}),
    "one unit in the middle": ([6, 1], 1, {"bias": False}),
    "one hidden unit": ([6, 1, 3], 31, {}),
    "one latent unit": ([5, 3, 1], 33, {"bias": False}),
    "no multiple of four": ([9, 13, 3], 31, {}),
    "deep": ([6, 5, 4, 3], 2, {}),
    "not mirrored": ([5, 4, 2, 3, 5], 7, {}),
    "sampled": ([5, 3, 2], 4, {"bottleneck": "gaussian"}),
}
SCORES = {
    "bce": {},
    "half_sse": {"encoder": "identity", "decoder": "logistic:1.6"},
    "mse": {"encoder": "relu", "decoder": "softplus", "output": "tanh"},
}


def problem_of(shape, loss, letters, engine="numpy"):
    widths, n, words = SHAPES[shape]
    model = optae.Autoencoder(widths, loss=loss, **SCORES[loss], **words)
    x = np.vstack([letters, letters])[:n, 2 : 2 + widths[0]] if widths[0] < 35 else letters[:n]
    return optae.Problem(model, x, engine=engine, seed=2)


COMPILED = ("one unit in the middle", "sampled")


class Witness(Trace):
    """A trace that asks the objective for every value that it is told with its vector."""

    def __init__(self, problem, budget, close=CLOSE, **words):
        super().__init__(budget, **words)
        self.problem, self.close, self.heard, self.walked = problem, close, 0, []

    def hear(self, value, theta):
        self.heard += 1
        assert_allclose(
            float(value), self.problem.objective()(np.asarray(theta, dtype=float)), rtol=self.close
        )

    def met(self, theta, value):
        self.hear(value, theta)
        super().met(theta, value)

    def offer(self, value, theta):
        if float(value) < inf:
            self.hear(value, theta)
        super().offer(value, theta)

    def steps(self, values, *words):
        self.walked.extend(map(float, values))
        super().steps(values, *words)


def watched(problem, method, close=CLOSE, **limits):
    """The trace of a run."""
    trace = Witness(problem, Budget(**{"max_evaluations": EVALUATIONS, **limits}), close)
    with np.errstate(all="ignore"), suppress(Stop):
        trace.begin(problem.start(), problem.objective())
        method.run(problem, problem.start(), trace)
    assert trace.heard
    trace.hear(trace.best.value, trace.best.theta)
    return trace


def obeys(problem, method):
    if method.refuses(problem):
        return
    trace = watched(problem, method)
    if not problem.random:
        assert min(row.loss for row in trace.history.rows) >= trace.best.value * (1 - CLOSE)


@pytest.mark.parametrize("method", METHODS)
def test_a_results_value_is_the_referees_at_its_vector(method, x):
    """Of random models, whose best is by another draw, too."""
    for shape in ("no hidden layer", "sampled"):
        problem = problem_of(shape, "bce", x, METHODS[method].engine)
        if not METHODS[method]().refuses(problem):
            result = optae.fit(problem, METHODS[method](), max_evaluations=5)
            assert result.status != "failed", result.message
            assert_allclose(result.value, problem.referee()(result.theta), rtol=CLOSE)
            assert_allclose(result.rows[-1].best, problem.objective()(result.theta), rtol=CLOSE)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("method", METHODS)
def test_every_value_is_the_objectives(method, shape, x):
    """Losses take turns: a method meets every loss on some shape, and powell-fast all on all."""
    losses = [*SCORES]
    if METHODS[method].engine == "jax" and shape not in COMPILED:
        pytest.skip("a step of many matrices is compiled for each shape: two say enough")
    if method != "powell-fast":
        losses = [losses[([*SHAPES].index(shape) + [*METHODS].index(method)) % 3]]
    for loss in losses:
        if loss != "mse" or shape != "sampled":
            obeys(problem_of(shape, loss, x, METHODS[method].engine), METHODS[method]())


@pytest.mark.parametrize("engine", ["autograd", "jax"])
@pytest.mark.parametrize("method", [m for m in METHODS if m not in FIRST_ORDER[1:6]])
def test_every_value_is_the_objectives_on_other_engines(method, engine, x):
    obeys(problem_of("no hidden layer, no bias", "half_sse", x, engine), METHODS[method]())


def test_every_value_of_optax_is_the_objectives(x):
    obeys(problem_of("sampled", "bce", x, "jax"), method_spec("optax:adam")())


@pytest.mark.parametrize("engine", ["numpy", "jax"])
@pytest.mark.parametrize("shape", ["no hidden layer, no bias", "sampled"])
def test_steps_are_of_the_vectors_that_the_rule_walks(shape, engine, x):
    """Only their values reach the trace, so the walk is done again by hand."""
    for name in FIRST_ORDER if engine == "numpy" else ["adam"]:
        problem, method = problem_of(shape, "bce", x, engine), METHODS[name](batch=3)
        trace = watched(problem, method, max_iterations=4)
        theta, losses, draws = problem.start(), [], problem.epochs(3)
        rule = on_vector(method.rule, problem.model.layout)
        state = rule.init(theta)
        for _ in range(4):
            for draw in map(next(draws).at, range(problem.points // 3)):
                value, grad = problem.model.value_and_grad(theta, draw)
                losses.append(value)
                theta, state = rule.update(theta, grad, state)
        assert_allclose(trace.walked, losses, rtol=1e-9)
        assert {row.loss for row in trace.history.rows[1:]} <= {*trace.walked}


def test_the_descent_on_all_the_data_is_of_the_vectors_that_the_rule_walks(x):
    for name in FIRST_ORDER:
        problem, method = problem_of("deep", "half_sse", x), METHODS[name]()
        trace = watched(problem, method, max_iterations=9)
        theta, rule = problem.start(), on_vector(method.rule, problem.model.layout)
        state, losses = rule.init(theta), [problem.objective()(theta)]
        for _ in range(9):
            value, grad = problem.objective().value_and_grad(theta)
            losses.append(value)
            theta, state = rule.update(theta, grad, state)
        assert_allclose([row.loss for row in trace.history.rows], losses, rtol=1e-9)
        assert_allclose(trace.best.value, min(*losses, problem.objective()(theta)), rtol=1e-9)


@pytest.mark.parametrize(("precision", "close"), [("float64", CLOSE), ("float32", SINGLE)])
def test_lanes_obey_to_their_own_precision(precision, close, x):
    """A float32 loop reports sums of float32 numbers at weights that it stores so."""
    problem = problem_of("not mirrored", "bce", x, "jax")
    method, budget = FirstOrder(METHODS["adam"](lr=0.01).rule, precision=precision), Budget(max_iterations=20)
    clock = SharedClock(Clock(), 2)
    problems = [optae.Problem(problem.model, problem.x, engine="jax", seed=seed) for seed in (0, 1)]
    lanes = [Lane(problem, budget, None, clock) for problem in problems]
    for lane in lanes:
        lane.trace = Witness(lane.problem, budget, close, clock=lane.clock)
    method.run_together(Group(lanes, clock))
    for lane in lanes:
        lane.trace.hear(lane.trace.best.value, lane.trace.best.theta)
        assert lane.trace.heard > 2 and lane.trace.iterations == 20
