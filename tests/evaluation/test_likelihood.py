"""The log-likelihood by importance samples: against quadrature, and with errors that hold."""

import numpy as np
import pytest
from commands import done, run
from numpy.testing import assert_array_equal
from optae.cli.summary import summary

import optae
from optae.evaluation import likelihood as room
from optae.evaluation.likelihood import likelihood, spread
from optae.experiments.experiment import Experiment
from optae.storage.folders import keep_run

MODEL = optae.Autoencoder([6, 5, 1], encoder="tanh", bottleneck="gaussian")
X = (np.random.default_rng(2).random((12, 6)) < 0.4).astype(float)
VAE = ("--model", "vae", "--dataset", "emoji:6", "--arch", "400,9,2", "--epochs", 1, "--batch", 16)


@pytest.fixture(scope="module")
def theta():
    """A vector whose q(z | x) is a little off the prior, and wide enough that no weight is too large."""
    theta = 2 * MODEL.init(3)
    for name, array in MODEL.layout.unpack(theta).items():
        if name.startswith("encoder"):
            array *= 0.15
    return theta


@pytest.fixture(scope="module")
def exact(theta):
    """log p(x) of each image by the trapezoidal rule over its one latent unit, (n,)."""
    z = np.linspace(-12, 12, 4001)[:, None]
    y = MODEL.decode(theta, z)
    joint = X @ np.log(y).T + (1 - X) @ np.log(1 - y).T - z[:, 0] ** 2 / 2 - np.log(2 * np.pi) / 2
    return np.log(np.trapezoid(np.exp(joint), z[:, 0], axis=1))


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_it_is_the_integral_over_the_codes(engine, theta, exact):
    found = likelihood(MODEL, theta, X, engine=engine, samples=20_000)
    assert abs(found["negative_likelihood"] + exact.mean()) < 4 * found["likelihood_error"] < 0.02
    assert found["images_error"] == pytest.approx(exact.std(ddof=1) / np.sqrt(12), rel=0.05)


def test_the_error_is_that_of_repeated_estimates(theta):
    found = [likelihood(MODEL, theta, X, samples=200, seed=seed) for seed in range(60)]
    spread_of = np.std([one["negative_likelihood"] for one in found], ddof=1)
    assert np.mean([one["likelihood_error"] for one in found]) == pytest.approx(spread_of, rel=0.3)


def test_slices_change_nothing_but_memory(theta, monkeypatch):
    whole = likelihood(MODEL, theta, X, samples=600)
    monkeypatch.setattr(room, "AT_ONCE", 600 * len(X))
    monkeypatch.setattr(room, "CODES", 600)
    assert likelihood(MODEL, theta, X, samples=600) == pytest.approx(whole, abs=0.05)
    monkeypatch.setattr(room, "CODES", 7)
    assert likelihood(MODEL, theta, X, samples=600) == pytest.approx(whole, abs=0.05)


def test_a_part_of_the_images_is_evenly_spread(theta):
    assert_array_equal(spread(10_000, 5), [0, 2499, 4999, 7499, 9999])
    found = likelihood(MODEL, theta, X, samples=2, images=5)
    assert (found["likelihood_images"], found["likelihood_samples"]) == (5, 2)


def test_a_run_records_it_and_show_measures_it_again(tmp_path):
    words = {"bottleneck": "gaussian", "options": (("batch", 16),), "max_iterations": 1.0}
    experiment = Experiment("emoji:6", arch=(400, 9, 2), iwae=30, iwae_images=4, **words)
    result = experiment.run()
    rows = summary(experiment, "bce", result, 5, 400)
    assert any("by 30 samples of 4 images" in text for row in rows for text in row.values())
    place, _ = keep_run(tmp_path / "run", experiment, experiment.data(), result)
    seen = optae.load_run(place).record["heldout"]
    assert seen["likelihood_images"] == 4 and seen["negative_likelihood"] > 0
    again = done("show", place, "--iwae", 30, "--iwae-images", 4)
    assert f"{-seen['negative_likelihood']:.6g}, standard error" in again


@pytest.mark.parametrize(
    "words",
    [
        (*VAE, "--iwae-images", 4),
        ("--dataset", "font2", "--iwae", 9),
        ("--model", "vae", "--dataset", "font2", "--iwae", 9, "--epochs", 1),
    ],
)
def test_requests_that_cannot_be_met_are_refused_in_a_line(words, tmp_path):
    result = run("train", *words, "--out", tmp_path / "run")
    assert result.exit_code == 2 and result.output.count("\n") == 1 and "Error: " in result.output
