"""Pixels drawn from grey values, once or at every draw, and what is measured on them."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import optae
from optae.datasets.dataset import Dataset
from optae.engines.hardware import Hardware
from optae.execution.verify import verify
from optae.experiments.experiment import Experiment
from optae.methods.first_order import rules as fo
from optae.methods.first_order.compiled_epochs import Epochs
from optae.model.binarization import BINARIZATIONS, ROWS, pixels_of, static_pixels
from optae.storage.folders import keep_run
from optae.storage.run import load_run

D = 6
WORDS = {"encoder": "relu", "decoder": "relu", "bottleneck": "gaussian"}
DYNAMIC, STATIC = (optae.Autoencoder([D, 5, 2], binarize=word, **WORDS) for word in BINARIZATIONS)


@pytest.fixture(scope="module")
def grey():
    return np.random.default_rng(5).random((40, D)).round(2)


@pytest.fixture(scope="module")
def stored(grey, tmp_path_factory):
    """A file of grey images."""
    path = tmp_path_factory.mktemp("grey") / "grey.npy"
    np.save(path, grey)
    return str(path)


def is_drawn(x):
    return bool(np.isin(x, (0, 1)).all())


def test_a_pixel_is_one_with_probability_its_grey_value():
    x = np.tile([0, 0.1, 0.5, 0.9, 1], (20_000, 1))
    found = static_pixels(x)
    assert is_drawn(found) and not found[:, 0].any() and found[:, 4].all()
    assert_allclose(found.mean(axis=0), x[0], atol=4 * 0.5 / np.sqrt(len(x)))
    assert abs(np.corrcoef(found[:, 1:4].T) - np.eye(3)).max() < 0.03


def test_pixels_do_not_change_with_the_number_of_rows_and_are_their_own_draw(grey, rng):
    many = np.tile(grey, (ROWS // len(grey) + 2, 1))
    assert_array_equal(static_pixels(many)[: len(grey)], static_pixels(grey))
    drawn = static_pixels(grey)
    assert static_pixels(drawn) is drawn
    assert_array_equal(pixels_of(drawn, rng), drawn)
    assert (static_pixels(grey, 1) != drawn).any()  # held-out images have draws of their own


@pytest.mark.parametrize("model", [STATIC, DYNAMIC], ids=["static", "dynamic"])
def test_problems_measure_pixels_that_no_seed_changes(model, grey):
    one, other = (optae.Problem(model, grey, heldout=grey, seed=seed) for seed in (0, 1))
    assert_array_equal(one.x, static_pixels(grey))
    assert_array_equal(one.x, other.x)
    assert_array_equal(one.heldout, other.heldout)
    assert is_drawn(one.heldout) and (one.heldout != one.x).any()
    theta = one.start()
    assert one.measure(theta) == optae.Problem(replace_word(model, None), one.x).measure(theta)
    again = replace(one, redrawn=1)
    assert_array_equal(again.source, one.source)


def replace_word(model, word):
    return optae.Autoencoder(**{**model.words, "binarize": word})


def test_static_pixels_are_in_every_draw_and_dynamic_ones_are_drawn_anew(grey):
    still, moving = (optae.Problem(model, grey) for model in (STATIC, DYNAMIC))
    for draw in islice(still.epochs(40, shuffle=False), 2):
        assert_array_equal(draw.target[0], still.x)
    a, b = (draw for draw in islice(moving.epochs(40, shuffle=False), 2))
    assert a.x is a.target and is_drawn(a.x) and (a.x != b.x).any()
    assert_array_equal(moving.objective().draw.target, optae.Problem(DYNAMIC, grey).objective().draw.target)
    assert (moving.objective().draw.x != moving.referee(1).draw.x).any()
    frozen = optae.Problem(DYNAMIC, grey, samples=3, fresh=False)
    a, b = (draw.x for draw in islice(frozen.epochs(120, shuffle=False), 2))
    assert_array_equal(a, b)
    assert (a[0, :40] != a[0, 40:80]).any()


def test_noise_is_added_to_the_drawn_pixels_and_the_target_is_these_pixels(grey, rng):
    model = optae.Autoencoder([D, 2], corruption="flip-exactly:1", binarize="dynamic")
    draw = model.draw(grey, rng)
    assert is_drawn(draw.target)
    assert_array_equal(abs(draw.x - draw.target).sum(axis=1), 1)


def test_the_loss_of_dynamic_pixels_is_on_average_that_of_the_grey_ones(grey):
    """The bce is linear in the target; here the codes do not depend on the pixels."""
    theta = DYNAMIC.init(0)
    for name, array in DYNAMIC.layout.unpack(theta).items():
        if name.startswith("encoder"):
            array[...] = 0
    means = [
        optae.Problem(model, grey).referee(2000)(theta) for model in (DYNAMIC, replace_word(DYNAMIC, None))
    ]
    assert means[0] == pytest.approx(means[1], rel=2e-3)


def test_compiled_epochs_draw_on_the_device(grey):
    def trained(epochs, seed=0):
        problem = optae.Problem(DYNAMIC, grey, engine="jax", seed=seed, heldout=grey)
        return optae.fit(
            problem, Epochs(fo.Adam(0.01), 8, hardware=Hardware("float32")), max_iterations=epochs
        )

    one, again, other = trained(3), trained(3), trained(3, 1)
    assert_array_equal(one.theta, again.theta)
    assert (one.theta != other.theta).any()
    assert one.heldout[0]["negative_elbo"] > one.heldout[-1]["misfit"] > 0


@pytest.mark.parametrize("method", ["adam", "l-bfgs"])
def test_methods_get_the_regime_of_noise(method, stored):
    known = Experiment(dataset=stored, arch=(D, 2), method=method, binarize="dynamic").resolved
    assert (known.regime, known.copies) == ("fresh" if method == "adam" else "frozen", 1)
    assert Experiment(dataset=stored, arch=(D, 2), method=method, binarize="static").resolved.regime is None


def test_a_stored_run_shows_the_pixels_and_reproduces(stored, tmp_path, grey):
    experiment = Experiment(
        stored, arch=(D, 3, 2), binarize="dynamic", bottleneck="gaussian", max_iterations=2.0, method="l-bfgs"
    )
    place, _ = keep_run(tmp_path / "run", experiment, experiment.data(), experiment.run())
    run = load_run(place)
    assert run.experiment.binarize == "dynamic" and run.experiment.regime == "frozen"
    assert_array_equal(run.data.x, static_pixels(grey))
    assert run.model == experiment.model(run.data) and run.model.dynamic
    assert verify(place).reproduces


def test_drawn_data_have_the_digest_of_their_grey_values(grey):
    data = Dataset("grey", grey, ("a",) * 40, (2, 3), "test")
    data = replace(data, heldout=data.take(slice(0, 9)))
    drawn = data.binary
    assert drawn.sha256 == data.sha256 and drawn.heldout.sha256 == data.heldout.sha256
    assert drawn.binary.x is drawn.x and data.binary is drawn
    assert_array_equal(drawn.take([3, 1]).x, drawn.x[[3, 1]])
    assert_array_equal(drawn.take([3, 1]).grey, grey[[3, 1]])


@pytest.mark.parametrize("word", BINARIZATIONS)
@pytest.mark.parametrize("loss", ["mse", "half_sse"])
def test_other_losses_are_refused_in_a_line(word, loss):
    with pytest.raises(ValueError, match=f"`binarize` {word}.*bce.*not {loss}.*leave one"):
        optae.Autoencoder([D, 2], loss=loss, binarize=word)


def test_wrong_words_and_data_are_refused_in_a_line(tmp_path):
    with pytest.raises(ValueError, match="unknown binarize 'dynamik'"):
        optae.Autoencoder([D, 2], binarize="dynamik")
    path = tmp_path / "large.csv"
    path.write_text("a,b\n0,2.5\n1,2\n")
    with pytest.raises(ValueError, match=r"holds 2.5 .*scale the values to \[0, 1\]"):
        Experiment(str(path), arch=(2, 1), binarize="static").data()
    with pytest.raises(ValueError, match="`binarize` static is for `model` autoencoder"):
        Experiment("digits", network="mlp", loss="cross_entropy", binarize="static")
