"""Large data are taken slice by slice: the numbers are those of the whole, in little more memory."""

import tracemalloc
from importlib import import_module

import numpy as np
import pytest
from models import MODELS
from numpy.testing import assert_allclose

import optae
from optae.engines import slices as slicing
from optae.evaluation.latent import plane_of
from optae.methods.gauss_newton.linear import SOLVERS
from optae.methods.gauss_newton.linearised import Linearised
from optae.methods.gauss_newton.method import GaussNewton
from optae.methods.gauss_newton.sliced import Sliced

METHOD = import_module("optae.methods.gauss_newton.method")
PIXELS, SAMPLES = 128, 12_000  # 12 MB
MOST = {"adam": 0.5, "adam:batch": 1.5, "l-bfgs": 0.5, "lm": 1.8, "trust-ncg": 0.5}  # times the data
WORDS = {"adam:batch": {"batch": 1000}, "lm": {"solver": "cg", "damping": 100}}
LIMITS = {"adam:batch": 2.5, "lm": 40}  # evaluations: into the third epoch, and the second linearisation


def both(model, x, y=None, samples=30):
    """The whole linearised, and in slices of unequal sizes; what each was charged."""
    theta = model.init(1)
    draw = optae.Objective(model, x[:samples], y).draw
    charged = [], []
    whole = Linearised(model, draw, theta, lambda kind, count: charged[0].append((kind, count)))
    parts = [slice(0, 13), slice(13, 26), slice(26, samples)]
    sliced = Sliced(parts, model, draw, theta, lambda kind, count: charged[1].append((kind, count)))
    return whole, sliced, charged


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_linearisation_in_slices_is_that_of_the_whole(model, x, rng):
    whole, sliced, charged = both(model, x)
    assert whole.shape == sliced.shape
    grad = whole.pull(whole.residuals)
    q = grad + np.abs(grad).max() * rng.standard_normal(model.size)
    for found, wanted in (
        (sliced.pull(sliced.residuals), grad),
        (sliced.product(q), whole.product(q)),
        (sliced.step(q), whole.step(q)),
        (sliced.residuals, whole.residuals),
    ):
        assert_allclose(found, wanted, rtol=1e-9, atol=1e-11 * np.abs(wanted).max())
    assert charged[0] == charged[1]


def test_the_solvers_take_the_same_step_in_slices(x):
    whole, sliced, _ = both(optae.Autoencoder([35, 4, 2], decoder="logistic"), x)
    for solver, close in {"parameters": 1e-9, "cg": 1e-2}.items():  # cg ends early
        steps = [SOLVERS[solver](local)(0.1)(local.residuals) for local in (whole, sliced)]
        assert_allclose(*steps, rtol=0, atol=close * np.abs(steps[0]).max())
    with pytest.raises(ValueError, match="choose cg"):
        sliced.gram()


def test_lm_and_hessian_products_in_slices(x, rng, monkeypatch):
    model = optae.Autoencoder([35, 5, 2], decoder="logistic")
    problem, few = optae.Problem(model, x), {"max_iterations": 3}
    theta, v = problem.start(), rng.standard_normal(model.size)
    product, found = (
        problem.objective().hvp(theta, v),
        optae.fit(problem, GaussNewton(solver="parameters"), **few),
    )
    monkeypatch.setattr(slicing, "MANY", 35 * 9)
    monkeypatch.setattr("optae.engines.numpy.SLICE", 35 * 5)
    monkeypatch.setattr(METHOD, "SLICE", 35 * 7)
    problem = optae.Problem(model, x)
    assert_allclose(problem.objective().hvp(theta, v), product, rtol=1e-9, atol=1e-12)
    again = optae.fit(problem, GaussNewton(solver="parameters"), **few)
    assert again.value == pytest.approx(found.value, rel=1e-6) and again.iterations == found.iterations == 3


@pytest.fixture(scope="module")
def many():
    """Random images, and a model of them."""
    x = np.random.default_rng(0).random((SAMPLES, PIXELS))
    return optae.Autoencoder([PIXELS, 8, 2], decoder="logistic"), x


@pytest.mark.parametrize("name", MOST)
def test_large_data_are_not_copied(many, name, monkeypatch):
    """Beside the data, a run takes a share of their memory; lm has residuals, batches a shuffled copy."""
    model, x = many
    monkeypatch.setattr(slicing, "MANY", x.size // 2)
    for module in ("optae.engines.slices", "optae.engines.numpy"):
        monkeypatch.setattr(f"{module}.SLICE", 30_000)
    monkeypatch.setattr(METHOD, "SLICE", 30_000)
    problem = optae.Problem(model, x)
    method = optae.METHODS[name.partition(":")[0]](**WORDS.get(name, {}))
    tracemalloc.start()
    try:
        result = optae.fit(problem, method, max_evaluations=LIMITS.get(name, 2))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.rows[-1].evaluations >= LIMITS.get(name, 2)
    assert peak < MOST[name] * x.nbytes


def test_the_plane_of_many_codes_takes_little_memory(rng):
    codes = rng.standard_normal((20_000, 6)) * [9, 8, 1, 1, 1, 1]
    tracemalloc.start()
    plane = plane_of(codes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * codes.nbytes
    assert_allclose(np.abs(plane.axes) @ np.eye(6, 2), np.eye(2), atol=0.05)
