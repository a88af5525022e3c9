"""Compiled Powell walks SciPy's path: the same iterates and counts, for every activation and loss.

On the compiled loss it does so everywhere; on NumPy's, where the two losses have the same bits.
"""

import _thread
import threading
import time
from contextlib import suppress

import numpy as np
import pytest
from models import DECK_A, LOSSES_OF, predictor, targets_for
from numpy.testing import assert_array_equal
from scipy.optimize import minimize

import optae
from optae.methods.powell import method as powell_fast
from optae.methods.powell.method import Descent, PowellFast
from optae.model.corruptions import Masking
from optae.training.budget import Budget, Stop
from optae.training.trace import Trace

pytest.importorskip("numba", reason="powell-fast is compiled by numba: pip install optae[fast]")

SQUARES = [
    {"encoder": "identity", "decoder": "logistic:1.6", "bias": False, "loss": "half_sse"},
    {"encoder": "tanh", "latent": "logistic", "decoder": "relu", "loss": "mse"},
    {"encoder": "relu", "latent": "tanh", "decoder": "softplus", "output": "tanh", "loss": "mse"},
    {"encoder": "softplus", "decoder": "leaky-relu:0.1", "output": "identity:0.5", "loss": "half_sse"},
    {"encoder": "leaky-relu", "latent": "relu", "output": "softplus", "bias": False, "loss": "half_sse"},
]
ENTROPIES = [
    {"encoder": "tanh", "decoder": "tanh"},
    {"encoder": "relu", "decoder": "logistic:1.6", "bias": False, "init": "uniform"},
    {"decoder": "softplus", "output": "logistic:0.7", "corruption": Masking(0.3), "init": "he"},
]


class Path(Trace):
    """A trace that remembers where the descent was after each iteration."""

    def iteration(self, theta):
        self.path = [*getattr(self, "path", []), theta.copy()]
        super().iteration()


def ours(problem, iterations, **options):
    trace = Path(Budget(max_iterations=iterations))
    trace.begin(problem.start(), problem.objective())
    with suppress(Stop):
        PowellFast(**options).run(problem, problem.start(), trace)
    return trace


def scipys(f, start, iterations, **options):
    path = []

    def follow(theta):
        path.append(theta.copy())
        if len(path) == iterations:
            raise StopIteration

    found = minimize(f, start, method="Powell", callback=follow, options=options)
    return path, found.nfev


def compiled(problem):
    """The compiled loss of whole vectors, as a function for SciPy."""
    trace = Trace()
    trace.begin(problem.start(), problem.objective())
    descent = Descent(problem.objective(), problem.start(), trace, 0.01)
    return lambda theta: descent.visit(theta)


def same_bits(problem):
    """Whether the compiled loss gives NumPy's bits here: it knows the orders in which OpenBLAS adds."""
    f, rng = compiled(problem), np.random.default_rng(0)
    thetas = [problem.start() + rng.normal(size=problem.model.size) for _ in range(20)]
    return all(f(theta) == problem.objective()(theta) for theta in thetas)


def small(words, x, widths=(6, 5, 2)):
    return optae.Problem(optae.Autoencoder(widths, **words), x[:11, : widths[0]], samples=2, seed=3)


@pytest.mark.parametrize("words", SQUARES + ENTROPIES, ids=str)
def test_the_iterates_are_those_of_scipy_on_the_compiled_loss(words, x):
    problem = small(words, x)
    trace = ours(problem, 3)
    path, calls = scipys(compiled(problem), problem.start(), 3)
    assert trace.calls == calls
    assert_array_equal(trace.path, path)


@pytest.mark.parametrize("words", SQUARES + ENTROPIES, ids=str)
def test_the_iterates_are_those_of_scipy_on_the_numpy_loss(words, x):
    problem = small(words, x)
    if not same_bits(problem):
        pytest.skip("this BLAS adds in an order that powell-fast does not know")
    trace = ours(problem, 3, xtol=1e-3)
    path, calls = scipys(problem.objective(), problem.start(), 3, xtol=1e-3)
    assert trace.calls == calls
    assert_array_equal(trace.path, path)


@pytest.mark.parametrize("loss", LOSSES_OF)
@pytest.mark.parametrize("widths", [(6, 5, 4), (6, 3)], ids=str)
def test_the_iterates_are_those_of_scipy_on_a_network_that_predicts(loss, widths, rng):
    model = predictor(loss, widths=widths)
    problem = optae.Problem(model, *targets_for(model, rng), seed=3)
    trace = ours(problem, 2)
    for f in (compiled(problem), problem.objective()) if same_bits(problem) else (compiled(problem),):
        path, calls = scipys(f, problem.start(), 2)
        assert trace.calls == calls
        assert_array_equal(trace.path, path)


def test_the_iterates_are_those_of_scipy_on_the_network_of_deck_a(x):
    problem = optae.Problem(optae.Autoencoder([35, 20, 15, 2], **DECK_A, init="uniform"), x)
    if not same_bits(problem):
        pytest.skip("this BLAS adds in an order that powell-fast does not know")
    trace = ours(problem, 1)
    path, calls = scipys(problem.objective(), problem.start(), 1)
    assert trace.calls == calls
    assert_array_equal(trace.path, path)


WORDS = [SQUARES[0], SQUARES[1], ENTROPIES[0]]


@pytest.mark.parametrize("words", WORDS, ids=str)
@pytest.mark.parametrize(
    ("widths", "n"), [([35, 2], 32), ([35, 20, 15, 2], 4), ([12, 13, 3], 28), ([5, 4, 2, 3, 5], 8)], ids=str
)
def test_the_loss_has_numpys_bits_for_fours_of_samples_and_layers_of_two_or_more(widths, n, words, x):
    if not same_bits(optae.Problem(optae.Autoencoder([35, 20, 15, 2], **DECK_A, init="uniform"), x)):
        pytest.skip("this BLAS adds in an order that powell-fast does not know")
    assert same_bits(optae.Problem(optae.Autoencoder(widths, **words), x[:n, : widths[0]]))


@pytest.mark.parametrize("words", WORDS, ids=str)
@pytest.mark.parametrize(
    ("widths", "n"), [([35, 5, 1], 32), ([12, 6, 3, 1], 12), ([35, 20, 15, 2], 31), ([35, 3], 1)], ids=str
)
def test_elsewhere_it_differs_by_roundings_and_the_path_is_scipys_on_that_loss(widths, n, words, x):
    problem = optae.Problem(optae.Autoencoder(widths, **words), x[:n, : widths[0]])
    f, rng = compiled(problem), np.random.default_rng(0)
    for theta in (problem.start() + rng.normal(size=problem.model.size) for _ in range(10)):
        assert f(theta) == pytest.approx(problem.objective()(theta), rel=1e-13)
    trace = Path(Budget(max_evaluations=300))
    trace.begin(problem.start(), problem.objective())
    with suppress(Stop):
        PowellFast().run(problem, problem.start(), trace)
    values = []
    minimize(
        lambda theta: values.append(f(theta)) or values[-1],
        problem.start(),
        method="Powell",
        options={"maxfev": 300},
    )
    assert trace.best.value == min(values[:300])


@pytest.mark.parametrize("words", WORDS, ids=str)
def test_kept_values_equal_those_of_a_whole_pass(words, x):
    """Nothing drifts: after many line searches the loss is that of a fresh pass, to the last bit."""
    problem = small(words, x)
    trace = Trace()
    trace.begin(problem.start(), problem.objective())
    descent = Descent(problem.objective(), problem.start(), trace, 1e-2)
    for _ in range(12):
        before = descent.value
        descent.extrapolate(before, *descent.sweep())
    value, theta = descent.value, descent.theta.copy()
    assert descent.visit(theta) == value
    assert problem.objective()(theta) == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize("count", [1, 2, 17, 1000, 4321])
def test_evaluations_are_exact_and_the_best_of_them_is_kept(count, x):
    problem = small(SQUARES[0], x)
    result = optae.fit(problem, PowellFast(), max_evaluations=count)
    assert result.status == "max_evaluations" and result.evaluations["value"] == count
    values, f = [], compiled(problem)
    minimize(
        lambda theta: values.append(f(theta)) or values[-1],
        problem.start(),
        method="Powell",
        options={"maxfev": count},
    )
    assert result.rows[-1].best == min(values[:count])
    assert problem.objective()(result.theta) == pytest.approx(min(values[:count]), rel=1e-13)


def test_seconds_are_obeyed_and_compilation_is_not_solving(x):
    problem = optae.Problem(optae.Autoencoder([35, 20, 15, 2], **DECK_A, init="uniform"), x)
    result = optae.fit(problem, PowellFast(ftol=0.0), max_seconds=0.3)
    assert result.status == "max_seconds"
    assert 0.3 <= result.seconds["solve"] < 0.6 and result.seconds["compile"] > 0


def test_a_target_ends_it(x):
    problem = small(SQUARES[0], x)
    result = optae.fit(problem, PowellFast(), target=0.5, max_seconds=60)
    assert result.status == "target" and result.value <= 0.5


def test_it_converges_where_scipy_does(x):
    problem = small(SQUARES[0], x)
    result = optae.fit(problem, PowellFast(ftol=1e-2), max_seconds=60)
    f = compiled(problem)
    found = minimize(f, problem.start(), method="Powell", options={"ftol": 1e-2})
    assert (result.status, result.message) == ("converged", found.message)
    assert (result.iterations, result.evaluations["value"]) == (found.nit, found.nfev)


def test_ctrl_c_ends_the_run_at_once(x):
    problem = optae.Problem(optae.Autoencoder([35, 20, 15, 2], **DECK_A, init="uniform"), x)
    optae.fit(problem, PowellFast(), max_evaluations=1)  # compiled by now
    pressed = []

    def press():
        pressed.append(time.perf_counter())
        _thread.interrupt_main()

    threading.Timer(0.3, press).start()
    result = optae.fit(problem, PowellFast(ftol=0.0), max_seconds=20)
    assert result.status == "interrupted" and result.rows[-1].best < result.rows[0].best
    assert time.perf_counter() - pressed[0] < 0.5  # the busiest machine included


@pytest.mark.parametrize("swift", [True, False])
def test_a_logistic_layer_is_numpys_by_either_exponential(swift, x, monkeypatch):
    from optae.methods.powell import exponential as powell_exp

    if swift and not powell_exp.is_numpys():
        pytest.skip("NumPy's exponential is not the GNU C library's here")
    monkeypatch.setattr(powell_exp, "is_numpys", lambda: swift)
    problem = small({"encoder": "logistic:30", "decoder": "logistic", "loss": "mse", "init": "uniform"}, x)
    f, rng = compiled(problem), np.random.default_rng(0)
    for scale in (1e-12, 1.0, 30.0, 1e3, 1e100):
        theta = scale * rng.normal(size=problem.model.size)
        assert f(theta) == pytest.approx(problem.objective()(theta), rel=1e-14)


@pytest.mark.parametrize("words", [SQUARES[0], SQUARES[3], ENTROPIES[0]], ids=str)
@pytest.mark.parametrize("size", [1e20, 1e155, 1e300])
def test_huge_weights_do_no_harm(words, size, x):
    problem = small(words, x)
    start = size * problem.start()
    trace = Trace(Budget(max_iterations=2))
    with np.errstate(all="ignore"):
        trace.begin(start, problem.objective())
        first = trace.best.value
        with suppress(Stop):
            PowellFast().run(problem, start, trace)
    assert trace.best.value <= first and np.isfinite(trace.best.theta).all()


def test_a_sampled_bottleneck_is_refused(x):
    model = optae.Autoencoder([6, 2], bottleneck=optae.Gaussian())
    with pytest.raises(ValueError, match="not support a sampled bottleneck; use powell"):
        optae.fit(optae.Problem(model, x[:, :6]), PowellFast(), max_evaluations=5)


def test_without_numba_the_remedy_is_named(x, monkeypatch):
    monkeypatch.setattr(powell_fast, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install optae\[fast\]"):
        optae.fit(small(SQUARES[0], x), PowellFast(), max_evaluations=5)


@pytest.mark.parametrize("options", [{"xtol": -1.0}, {"ftol": float("nan")}])
def test_tolerances_below_zero_are_refused(options):
    with pytest.raises(ValueError, match="give a number from 0"):
        PowellFast(**options)
