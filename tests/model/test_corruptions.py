"""Laws of every noise, and what makes each its own."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from places import TOP

import optae
from optae import load_dataset
from optae.model.corruptions import (
    CORRUPTIONS,
    Dropout,
    Flip,
    FlipExactly,
    GaussianNoise,
    Masking,
    SaltPepper,
    Shift,
    at_level,
    corruption,
    level_of,
    spelled,
)


@pytest.fixture(params=CORRUPTIONS)
def noise(request):
    return CORRUPTIONS[request.param]()


@pytest.fixture
def many(x):
    return np.tile(x, (300, 1))


def test_the_generator_alone_decides(noise, x):
    before = x.copy()
    a, b, c = (noise(x, np.random.default_rng(s)) for s in (0, 0, 1))
    assert_array_equal(a, b)
    assert a.shape == x.shape and (a != c).any()
    assert_array_equal(x, before)


def test_a_strength_of_zero_changes_nothing(noise, x, rng):
    assert_array_equal(at_level(noise, 0)(x, rng), x)


def test_more_strength_is_more_noise(noise, many, rng):
    weak, strong = (at_level(noise, s * level_of(noise)) for s in (1, 2))
    assert ((weak(many, rng) - many) ** 2).mean() < ((strong(many, rng) - many) ** 2).mean()


def test_the_spelling_is_read_back(noise):
    names = [noise.strength, *(name for name in ("range",) if hasattr(noise, name))]
    for word in (noise, *(replace(noise, **{name: 2 * getattr(noise, name)}) for name in names)):
        assert corruption(spelled(word)) == word
    assert corruption(None) is corruption("none") is spelled(None) is None


def test_noise_is_defined_in_the_unit_interval(noise, x, rng):
    for bad in (2 * x, x - 0.5, np.full((1, 35), np.nan)):
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            noise(bad, rng)


def test_every_noise_is_a_word_of_the_model(noise, x):
    model = optae.Autoencoder([35, 3], corruption=spelled(noise))
    assert model.corruption == noise and model.random
    assert optae.Autoencoder(**model.words) == model
    draw = optae.Objective(model, x, samples=2).draw
    assert_array_equal(draw.target, np.tile(x, (2, 1)))


def test_compiled_epochs_can_draw_it(noise, x):
    jax, epoch = pytest.importorskip("jax"), pytest.importorskip("optae.engines.jax_epoch")

    def drawn(seed):
        key = jax.random.key(seed)
        return noise(jax.numpy.asarray(x, "float32"), epoch.KeyNoise(key, "float32"))

    shape = jax.eval_shape(drawn, 0)
    assert shape.shape == x.shape and shape.dtype == "float32"
    if noise == Flip():  # its operators are compiled one by one, which takes a while
        a, b, c = (np.asarray(drawn(seed)) for seed in (0, 0, 1))
        assert_array_equal(a, b)
        assert 0.05 < (a != x).mean() < 0.15 and (a != c).any()


def test_how_often_each_hits(many, rng):
    changed = {
        Flip(0.2): 0.2,
        SaltPepper(0.2): 0.1,
        Masking(0.2): 0.2 * many.mean(),
        Shift(0.2): 0.2,
        GaussianNoise(0.2): 1.0,
        FlipExactly(7): 7 / 35,
    }
    for noise, share in changed.items():
        assert_allclose((noise(many, rng) != many).mean(), share, atol=4e-3)


def test_dropout_keeps_the_mean(many, rng):
    dropped = Dropout(0.2)(many, rng)
    assert_allclose(dropped.mean(), many.mean(), rtol=0.02)
    assert_allclose(np.unique(dropped), [0, 1.25])


def test_flip_exactly_flips_the_given_number_of_pixels(many, rng):
    for noise, k in {FlipExactly(0): 0, FlipExactly(35): 35, FlipExactly(level=0.3): 10}.items():
        flipped = noise(many, rng)
        assert_array_equal(abs(flipped - many).sum(axis=1), k)
    assert_allclose((FlipExactly(3)(many, rng) != many).mean(axis=0), 3 / 35, atol=0.015)
    assert len({int(abs(row).sum()) for row in Flip(0.1)(many, rng) - many}) > 5


def test_shifts_go_toward_the_opposite_colour_and_not_beyond(many, rng):
    moved = Shift(1, 0.5)(many, rng)
    assert ((moved > 0.5) == (many > 0.5)).all() and 0.24 < abs(moved - many).mean() < 0.26
    far = Shift(1, 3)(many, rng)
    assert far.min() == 0 and far.max() == 1 and ((far > 0.5) != (many > 0.5)).mean() > 0.5


def test_gaussian_noise_is_clipped_only_on_demand(many, rng):
    assert GaussianNoise(0.5)(many, rng).min() < 0
    clipped = GaussianNoise(0.5, clip=True)(many, rng)
    assert clipped.min() == 0 and clipped.max() == 1


@pytest.mark.parametrize(
    "word, reason",
    [
        ("flip:1.5", "p=1.5 is not a probability"),
        ("flip:-0.1", "0 to 1"),
        ("flip:nan", "probability"),
        ("dropout:1", "below 1"),
        ("flip-exactly:level=2", "probability"),
        ("flip-exactly:2.5", "whole number"),
        ("flip-exactly:-1", "from 0"),
        ("flip-exactly:3,0.1", "one of them"),
        ("shift:p=0.2,range=-1", "range=-1"),
        ("shift:p=0.2,p=0.3", "twice"),
        ("shift:0.1,0.2,0.3", "'0.3'"),
        ("shift:size=3", "its parameters are p, range"),
        ("gaussian:std=-1", "std=-1"),
        ("gaussian:0.1,clip=perhaps", "perhaps"),
        ("flip:often", "often"),
        ("flop", "did you mean 'flip'"),
        (3, "a noise is a name"),
    ],
)
def test_wrong_words(word, reason):
    with pytest.raises(ValueError, match="noise") as error:
        corruption(word)
    assert reason in str(error.value)


def test_more_flips_than_pixels_are_refused_with_the_model():
    with pytest.raises(ValueError, match="flips 36 pixels, and an image has 35"):
        optae.Autoencoder([35, 2], corruption="flip-exactly:36")


def test_the_kinds_of_noise_that_are_compared_change_letters_by_one_mean_square():
    spec = tomllib.loads((TOP / "benchmarks" / "denoising_kinds.toml").read_text(encoding="utf-8"))
    x = np.tile(load_dataset("font2[XHIR]").x, (4000, 1))
    change = {
        word: float(((corruption(word)(x, np.random.default_rng(0)) - x) ** 2).mean())
        for word in spec["noise"]
    }
    ink = x.mean()
    assert change.pop("flip-exactly:level=0.1") == pytest.approx(3 / 35)  # whole pixels
    assert change.pop("masking:0.2373") == pytest.approx(0.2373 * ink, rel=0.02)  # of another font's ink
    assert len(change) == 5 and all(value == pytest.approx(0.1, rel=0.05) for value in change.values())
