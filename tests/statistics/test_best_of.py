"""The curves of the best of k trials agree with their closed form, with all subsets, and with simulations."""

from itertools import combinations
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from optae.statistics.best_of import best_of


@given(st.lists(st.one_of(st.floats(-5, 5), st.just(inf)), min_size=1, max_size=7))
def test_it_is_the_least_of_every_subset(values):
    found = best_of(values)
    for k in range(1, len(values) + 1):
        least = np.sort([min(part) for part in combinations(values, k)])
        assert_allclose(found.expected[k - 1], np.mean(least), rtol=1e-9, atol=1e-9)
        for q, curve in ((0.1, found.low), (0.5, found.median), (0.9, found.high)):
            assert curve[k - 1] == np.quantile(least, q, method="inverted_cdf")


def test_uniform_trials_follow_their_closed_form():
    """The least of k uniform numbers is 1 / (k + 1) on average; the curve is unbiased for it."""
    rng = np.random.default_rng(3)
    curves = np.mean([best_of(rng.uniform(size=12)).expected for _ in range(4000)], axis=0)
    k = np.arange(1, 13)
    assert_allclose(curves, 1 / (k + 1), atol=4 * 0.3 / np.sqrt(4000))


def test_the_curve_with_replacement_would_be_biased():
    values = [0.0, 1.0]
    assert best_of(values).expected.tolist() == [0.5, 0.0]  # with replacement it would be 0.25


def test_many_trials_do_not_overflow():
    found = best_of(np.arange(2000.0))
    k = np.arange(1, 2001)
    assert_allclose(found.expected, (2001 / (k + 1)) - 1, rtol=1e-6, atol=1e-6)


def test_nothing_is_refused_with_a_reason():
    with pytest.raises(ValueError, match="values"):
        best_of([])
    with pytest.raises(ValueError, match="band"):
        best_of([1.0], band=1.5)
