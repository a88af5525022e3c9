"""Deck A's claim about letters that are alike, as one command over sets of letters."""

import csv
import io
import re

import pytest
from click.testing import CliRunner
from optae.cli.main import main
from scipy.stats import spearmanr

from optae.comparison.subsets import NETWORK, scored, sets_of, subsets_table
from optae.datasets import load_dataset
from optae.figures.comparison.subsets import subsets
from optae.storage.frame import load_cells
from optae.tables.render import render


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    out = tmp_path_factory.mktemp("subsets") / "pairs"
    words = "--size 3 --sets 8 --draws 20 --arch 35,6,3 --copies 3 --max-iterations 15 --jobs 1"
    typed = CliRunner().invoke(main, ["subsets", "--dataset", "font2", *words.split(), "--out", str(out)])
    assert typed.exit_code == 0, typed.output
    return out, typed


def test_one_command_trains_sets_and_prints_their_correlation_with_an_interval(measured):
    out, typed = measured
    assert len(load_cells(out)) == 8 and out.with_name("pairs.png").exists()
    assert "r, mean" in typed.output and "jackknife over letters" in typed.output
    found = scored(load_cells(out), 20)
    mine = found[found["denoiser"] == NETWORK]
    [row, near] = csv.DictReader(io.StringIO(render(subsets_table(found), "csv")))
    expected = spearmanr(mine["mean"], mine["denoised_exact"]).statistic
    assert float(row["r, mean distance"]) == pytest.approx(expected)
    assert float(row["r, mean distance low"]) <= expected <= float(row["r, mean distance high"])
    assert row["sets"] == near["sets"] == "8" and near["denoiser"] == "nearest letter"


def test_the_picture_has_a_dot_for_every_set_and_denoiser_by_both_distances(measured):
    found = scored(load_cells(measured[0]), 20)
    figure = subsets(found, "font2")
    assert [len(line.get_xdata()) for axes in figure.axes for line in axes.lines] == [8, 8, 8, 8]
    assert re.search(r"8 sets of 3 letters.*\[", figure.get_supxlabel().replace("\n", " "))


def test_the_sets_words_name_the_letters_also_where_a_comma_is_one():
    words = sets_of("font1", 2, 600)
    assert len(words) == len(set(words)) == 32 * 31 // 2
    assert all(len(load_dataset(word).x) == 2 for word in words if "," in word)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--size", "40"], "--size 40"),
        (["--sets", "1"], "--sets 1"),
        (["--noise", "none"], "--noise none"),
    ],
)
def test_sets_that_cannot_be_are_refused_in_one_line(words, said, here):
    typed = CliRunner().invoke(main, ["subsets", *words])
    assert typed.exit_code == 2 and said in typed.stderr and typed.stderr.count("\n") == 1
