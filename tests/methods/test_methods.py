"""Laws over the registry: every method descends, within its budget, on every engine alike."""

import time
import warnings
from math import ceil

import numpy as np
import pytest
import scipy.optimize
from models import DECK_A, MODELS
from numpy.testing import assert_allclose

import optae
from optae.evaluation.metrics import Target
from optae.methods import METHODS, method_spec
from optae.registry import unknown

SMALL = optae.Autoencoder([35, 3, 1], **DECK_A)  # 216 parameters: every method may try
TINY = optae.Autoencoder([6, 2], **DECK_A)  # 24: few enough for methods whose steps cost a matrix
COSTLY = ("cobyqa", "least-squares-trf", "least-squares-lm", "slsqp", "trust-exact", "lm")
GLOBAL = ("dual-annealing", "differential-evolution")  # 1500 evaluations may bring them nowhere
FIRST_ORDER = ["backprop", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]


def problem_for(method, x):
    engine = METHODS[method].engine
    return optae.Problem(TINY, x[:, :6]) if method in COSTLY else optae.Problem(SMALL, x, engine=engine)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_descends_within_its_evaluations(method, x):
    problem = problem_for(method, x)
    start = problem.objective()(problem.start())
    result = optae.fit(problem, METHODS[method](), max_evaluations=1500)
    spent = result.evaluations
    assert result.status in ("max_evaluations", "converged", "stopped"), result.message
    assert max(spent["value"], spent["grad"]) + spent["hvp"] + spent["jacobian"] <= 1500
    assert result.value < start or (method in GLOBAL and result.value == start)
    assert_allclose(problem.objective()(result.theta), result.value, rtol=1e-12)
    assert result.rows[0].loss == start
    assert_allclose(result.rows[-1].best, result.value, rtol=1e-12)


@pytest.mark.parametrize("limit", [0.5, 1, 1.5, 2])
@pytest.mark.parametrize("method", METHODS)
def test_a_limit_on_iterations_is_rounded_up_and_is_not_convergence(method, limit, x):
    problem = optae.Problem(TINY, x[:, :6], engine=METHODS[method].engine)
    result = optae.fit(problem, METHODS[method](), max_iterations=limit, max_seconds=20)
    assert (result.status, result.iterations) == ("max_iterations", ceil(limit)), result.message


@pytest.mark.parametrize("method", ["least-squares-trf", "least-squares-lm"])
def test_an_iteration_of_least_squares_is_a_step_not_a_jacobian(method, x):
    problem = optae.Problem(TINY, x[:, :6])
    result = optae.fit(problem, METHODS[method](), max_iterations=1)
    assert result.value < problem.referee()(problem.start()) and result.evaluations["value"] > 1


def test_dual_annealing_never_converges(x, monkeypatch):
    """SciPy calls it a success that the iterations it was given are over."""
    annealing = scipy.optimize.dual_annealing
    monkeypatch.setattr(
        scipy.optimize, "dual_annealing", lambda *a, **k: annealing(*a, **{**k, "maxiter": 3})
    )
    result = optae.fit(optae.Problem(TINY, x[:, :6]), METHODS["dual-annealing"](), max_seconds=20)
    assert result.status == "stopped" and result.iterations == 3


@pytest.mark.parametrize("method", METHODS)
def test_every_method_obeys_its_seconds(method, x):
    """The bound is generous: what is tested is that somebody looks at the clock at all."""
    started = time.perf_counter()
    result = optae.fit(problem_for(method, x), METHODS[method](), max_seconds=0.3)
    assert time.perf_counter() - started - result.seconds["compile"] < 5
    assert result.status in ("max_seconds", "converged", "stopped"), result.message


@pytest.mark.parametrize("method", METHODS)
def test_every_method_stops_at_its_target(method, x):
    problem = problem_for(method, x)
    start = problem.objective()(problem.start())
    target = optae.fit(problem, METHODS[method](), max_evaluations=600).value
    if target == start:
        pytest.skip("600 evaluations bring this method nowhere")
    halfway = (start + target) / 2
    result = optae.fit(problem, METHODS[method](), target=halfway, max_evaluations=3000)
    assert result.status == "target" and result.value <= halfway


def test_powell_stops_inside_a_line_search(x):
    problem = optae.Problem(SMALL, x)
    result = optae.fit(problem, METHODS["powell"](), max_evaluations=7)
    assert result.iterations == 0 and result.evaluations["value"] == 7


@pytest.mark.parametrize("name", ["autograd", "jax"])
@pytest.mark.parametrize("method", [*FIRST_ORDER, "soap", "l-bfgs", "trust-krylov"])
def test_engines_walk_the_same_path(name, method, x):
    model = MODELS["bce"]
    paths = [
        optae.fit(optae.Problem(model, x, engine=engine), METHODS[method](), max_iterations=6).theta
        for engine in ("numpy", name)
    ]
    assert_allclose(paths[1], paths[0], atol=1e-9)


@pytest.mark.parametrize("model", [MODELS["denoising"], MODELS["vae"], MODELS["bce"]])
def test_minibatches_are_paired_across_engines(model, x):
    paths = [
        optae.fit(optae.Problem(model, x, engine=engine), METHODS["adam"](batch=10), max_iterations=4)
        for engine in ("numpy", "jax")
    ]
    assert paths[0].iterations == 4 and paths[0].evaluations["grad"] == pytest.approx(4 * 30 / 32)
    assert_allclose(paths[1].theta, paths[0].theta, atol=1e-9)


def test_batches_of_one_in_fixed_order_are_deck_bs(x):
    """32 updates an epoch, by hand."""
    problem = optae.Problem(SMALL, x)
    result = optae.fit(problem, METHODS["backprop"](lr=0.1, batch=1, shuffle=False), max_iterations=1)
    theta = problem.start()
    for row in x:
        theta = theta - 0.1 * optae.Objective(SMALL, row[None]).grad(theta)
    assert_allclose(result.theta, theta, rtol=1e-12)
    assert result.iterations == 1


@pytest.mark.parametrize("name", ["adam", "lion", "polyak_sgd", "lbfgs"])
def test_optax_by_name(name, x):
    problem = optae.Problem(MODELS["bce"], x, engine="jax")
    result = optae.fit(problem, method_spec(f"optax:{name}")(), max_iterations=40)
    assert result.value < problem.objective()(problem.start()) and result.iterations == 40
    assert result.seconds["compile"] > 0


def test_optaxs_adam_is_ours(x):
    ours = optae.fit(optae.Problem(MODELS["bce"], x), METHODS["adam"](), max_iterations=20)
    theirs = optae.fit(
        optae.Problem(MODELS["bce"], x, engine="jax"), method_spec("optax:adam")(), max_iterations=20
    )
    assert_allclose(theirs.theta, ours.theta, atol=1e-7)


def test_compilation_is_off_the_clock_and_happens_once(x):
    model = optae.Autoencoder([35, 9, 2], encoder="softplus")
    first, second = (
        optae.fit(optae.Problem(model, x, engine="jax"), METHODS["adam"](), max_iterations=50)
        for _ in range(2)
    )
    assert first.seconds["compile"] > 0 and second.seconds["compile"] == 0
    assert_allclose(first.theta, second.theta, rtol=0)


def test_the_best_vector_is_kept_when_the_last_is_worse(x):
    problem = optae.Problem(SMALL, x)
    result = optae.fit(problem, METHODS["momentum"](lr=20.0, mass=0.95), max_iterations=300)
    losses = [row.loss for row in result.rows]
    assert losses[-2] > result.value and result.value <= min(losses)
    assert_allclose(problem.objective()(result.theta), result.value)


def test_a_run_that_diverges_ends_with_its_best_vector(x):
    model = optae.Autoencoder(
        [35, 4, 2], encoder="identity", decoder="identity", output="identity", loss="mse"
    )
    problem = optae.Problem(model, x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = optae.fit(problem, METHODS["backprop"](lr=1e3), max_iterations=500)
    assert result.status == "diverged" and np.isfinite(result.theta).all()
    assert result.value <= problem.objective()(problem.start())


@pytest.mark.parametrize("error", [np.linalg.LinAlgError, Exception, TypeError, MemoryError])
def test_a_method_that_raises_is_a_status(error, x):
    class Broken:
        def refuses(self, problem):
            return None

        def run(self, problem, theta, trace):
            raise error("singular\nmatrix")

    result = optae.fit(optae.Problem(SMALL, x), Broken())
    assert result.status == "failed" and result.message == f"{error.__name__}: singular matrix"


def test_ctrl_c_ends_any_run_with_its_best_vector(x):
    for method in ("powell", "l-bfgs", "tnc", "slsqp", "adam", "differential-evolution", "least-squares-trf"):

        def press(trace):
            if trace.calls > 40:
                raise KeyboardInterrupt

        result = optae.fit(optae.Problem(SMALL, x), METHODS[method](), on_progress=press, max_seconds=20)
        assert result.status == "interrupted", method
        assert result.value <= result.rows[0].loss


def test_a_target_may_be_a_metric(x):
    for target in (Target(11, "max_pixel_error"), Target(3, "within_one")):
        result = optae.fit(
            optae.Problem(MODELS["bce"], x), METHODS["l-bfgs"](), target=target, max_seconds=60
        )
        assert result.status == "target" and target.met(result.metrics[target.metric])


def test_the_referee_reveals_overfitting_to_frozen_noise(x):
    """One frozen draw of a VAE's noise is learnt by heart; many are not."""
    one, many = (optae.Problem(MODELS["vae"], x, samples=k) for k in (1, 32))
    fooled, honest = (optae.fit(p, METHODS["l-bfgs"](), max_iterations=250) for p in (one, many))
    assert fooled.value > 1.5 * fooled.rows[-1].best
    assert honest.value < 1.15 * honest.rows[-1].best


def test_histories_stay_small_and_true(x):
    result = optae.fit(optae.Problem(SMALL, x), METHODS["powell"](), max_evaluations=30_000)
    best = [row.best for row in result.rows]
    assert len(result.rows) < 1500 and best == sorted(best, reverse=True)
    assert [row.seconds for row in result.rows] == sorted(row.seconds for row in result.rows)
    assert list(result.trace.columns)[:2] == ["seconds", "iteration"]


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: method_spec("powel"), "did you mean 'powell'"),
        (lambda: method_spec("optax:adm"), "did you mean 'adam'"),
        (lambda: METHODS["adam"](lrr=1), "did you mean 'lr'"),
        (lambda: METHODS["adam"](lr="fast"), "give a number"),
        (lambda: METHODS["adam"](lr=-1.0), "positive"),
        (lambda: METHODS["adam"](lr=np.nan), "give a number"),
        (lambda: METHODS["adam"](b1=1.5), "from 0 to below 1"),
        (lambda: METHODS["adam"](batch=0), "at least 1"),
        (lambda: METHODS["adam"](batch=2.5), "whole number"),
        (lambda: METHODS["l-bfgs"](maxcor=2.5), "whole number"),
        (lambda: METHODS["adam"](shuffle=3), "true or false"),
    ],
)
def test_methods_that_cannot_be_made(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    "model, method, options, words",
    [
        ("large", "least-squares-lm", {}, "as many residuals as parameters"),
        ("vae", "least-squares-trf", {}, "not a sum of squared residuals"),
        ("large", "cobyqa", {}, "at most 400 parameters"),
        ("bce", "optax:adam", {}, "choose engine jax"),
    ],
)
def test_combinations_that_cannot_work_are_refused(model, method, options, words, x):
    with pytest.raises(ValueError, match=words):
        optae.fit(optae.Problem(MODELS[model], x), method_spec(method)(**options), max_seconds=1)


@pytest.mark.parametrize("engine", ["numpy", "jax"])
@pytest.mark.parametrize("model", ["bce", "vae"])
def test_a_batch_larger_than_the_data_is_the_data(model, engine, x):
    problem = optae.Problem(MODELS[model], x, engine=engine)
    large, every = (
        optae.fit(problem, METHODS["adam"](batch=batch), max_iterations=3).theta for batch in (999, len(x))
    )
    assert np.array_equal(large, every)


@pytest.mark.parametrize("limit", ["max_seconds", "max_evaluations", "max_iterations"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_an_empty_budget_is_refused(limit, value, x):
    with pytest.raises(ValueError, match="leaves nothing to run"):
        optae.fit(optae.Problem(SMALL, x), METHODS["adam"](), **{limit: value})


def test_suggestions():
    assert unknown("loss", "bse", ["bce"]) == "unknown loss 'bse': did you mean 'bce'?"
