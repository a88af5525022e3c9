"""Pictures of curves: ink along a parabola through three points, in whole grey levels, always the same."""

import hashlib

import numpy as np
from numpy.testing import assert_allclose

from optae.datasets import DATASETS
from optae.datasets.curve_images import MARGIN, SIDE, _ink, drawn
from optae.engines.streams import CURVES, stream


def test_pictures_are_those_of_every_machine():
    pictures = drawn(40)
    levels = np.rint(255 * pictures)
    assert pictures.shape == (40, 784) and np.array_equal(levels / 255, pictures)
    assert pictures.min() == 0 and pictures.max() > 0.8
    digest = hashlib.sha256(levels.astype(np.uint8).tobytes()).hexdigest()
    assert digest.startswith("9f9e116c65ca9daa")


def test_the_points_lie_on_the_curve():
    """Where a point's pixel is, there is ink; far from the box of the points there is none."""
    points = stream(0, CURVES).uniform(MARGIN, SIDE - MARGIN, (40, 3, 2))
    for picture, three in zip(drawn(40).reshape(-1, SIDE, SIDE), points, strict=True):
        for x, y in three:
            assert picture[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2].max() > 0.15
        assert 0 < picture.sum() < 200


def test_ink_grows_with_the_length_of_the_path_through_a_pixel():
    t = np.linspace(0, 1, 64)[:, None]
    short, long = (np.array([14.0, 14.5]) + length * (t - 0.5) * np.array([1.0, 0.0]) for length in (4, 16))
    one, other = _ink(np.stack([short, long])).reshape(2, SIDE, SIDE)
    assert_allclose(one[14, 14], other[14, 14], atol=2 / 255)
    assert other.sum() > 3 * one.sum()


def test_a_third_is_held_out():
    found = DATASETS["curves-like"]()
    assert (len(found), len(found.heldout)) == (20_000, 10_000)
    assert not np.array_equal(found.x[:10_000], found.heldout.x)
