"""How alike letters are, against brute force."""

import re
from itertools import combinations

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose, assert_array_equal
from optae.cli.main import main

from optae.datasets import distances as room
from optae.datasets.distances import distances, extremes, measured, spread


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_distances_count_the_pixels_that_differ(x):
    table = distances(x)
    assert_array_equal(table, (x[:, None] != x[None]).sum(axis=2))
    assert_array_equal(table, table.T)


@pytest.mark.parametrize("size", [2, 3, 7])
def test_extremes_against_brute_force(size, rng, monkeypatch):
    table = distances(rng.random((9, 4)))
    means = [measured(table, members).mean for members in combinations(range(9), size)]
    for exhaustive in (10**6, 0):
        monkeypatch.setattr(room, "EXHAUSTIVE", exhaustive)
        most, least = extremes(table, size)
        assert_allclose([most.mean, least.mean], [max(means), min(means)])
        assert most.proven == least.proven == bool(exhaustive)
        assert len(set(most.members)) == size


def test_the_size_of_batches_does_not_change_the_result(rng, monkeypatch):
    table = distances(rng.random((8, 3)))
    whole = extremes(table, 3)
    monkeypatch.setattr(room, "BATCH", 7)
    assert extremes(table, 3) == whole


def test_the_command():
    result = run("data", "distances", "font2[XHIR]", "--subset", 2)
    assert result.exit_code == 0, result.output
    assert re.search(r"the most orthogonal 2: .* \(mean \d+, least \d+\)", result.stdout)
    assert len(run("data", "distances", "font2", "--format", "csv").stdout.splitlines()) == 33


@pytest.mark.parametrize(
    "arguments, words",
    [("font2 --subset 1", "from 2 to 32"), ("fontt2", "did you mean"), ("font2[~]", "labelled '~'")],
)
def test_wrong_words_are_one_plain_line(arguments, words):
    result = run("data", "distances", *arguments.split())
    assert result.exit_code == 2 and re.fullmatch(r"Error: [^\n]+\n", result.stderr), result.output
    assert words in result.stderr


def test_subsets_are_spread_evenly_over_the_ranks_of_all_with_both_ends(rng):
    table = distances((rng.random((7, 12)) > 0.5).astype(float))
    means = sorted(measured(table, one).mean for one in combinations(range(7), 3))
    found = [measured(table, one).mean for one in spread(table, 3, 9)]
    assert found == sorted(found) and len(found) == 9
    assert found == [means[at] for at in np.linspace(0, len(means) - 1, 9).astype(int)]
    most, least = extremes(table, 3)
    assert (found[0], found[-1]) == (least.mean, most.mean)
    assert len(spread(table, 3, 1000)) == len(means)
    for size, many in ((1, 9), (7, 9), (3, 1)):
        with pytest.raises(ValueError, match="give"):
            spread(table, size, many)


def test_of_too_many_subsets_random_ones_are_ranked(rng, monkeypatch):
    monkeypatch.setattr("optae.datasets.distances.EXHAUSTIVE", 10)
    monkeypatch.setattr("optae.datasets.distances.BATCH", 50)
    found = spread(distances(rng.random((20, 4))), 4, 5)
    assert len(found) == 5 and all(len(set(one)) == 4 for one in found)
