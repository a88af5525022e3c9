"""Scores on unseen noise: against known answers, and from the command line."""

import math
import re

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose, assert_array_equal
from optae.cli.main import main

import optae
from optae import figures
from optae.evaluation import denoising
from optae.evaluation.denoising import baselines, default_levels, evaluate, mean_over, nearest, unseen
from optae.model.corruptions import Flip, FlipExactly, Shift
from optae.storage.groups import by_recipe, stored_runs


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    words = [
        "--arch",
        "35,6,3",
        "--noise",
        "flip:0.1",
        "--max-iterations",
        "40",
        "--option",
        "lr=1e-2",
        "--copies",
        "2",
    ]
    for seed in (0, 1):
        result = run("train", *words, "--seed", seed, "--out", folder / str(seed))
        assert result.exit_code == 0, result.output
    return folder


def by_name(found):
    return {one.name: one for one in found}


def test_the_score_of_the_noisy_input_is_that_of_the_noise(letters):
    found = by_name(evaluate(baselines(letters, 2), letters, FlipExactly(3), [1], draws=3))["noisy input"]
    assert found.estimate("mse").value == pytest.approx(1 / 35)
    assert [found.estimate(score).value for score in ("wrong", "exact", "within_one")] == [1, 0, 1]


def test_nearest_letter_decoding_is_exact_where_the_input_is_recognised(letters):
    found = by_name(evaluate(baselines(letters, 2), letters, Flip(0.1), [0.15], draws=40))
    ideal, noisy = found["nearest letter"], found["noisy input"]
    assert_allclose(ideal.scores["exact"], noisy.scores["recognised"])
    assert 0.7 < ideal.estimate("exact").value < 1
    assert ideal.estimate("mse").value < noisy.estimate("mse").value


def test_no_denoiser_restores_more_letters_than_nearest_letter_decoding(letters):
    ways = baselines(letters, 31)
    found = evaluate(ways, letters, Flip(0.1), [0.1, 0.2], draws=60)
    for level in (0.1, 0.2):
        same = by_name(one for one in found if one.level == level)
        best = max(same.values(), key=lambda one: one.estimate("exact").value)
        assert best.name == "nearest letter"


def test_pca_with_all_components_returns_clean_letters(letters):
    full = denoising.principal(letters.x, 31)
    assert_allclose(full(letters.x), letters.x, atol=1e-12)
    two = denoising.principal(letters.x, 2)(letters.x)
    assert_allclose(denoising.principal(letters.x, 2)(two), two, atol=1e-12)


def test_nearest_is_the_first_of_equals():
    x = np.array([[0.0, 0], [1, 1], [0, 0]])
    assert_array_equal(nearest(np.array([[0.1, 0.0], [0.5, 0.5], [1, 0.9]]), x), [0, 0, 1])


def test_unseen_noise_is_the_same_for_all_and_not_that_of_training(letters):
    noise, x = Flip(0.1), letters.x
    assert_array_equal(unseen(x, noise, 2), unseen(x, noise, 2))
    assert (unseen(x, noise, 2) != unseen(x, noise, 2, seed=1)).any()
    model = optae.Autoencoder([35, 2], corruption=noise)
    problem = optae.Problem(model, x)
    epoch = next(problem.epochs(32, shuffle=False)).x[0]
    for seen in (problem.objective().draw.x, problem.referee(1).draw.x, epoch):
        assert (seen != unseen(x, noise, 1)).any()


def test_intervals_cover_the_truth_over_runs_and_draws():
    rng, hits = np.random.default_rng(3), 0
    for _ in range(60):
        table = rng.normal(0, 1, (6, 1)) + rng.normal(0, 1, (1, 20)) + rng.normal(0, 0.1, (6, 20))
        found = mean_over(table)
        hits += found.low <= 0 <= found.high
    assert hits >= 54
    for table, note in {
        (3, 4): "seeds agree",
        (1, 4): "draws agree",
        (1, 2): "2 draws",
        (2, 4): "2 seeds",
    }.items():
        steady = mean_over(np.ones(table))
        assert steady.value == 1 and math.isnan(steady.low) and note in steady.note


def test_levels_about_the_trained_one():
    assert default_levels(Flip(0.1)) == [0, 0.05, 0.1, 0.15, 0.2]
    assert default_levels(Shift(0.8)) == [0, 0.4, 0.8]
    assert default_levels(FlipExactly(3)) == [0, 2, 3, 5, 6]


def test_the_command_scores_and_draws(trained, tmp_path):
    result = run("denoise", trained / "0", "--draws", 5, "--levels", "0,0.1", "--out", tmp_path / "t.csv")
    assert result.exit_code == 0, result.output
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert len(lines) == 1 + 2 * 4 and "nearest letter" in lines[2]
    drawn = {path.name for path in (trained / "0" / "denoised").iterdir()}
    assert drawn == {"noisy.png", "restored.png", "levels.png", "codes.png", "confusion.png"}
    assert run("denoise", trained / "0", "--draws", 2, "--levels", "0.1").exit_code == 0  # over its own
    few = ("--draws", 2, "--levels", "0.1", "--picture-format", "pdf", "--pictures", tmp_path / "paper")
    assert run("denoise", trained / "0", *few, "--width", "3.3in").exit_code == 0
    assert (tmp_path / "paper" / "levels.pdf").read_bytes().startswith(b"%PDF")
    assert {path.suffix for path in (tmp_path / "paper").iterdir()} == {".pdf"}
    (trained / "0" / "denoised" / "codes.png").write_text("mine")
    assert run("denoise", trained / "0").exit_code == 2


def test_seeds_are_one_row_and_runs_of_a_folder_are_found(trained):
    [(name, runs)] = by_recipe(stored_runs([trained])).items()
    assert name == "adam lr=0.01" and len(runs) == 2
    result = run("denoise", trained, "--draws", 3, "--levels", "0.1", "--noise", "salt-pepper:0.2")
    assert result.exit_code == 0 and "salt-pepper p" in result.stdout and "runs" in result.stdout


def test_pictures_of_one_dimension_and_of_few_letters(letters):
    part = optae.load_dataset("font2[XHIR]")
    model = optae.Autoencoder([35, 1])
    theta = model.init(0)
    found = evaluate({"net": [denoising.network(model, theta)]}, part, Flip(0.1), [0.0, 0.1], draws=2)
    for figure in (
        figures.restored(model, theta, part, Flip(0.1), [0.1]),
        figures.error_by_level(found, "flip p", part),
        figures.codes_under_noise(model, theta, part, Flip(0.1)),
        figures.confusion(found[1], part, "flip p"),
    ):
        assert figure.axes


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["nowhere"], "nowhere"),
        (["RUN", "--levels", "0.1,much"], "much"),
        (["RUN", "--levels", "1.5"], "not a probability"),
        (["RUN", "--draws", "0"], "draws 0"),
        (["RUN", "--noise", "flop"], "flip"),
    ],
)
def test_wrong_words_are_one_plain_line(trained, arguments, words):
    result = run("denoise", *(str(trained / "1") if a == "RUN" else a for a in arguments))
    assert result.exit_code == 2 and re.fullmatch(r"Error: [^\n]+\n", result.stderr), result.output
    assert words in result.stderr and not (trained / "1" / "denoised").exists()


def test_runs_on_two_subsets_are_refused_and_both_are_named(trained, tmp_path):
    words = ["--dataset", "font2[XHIR]", "--arch", "35,6,3", "--noise", "flip:0.1", "--max-iterations", 1]
    assert run("train", *words, "--out", tmp_path / "four").exit_code == 0
    said = run("denoise", tmp_path / "four", trained / "0")
    assert said.exit_code == 2 and "was trained on 'font2', not on the data of" in said.stderr
    assert "changed" not in said.stderr and "as it is now" not in said.stderr
