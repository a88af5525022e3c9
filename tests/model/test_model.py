"""The model, its layout, and the library's public face."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.optimize
from numpy.testing import assert_allclose

import optae
from optae.evaluation.metrics import Target, measure, wrong_pixels
from optae.model.activations import Logistic
from optae.model.corruptions import GaussianNoise, Masking
from optae.model.network import full_widths


def test_the_issue_in_the_readme_works():
    data = optae.load_dataset("font2")
    model = optae.Autoencoder(
        [35, 20, 15, 2, 15, 20, 35],
        encoder="identity",
        latent="identity",
        decoder="logistic:1.6",
        bias=False,
        loss="half_sse",
    )
    f = optae.Objective(model, data.x, engine="numpy")
    theta = model.init(seed=0)
    assert theta.shape == (2060,)
    few = {"options": {"maxiter": 3}}
    found = scipy.optimize.minimize(f, theta, jac=f.grad, hessp=f.hvp, method="trust-krylov", **few)
    assert found.fun < f(theta)
    squares = scipy.optimize.least_squares(f.residuals, theta, jac=f.jacobian, max_nfev=2)
    assert_allclose(squares.cost, f(squares.x), rtol=1e-12)
    assert model.reconstruct(theta, data.x).shape == data.x.shape
    z = model.encode(theta, data.x)
    assert z.shape == (32, 2) and model.decode(theta, z).shape == (32, 35)
    assert_allclose(model.decode(theta, z), model.reconstruct(theta, data.x))
    result = optae.fit(optae.Problem(model, data.x), optae.METHODS["adam"](lr=3e-3), max_seconds=0.2)
    assert result.value < f(theta)


def test_unpack_gives_views_in_the_vectors_order():
    model = optae.Autoencoder([35, 4, 2])
    theta = np.zeros(model.size)
    for i, array in enumerate(model.layout.unpack(theta).values()):
        array[...] = i
    assert (np.diff(theta) >= 0).all() and theta[-1] == 7
    assert list(model.layout.shapes)[:2] == ["encoder.0.weight", "encoder.0.bias"]


def test_every_parameter_matters(model, x):
    """An objective that ignores part of its vector has a gradient that is zero there, at every start."""
    f = optae.Objective(model, x)
    touched = sum(np.abs(f.grad(model.init(seed) + 0.1)) for seed in range(3))
    blind = {name for name, at, _ in model.layout.slots if not touched[at].any()}
    assert not blind


def test_activations_stay_real():
    """Deck A's np.vectorize cast activations to integers."""
    model = optae.Autoencoder([35, 5, 2], encoder="relu")
    y = model.reconstruct(model.init(0), np.eye(35))
    assert y.dtype == np.float64 and not np.isin(y, (0, 1)).any()


def test_a_logistic_layer_is_exact_and_never_overflows():
    a = np.array([-1e300, -745.0, -40.0, -1e-20, 0.0, 3.0, 40.0, 1e300])
    expected = [0.0, 0.0, 1 / (1 + np.exp(40.0)), 0.5, 0.5, 1 / (1 + np.exp(-3.0)), 1.0, 1.0]
    assert_allclose(Logistic()(a.copy()), expected, rtol=1e-15, atol=1e-200)


def test_starts_are_seeded_and_as_defined():
    for init, bound in (("uniform", 1.0), ("glorot", (6 / 39) ** 0.5)):
        model = optae.Autoencoder([35, 4], init=init)
        theta = model.init(3)
        assert_allclose(theta, model.init(3))
        weights = model.layout.unpack(theta)["encoder.0.weight"]
        assert 0.9 * bound < np.abs(weights).max() <= bound
        assert not model.layout.unpack(theta)["encoder.0.bias"].any()
    he = optae.Autoencoder([100, 300], init="he")
    assert_allclose(he.layout.unpack(he.init(0))["encoder.0.weight"].std(), (2 / 100) ** 0.5, rtol=0.02)


def test_the_output_defaults_to_an_activation_in_the_unit_interval():
    assert optae.Autoencoder([35, 2], decoder="logistic:1.6").words["output"] == "logistic:1.6"
    assert optae.Autoencoder([35, 2], decoder="tanh").words["output"] == "logistic"
    assert optae.Autoencoder([35, 2], decoder="tanh", output="relu", loss="mse").words["output"] == "relu"


def test_words_build_the_model_again(model):
    again = optae.Autoencoder(**model.words)
    assert again == model and hash(again) == hash(model)


@pytest.mark.parametrize(
    "widths, words",
    [
        ([35, 15, 15, 35], "even length"),
        ([35], "too short"),
        ([], "too short"),
        ([35, 0, 35], "whole numbers from 1"),
        ([35, -2, 35], "whole numbers from 1"),
        ([35, 2.5, 35], "whole numbers from 1"),
        ([35, True, 35], "whole numbers from 1"),
        ([35, 10**7, 35], "wider"),
    ],
)
def test_invalid_widths_are_refused(widths, words):
    with pytest.raises(ValueError, match=words):
        full_widths(widths)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"encoder": "sigmoyd"}, "unknown activation"),
        ({"encoder": "tan"}, "did you mean 'tanh'"),
        ({"decoder": "logistic:"}, "not a parameter"),
        ({"decoder": "logistic:-1"}, "must be positive"),
        ({"decoder": "tanh:2"}, "takes no parameter"),
        ({"encoder": 3}, "a name such as"),
        ({"loss": "bxe"}, "did you mean 'bce'"),
        ({"init": "xavier"}, "unknown init"),
        ({"output": "relu", "loss": "bce"}, "needs a logistic output"),
        ({"bottleneck": optae.Gaussian(), "latent": "tanh"}, "needs latent 'identity'"),
    ],
)
def test_invalid_words_of_a_model_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        optae.Autoencoder([35, 2], **options)


@pytest.mark.parametrize(
    "x, words",
    [
        (np.full((2, 35), np.nan), "nan at sample 0, pixel 0"),
        (np.full((2, 35), np.inf), "inf at sample"),
        (np.full((2, 35), 255.0), "scale them"),
        (np.full((2, 35), -0.1), "scale them"),
        (np.zeros((2, 36)), "36 pixels do not fit"),
        (np.zeros(35), "shape"),
        (np.zeros((0, 35)), "at least one sample"),
    ],
)
def test_data_that_do_not_fit(x, words):
    with pytest.raises(ValueError, match=words):
        optae.Objective(optae.Autoencoder([35, 2]), x)


def test_metrics_are_as_defined():
    x = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    assert_allclose(wrong_pixels(np.array([[0.6, 0.6, 0.5, 0.4], [1, 1, 0, 0]]), x), [2, 0])
    model = optae.Autoencoder([4, 2], loss="half_sse")
    theta = model.init(0)
    y, metrics = model.reconstruct(theta, x), measure(model, theta, x)
    assert_allclose(metrics["half_sse"], 0.5 * ((x - y) ** 2).sum(axis=1).mean())
    assert_allclose(metrics["mse"], ((x - y) ** 2).mean())
    assert_allclose(metrics["bce"], -(x * np.log(y) + (1 - x) * np.log(1 - y)).sum(axis=1).mean())
    assert metrics["max_pixel_error"] == wrong_pixels(y, x).max()


def test_metrics_say_where_bce_is_not_defined(x):
    model = optae.Autoencoder([35, 2], output="identity", loss="mse")
    assert np.isnan(measure(model, model.init(0), x)["bce"])


def test_every_loss_of_pixels_agrees_with_its_metric(x):
    for loss in (name for name, criterion in optae.LOSSES.items() if not criterion.classes):
        model = optae.Autoencoder([35, 3], loss=loss)
        theta = model.init(1)
        assert_allclose(optae.Objective(model, x)(theta), measure(model, theta, x)[loss], rtol=1e-12)


def test_targets():
    assert Target(0.5).met(0.5) and not Target(0.5).met(0.6)
    assert Target(30, "exact").met(31) and not Target(30, "exact").met(29)
    for text in ("abc", "exact=", "exakt=3", "nan", "max_pixel_error=zero"):
        with pytest.raises(ValueError, match=r"target"):
            Target.parse(text)


def test_draws_are_frozen_by_their_seed_and_leave_the_target_clean(x):
    for corruption in (Masking(0.3), GaussianNoise(0.2)):
        model = optae.Autoencoder([35, 2], corruption=corruption)
        a, b, c = (optae.Objective(model, x, seed=s, samples=3).draw for s in (0, 0, 1))
        assert_allclose(a.x, b.x)
        assert (a.x != c.x).any() and (a.target == np.tile(x, (3, 1))).all()


def test_import_is_light():
    code = (
        "import optae, sys; print([m for m in ('jax', 'pandas', 'matplotlib', 'rich') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_help_is_light():
    code = (
        "import sys\nfrom optae.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('jax', 'pandas', 'matplotlib') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip().endswith("[]")
