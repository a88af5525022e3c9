"""Planes, windows and walks of latent codes."""

import numpy as np
import pytest

from optae.evaluation import latent


@pytest.mark.parametrize("width", [1, 2])
def test_codes_of_a_line_or_plane_are_shown_as_they_are(rng, width):
    codes = rng.normal(size=(9, width))
    plane = latent.plane_of(codes)
    assert (plane.points(codes) == codes).all() and plane.explained == () and not plane.flat


def test_codes_of_more_dimensions_are_shown_on_the_principal_plane(rng):
    codes = rng.normal(size=(200, 5)) * [9, 4, 1, 0.1, 0.1] + 3
    plane = latent.plane_of(codes)
    values, vectors = np.linalg.eigh(np.cov(codes.T))
    assert plane.flat
    assert np.allclose(plane.explained, values[::-1][:2] / values.sum())
    assert np.allclose(np.abs(plane.axes @ vectors[:, ::-1][:, :2]), np.eye(2), atol=1e-8)


def test_points_of_the_plane_go_to_codes_and_back(rng):
    plane = latent.plane_of(rng.normal(size=(20, 4)))
    points = rng.normal(size=(7, 2))
    assert np.allclose(plane.points(plane.codes(points)), points)


@pytest.mark.parametrize("codes", [np.zeros((3, 4)), np.ones((1, 3)), np.full((4, 3), np.nan)])
def test_codes_without_spread_have_a_plane_too(codes):
    plane = latent.plane_of(codes)
    assert np.isfinite(plane.axes).all() and np.isfinite(plane.points(codes)).all()


def test_a_frame_holds_all_points_of_an_even_cloud(rng):
    points = rng.uniform(-3, 5, (50, 2))
    assert latent.inside(points, latent.frame(points)).all()


def test_a_frame_leaves_one_far_point_outside(rng):
    points = np.vstack([rng.normal(size=(50, 2)), [1e6, 0]])
    seen = latent.inside(points, latent.frame(points))
    assert seen[:50].all() and not seen[50]


def test_a_grid_covers_its_window_evenly():
    points = latent.grid((0.0, 1.0, 0.0, 1.0), 10)
    assert points.shape == (100, 2) and np.allclose(points.mean(axis=0), 0.5)
    assert (points[0] == [0.05, 0.95]).all()  # the top left


def test_a_walk_starts_and_ends_at_its_codes(rng):
    start, end = rng.normal(size=(2, 3))
    codes = latent.walk_codes(start, end, 9)
    assert (codes[0] == start).all() and (codes[-1] == end).all()
    assert np.allclose(np.diff(codes, axis=0), (end - start) / 8)


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ((0, 1, 0), "has 3 numbers: give 4"),
        ((0, 1, 2, 2), "is empty from 2 to 2"),
        ((0, float("inf"), 0, 1), "give finite numbers"),
    ],
)
def test_invalid_windows_are_refused(window, words):
    with pytest.raises(ValueError, match=words):
        latent.check_window(window, 2)


@pytest.mark.parametrize("steps", [-1, 1, 201])
def test_walks_of_too_few_or_too_many_steps_are_refused(steps):
    with pytest.raises(ValueError, match="give 2"):
        latent.walk_codes(np.zeros(2), np.ones(2), steps)


def test_a_window_zoomed_in_and_out_is_the_window():
    window = (-4.0, 6.0, 0.0, 2.0)
    centre = (1.0, 1.0)
    assert latent.zoom(latent.zoom(window, centre, 8), centre, 1 / 8) == pytest.approx(window)


def test_the_nearest_sample_has_the_fewest_other_pixels(letters):
    image = letters.x[7].copy()
    image[:2] = 1 - image[:2]
    assert latent.nearest(image, letters.x) == (7, 2)
