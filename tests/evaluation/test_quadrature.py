"""The log-likelihood by quadrature: against a finer sum in float64, importance samples, and a closed form."""

import numpy as np
import pytest
from commands import done, run
from optae.cli.summary import summary

import optae
from optae.evaluation import quadrature as room
from optae.evaluation.likelihood import likelihood
from optae.evaluation.quadrature import quadrature
from optae.experiments.experiment import Experiment
from optae.storage.folders import keep_run

X = (np.random.default_rng(2).random((12, 6)) < 0.4).astype(float)
VAE = ("--model", "vae", "--dataset", "emoji:6", "--epochs", 1, "--batch", 16)


def network(units, **words):
    return optae.Autoencoder([6, 5, units], **{"encoder": "tanh", "bottleneck": "gaussian", **words})


def summed(model, theta, side=401, reach=9.0):
    """log p(x) of each image by a sum over a grid, from decoded pixels in float64, (n,)."""
    rule = np.linspace(-reach, reach, side)
    z = np.stack(np.meshgrid(*[rule] * model.latent_width), axis=-1).reshape(-1, model.latent_width)
    y = model.decode(theta, z)
    inside = X @ np.log(y).T + (1 - X) @ np.log(1 - y).T
    prior = -(z**2).sum(axis=1) / 2 + model.latent_width * np.log((rule[1] - rule[0]) / np.sqrt(2 * np.pi))
    return np.log(np.exp(inside + prior).sum(axis=1))


@pytest.mark.parametrize("engine", ["numpy", "jax"])
@pytest.mark.parametrize("units", [1, 2])
def test_it_is_the_integral_over_the_codes(engine, units):
    model = network(units)
    theta = 2 * model.init(3)
    found, exact = quadrature(model, theta, X, engine=engine, points=120), summed(model, theta)
    assert found["negative_likelihood"] == pytest.approx(-exact.mean(), abs=2e-5)
    assert found["images_error"] == pytest.approx(exact.std(ddof=1) / np.sqrt(12), rel=1e-4)
    assert (found["likelihood_images"], found["likelihood_codes"]) == (12, 120**units)


def test_it_agrees_with_importance_samples():
    model = network(2)
    theta = model.init(5)
    exact, drawn = quadrature(model, theta, X, points=100), likelihood(model, theta, X, samples=20_000)
    assert abs(exact["negative_likelihood"] - drawn["negative_likelihood"]) < 4 * drawn["likelihood_error"]


def test_a_linear_decoder_has_a_normal_density():
    model = network(2, decoder="identity", output="identity", loss="half_sse")
    theta = model.init(4)
    weight = model.decode(theta, np.eye(2)) - (bias := model.decode(theta, np.zeros((1, 2))))
    covariance, centred = np.eye(6) + weight.T @ weight, X - bias
    squares = np.einsum("ni,ij,nj->n", centred, np.linalg.inv(covariance), centred)
    density = -(squares + np.linalg.slogdet(covariance)[1]) / 2  # the loss has no d log(2 pi) / 2
    found = quadrature(model, theta, X, points=100)["negative_likelihood"]
    assert found == pytest.approx(-density.mean(), abs=2e-5)


@pytest.mark.parametrize("points", [9, 12, 16, 24])
def test_a_coarse_grid_is_within_its_error(points):
    model = network(2)
    theta = 6 * model.init(3)
    found, exact = quadrature(model, theta, X, points=points), summed(model, theta)
    assert abs(found["negative_likelihood"] + exact.mean()) < found["likelihood_error"]


def test_slices_change_nothing_but_memory(monkeypatch):
    model = network(2)
    theta = model.init(3)
    whole = quadrature(model, theta, X, points=50)
    monkeypatch.setattr(room, "AT_ONCE", 12 * 333)
    assert quadrature(model, theta, X, points=50) == pytest.approx(whole, rel=1e-5, abs=1e-6)


def test_a_grid_reaches_beyond_the_farthest_code():
    model = network(1)
    theta = model.init(3)
    for name, array in model.layout.unpack(theta).items():
        if name == "encoder.1.bias":
            array[:1] = 40.0
    assert quadrature(model, theta, X, points=1500)["negative_likelihood"] == pytest.approx(
        -summed(model, theta).mean(), abs=2e-5
    )


@pytest.mark.parametrize("engine", ["numpy", "jax"])
@pytest.mark.parametrize("scale", [np.nan, 1e30, 1e40])
def test_a_diverged_network_has_no_likelihood_and_raises_nothing(engine, scale):
    model = network(2)
    assert np.isnan(
        quadrature(model, scale * model.init(3), X, engine=engine, points=8)["negative_likelihood"]
    )


def test_a_run_records_it_and_show_measures_it_again(tmp_path):
    words = {"bottleneck": "gaussian", "options": (("batch", 16),), "max_iterations": 1.0}
    experiment = Experiment("emoji:6", arch=(400, 9, 2), quadrature=40, **words)
    result = experiment.run()
    rows = summary(experiment, "bce", result, 5, 400)
    assert any("by quadrature over 1,600 codes" in text for row in rows for text in row.values())
    place, _ = keep_run(tmp_path / "run", experiment, experiment.data(), result)
    seen = optae.load_run(place).record["heldout"]
    again = done("show", place, "--quadrature", 40)
    assert f"{-seen['negative_likelihood']:.6g}, standard error" in again


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((*VAE, "--arch", "400,9,3", "--quadrature", 40), "at most 2 latent units, not 3"),
        ((*VAE, "--arch", "400,9,2", "--quadrature", 2), "at least 4 points"),
        ((*VAE, "--arch", "400,9,2", "--quadrature", 40, "--iwae", 9), "leave one out"),
        (("--dataset", "font2", "--quadrature", 40), "no evidence bound"),
    ],
)
def test_requests_that_cannot_be_met_are_refused_in_a_line(words, reason, tmp_path):
    result = run("train", *words, "--out", tmp_path / "run")
    assert result.exit_code == 2 and result.output.count("\n") == 1 and reason in result.output
