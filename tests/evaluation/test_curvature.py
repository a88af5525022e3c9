"""The curvature of a trained loss, held against dense matrices."""

import numpy as np
import pytest
import scipy.linalg
from commands import run
from numpy.testing import assert_allclose

from optae import MLP, Autoencoder, Gaussian, Objective, load_dataset
from optae.evaluation.curvature import MATRICES, curvature, draw_of, product, sharpness
from optae.methods.gauss_newton.linearised import Linearised
from optae.model.derivatives import gauss_newton_product

MODELS = {
    "bce": Autoencoder([6, 4, 2]),
    "mse": Autoencoder([6, 4, 2], loss="mse", latent="tanh"),
    "half_sse": Autoencoder([6, 3], loss="half_sse", bias=False),
    "variational": Autoencoder([6, 4, 2], bottleneck=Gaussian(0.5)),
    "classes": MLP([6, 4, 3], loss="cross_entropy"),
}


def problem(model):
    rng = np.random.default_rng(0)
    x = rng.random((9, 6))
    y = np.eye(3)[rng.integers(0, 3, 9)] if isinstance(model, MLP) else None
    return model.init(0) + 0.1 * rng.standard_normal(model.size), Objective(model, x, y)


@pytest.mark.parametrize("name", MODELS)
def test_products_are_those_of_the_matrix_that_lm_solves_with(name):
    """`Linearised` forms the same matrix from rows of its factor, in coordinates of its own."""
    model = MODELS[name]
    theta, f = problem(model)
    units = np.eye(model.size)
    matrix = np.array([gauss_newton_product(model, theta, unit, f.draw) for unit in units])
    assert_allclose(matrix, matrix.T, atol=1e-12)
    assert np.linalg.eigvalsh(matrix)[0] > -1e-12
    local = Linearised(model, f.draw, theta)
    steps = np.array([local.coordinates.outward(unit) for unit in units])
    assert_allclose(steps @ matrix @ steps.T, local.normal(), atol=1e-9)
    hessian = np.array([f.hvp(theta, unit) for unit in units])
    assert np.abs(hessian - matrix).max() > 1e-4  # they differ by the curvature of the network itself


def test_squared_errors_have_the_matrix_of_their_jacobian():
    model = MODELS["half_sse"]
    theta, f = problem(model)
    j, v = f.jacobian(theta), np.random.default_rng(1).standard_normal(model.size)
    assert_allclose(gauss_newton_product(model, theta, v, f.draw), j.T @ (j @ v), rtol=1e-9)


def test_the_hessian_of_a_linear_model_is_its_gauss_newton_matrix():
    model = MLP([3, 1], loss="mse")
    rng = np.random.default_rng(0)
    f = Objective(model, rng.random((7, 3)), rng.random((7, 1)))
    theta, v = rng.standard_normal(model.size), rng.standard_normal(model.size)
    assert_allclose(gauss_newton_product(model, theta, v, f.draw), f.hvp(theta, v), rtol=1e-12)


@pytest.mark.parametrize("matrix", MATRICES)
def test_the_largest_eigenvalues_of_2167_parameters_are_those_of_a_dense_matrix(matrix):
    model, data = Autoencoder([35, 20, 15, 2]), load_dataset("font2")
    theta, draw = model.init(0), draw_of(model, data.x)
    assert model.size == 2167
    found = curvature(model, theta, draw, matrix, 10, probes=1, steps=20)
    times = product(model, theta, draw, matrix)
    dense = np.array([times(unit) for unit in np.eye(model.size)])
    top = scipy.linalg.eigvalsh(dense, subset_by_index=(model.size - 10, model.size - 1))[::-1]
    assert_allclose(found.top, top, rtol=1e-8)
    assert sharpness(model, [theta], draw, matrix) == pytest.approx([top[0]], rel=1e-6)


def test_large_data_are_multiplied_in_slices(monkeypatch):
    model = MODELS["bce"]
    theta, f = problem(model)
    whole = product(model, theta, f.draw, "hessian")(np.ones(model.size))
    monkeypatch.setattr("optae.engines.slices.MANY", 12)
    monkeypatch.setattr("optae.engines.slices.SLICE", 12)
    assert_allclose(product(model, theta, f.draw, "hessian")(np.ones(model.size)), whole, rtol=1e-12)


def test_a_diverged_vector_is_said_and_its_sharpness_is_nan():
    model = MODELS["mse"]
    _, f = problem(model)
    theta = np.full(model.size, np.nan)
    assert np.isnan(sharpness(model, [theta], f.draw)).all()
    with pytest.raises(ValueError, match="not finite"):
        curvature(model, theta, f.draw)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    place = tmp_path_factory.mktemp("curvature") / "run"
    words = ("--dataset", "font2[ABCD]", "--arch", "35,3,2", "--method", "adam", "--max-evaluations", 40)
    assert run("train", *words, "--out", place).exit_code == 0
    return place


def test_the_command_prints_both_matrices_and_draws(stored, tmp_path):
    found = run("curvature", stored, "--top", 3, "--out", tmp_path / "c.svg")
    assert found.exit_code == 0, found.output
    assert "hessian" in found.output and "gauss-newton" in found.output
    assert "each of them computed" in (tmp_path / "c.svg").read_text()
    found = run("curvature", stored, "--probes", 2, "--out", tmp_path / "d.svg")
    assert "±" in found.output and "2 random vectors" in (tmp_path / "d.svg").read_text()


def test_plot_shows_how_training_unfolds_the_spectrum(stored, tmp_path):
    found = run("plot", "curvature", stored, "--out", tmp_path / "u.svg")
    assert found.exit_code == 0, found.output
    assert "From pale to dark" in (tmp_path / "u.svg").read_text()
