"""Methods in one picture are told apart, by people who see colours differently too."""

from itertools import combinations

import numpy as np
import pytest

from optae import METHODS
from optae.figures.palette import PALETTE, PLACES, looks

# Linear RGB as seen with each deficiency in full (Machado, Oliveira and Fernandes, 2009).
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
LEAST = 15  # CIE 1976 distance; 2.3 is just noticeable


def alone(methods):
    """Each method as a series of its own."""
    return looks(dict(zip(methods, methods, strict=True)))


def lab(color, sight):
    """A colour in CIE L*a*b* (D65) as somebody with that sight has it."""
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x = to_xyz @ (SIGHT[sight] @ linear).clip(0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(x > (6 / 29) ** 3, np.cbrt(x), x * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_the_palette_is_readable(sight):
    points = {color: lab(color, sight) for color in PALETTE}
    distances = {pair: np.linalg.norm(points[pair[0]] - points[pair[1]]) for pair in combinations(PALETTE, 2)}
    assert min(distances.values()) > LEAST, min(distances, key=distances.get)


def test_every_method_has_its_place_and_all_in_one_picture_look_different():
    assert sorted(PLACES) == sorted(METHODS)
    found = alone(PLACES)
    assert len({(look.color, look.marker) for look in found.values()}) == len(PLACES)


def test_any_seven_methods_have_seven_colours_whatever_their_order():
    rng = np.random.default_rng(0)
    names = [*METHODS, "optax:lion", "optax:sgd", "mine"]
    for size in [*range(1, 8)] * 40:
        chosen = rng.choice(names, size, replace=False).tolist()
        found = alone(chosen)
        assert len({look.color for look in found.values()}) == size
        assert len({look.marker for look in found.values()}) == size
        assert found == alone(chosen[::-1])


def test_more_than_seven_share_colours_evenly_and_never_a_colour_with_its_marker():
    rng = np.random.default_rng(1)
    for size in range(8, len(METHODS)):
        found = alone(rng.choice(list(METHODS), size, replace=False).tolist()).values()
        colours = [look.color for look in found]
        assert len({(look.color, look.marker) for look in found}) == size
        assert len({(look.color, look.dash) for look in found}) == size
        assert max(map(colours.count, PALETTE)) - min(map(colours.count, PALETTE)) <= 1


def test_a_method_keeps_its_look_unless_another_of_the_picture_has_its_colour():
    whole = alone(PLACES)
    usual = ["lm", "adam", "powell", "l-bfgs"]
    assert alone(usual) == {name: whole[name] for name in usual}
    for name in PLACES:
        assert alone([name])[name] == whole[name]


def test_settings_of_one_method_share_its_colour_and_marker():
    found = looks({"adam lr=0.1": "adam", "powell": "powell", "adam lr=1": "adam"})
    one, other = found["adam lr=0.1"], found["adam lr=1"]
    assert (one.color, one.marker) == (other.color, other.marker)
    assert one.dash != other.dash and one.fill != other.fill and one.color != found["powell"].color
