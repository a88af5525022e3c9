"""Lanczos' method and stochastic Lanczos quadrature, held against dense decompositions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from optae.statistics.lanczos import Spectrum, lanczos, spectrum, whole


def matrix(values, seed=0):
    """A symmetric matrix with these eigenvalues."""
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values), len(values))))
    return (q * values) @ q.T


WIDE = np.concatenate([np.geomspace(1e-6, 1e3, 60), -np.geomspace(1e-3, 10, 20)])


def test_all_steps_find_every_eigenvalue_once():
    a = matrix(WIDE)
    found = lanczos(lambda v: a @ v, np.ones(80), 80)
    assert_allclose(found.values, np.sort(WIDE), atol=1e-10)
    assert_allclose(found.weights.sum(), 1, rtol=1e-12)


def test_a_nearby_pair_is_not_mistaken_for_one_and_no_ghost_appears():
    values = np.concatenate([[5.0, 5.0001], np.linspace(0, 1, 58)])
    a = matrix(values)
    found = lanczos(lambda v: a @ v, np.random.default_rng(1).standard_normal(60), 200, 3, 1e-12)
    assert_allclose(found.values[-3:], np.sort(values)[-3:], rtol=1e-9)


def test_the_error_bound_holds():
    a = matrix(WIDE)
    found = lanczos(lambda v: a @ v, np.random.default_rng(2).standard_normal(80), 25)
    off = np.abs(found.values[:, None] - WIDE).min(axis=1)
    assert (off <= found.errors + 1e-9).all() and len(found.values) == 25


def test_it_ends_when_enough_eigenvalues_have_converged_and_in_an_invariant_space():
    calls = []
    a = matrix(np.concatenate([[100.0, 50.0], np.linspace(0, 1, 98)]))

    def times(v):
        calls.append(1)
        return a @ v

    lanczos(times, np.random.default_rng(0).standard_normal(100), 100, 2, 1e-8)
    assert len(calls) < 40
    assert len(lanczos(lambda v: 2.0 * v, np.ones(5), 5).values) == 1


def test_sums_over_eigenvalues_agree_with_the_dense_ones():
    a, rng = matrix(np.abs(WIDE)), np.random.default_rng(0)
    found = spectrum(lambda v: a @ v, 80, 400, 80, rng)
    exact = whole(lambda v: a @ v, 80)
    assert_allclose(np.sort(exact.values[0]), np.sort(np.abs(WIDE)), atol=1e-10)
    assert found.trace[1] > 0 and found.effective(0.1)[1] > 0
    assert abs(found.trace[0] - exact.trace[0]) < 4 * found.trace[1]
    assert abs(found.effective(0.1)[0] - exact.effective(0.1)[0]) < 4 * found.effective(0.1)[1]
    assert exact.trace[1] == 0 and np.isnan(spectrum(lambda v: a @ v, 80, 1, 5, rng).trace[1])


def test_the_share_below_counts_eigenvalues():
    found = Spectrum.of(np.array([-1.0, 0.0, 2.0, 3.0]))
    assert_allclose(found.below(np.array([-2.0, -1.0, 1.0, 2.5, 3.0])), [0, 0.25, 0.5, 0.75, 1])


def test_a_product_that_is_not_finite_is_said():
    with pytest.raises(ValueError, match="not finite"):
        lanczos(lambda v: v * np.nan, np.ones(3), 3)
    with pytest.raises(ValueError, match="not finite"):
        whole(lambda v: v * np.nan, 3)
