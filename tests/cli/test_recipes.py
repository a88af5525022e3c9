"""`optae train --config`: a stored run again, with the options that are given in place of its own."""

import numpy as np
import pytest
from commands import done, run

from optae import load_run


@pytest.fixture(scope="module", autouse=True)
def no_pictures():
    """Runs without pictures, which take most of a short run's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optae.cli.train._draw", lambda *of_run: None)
        yield patch


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The folder of a run with an option of most kinds."""
    place = tmp_path_factory.mktemp("runs") / "first"
    words = ["--method", "adam", "--option", "lr=3e-3", "--batch", 8, "--noise", "flip:0.1", "--seed", 3]
    done("train", "--arch", "35,4,2", *words, "--no-bias", "--max-iterations", 2, "--out", place)
    return place


def again(stored, here, *words):
    """The run that the command with these words stores."""
    done("train", "--config", stored, *words, "--out", here / "again")
    return load_run(here / "again")


def test_a_run_is_repeated_bit_for_bit(stored, here):
    first, repeated = load_run(stored), again(stored / "run.json", here)
    assert np.array_equal(first.theta, repeated.theta) and first.experiment.words == repeated.experiment.words


@pytest.mark.parametrize(
    "words, expected",
    [
        (["--seed", 4], {"seed": 4}),
        (["--option", "b1=0.8"], {"options": (("b1", 0.8), ("batch", 8), ("lr", 0.003))}),
        (["--method", "l-bfgs"], {"method": "l-bfgs", "options": (), "regime": "frozen"}),
        (["--bias", "--epochs", 1], {"bias": True, "max_iterations": 1.0}),
        (["--dataset", "font3", "--loss", "mse"], {"dataset": "font3", "loss": "mse"}),
    ],
)
def test_options_replace_what_it_says_and_the_rest_stays(stored, here, words, expected):
    first, other = load_run(stored).experiment, again(stored, here, *words).experiment
    assert {name: vars(other)[name] for name in expected} == expected
    same = first.words.keys() - expected.keys() - {"copies"}  # which follow the method
    assert {name: first.words[name] for name in same} == {name: other.words[name] for name in same}


def test_a_network_that_predicts_keeps_its_loss(here):
    words = ["--dataset", "iris", "--model", "mlp", "--arch", "4,3", "--scale", "standard", "--holdout", 0.2]
    done("train", *words, "--loss", "mse", "--max-iterations", 2, "--out", "first")
    first, repeated = load_run("first"), again("first", here)
    assert np.array_equal(first.theta, repeated.theta) and repeated.record["loss"] == "mse"


def test_a_weight_of_the_divergence_replaces_that_of_a_vae(here):
    words = ["--bottleneck", "gaussian:0.5", "--method", "l-bfgs", "--arch", "35,4,2", "--max-iterations", 1]
    done("train", *words, "--out", "first")
    assert again("first", here, "--kl-weight", 0.25).experiment.bottleneck == "gaussian:0.25"


@pytest.mark.parametrize(
    "name, complaint", [("nowhere", "not a run folder"), ("nowhere/run.json", "not a run folder")]
)
def test_what_is_no_run_is_one_line(here, name, complaint):
    result = run("train", "--config", name)
    assert result.exit_code == 2 and complaint in result.output and result.output.count("\n") == 1
