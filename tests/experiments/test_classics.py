"""Problems of the literature: each name stands for words that describe it, in every command."""

import json

import numpy as np
import pytest
from commands import done, run

from optae import load_run
from optae.comparison.curves import curve
from optae.evaluation.definitions import METRICS
from optae.evaluation.metrics import measure
from optae.experiments.classics import PROBLEMS
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.experiments.schema import named
from optae.experiments.spec import parse_spec
from optae.model.autoencoder import Autoencoder

PARAMETERS = {"deep-mnist": 2_837_314, "deep-curves": 842_340}


@pytest.mark.parametrize("name", PROBLEMS)
def test_its_words_are_a_problem_alone(name):
    one = PROBLEMS[name]
    assert set(one.words) <= set(named(Experiment, "problem"))
    assert set(one.reports) <= set(METRICS) and one.source
    found = grid(problem=name, max_iterations=1)[0]
    assert all(vars(found)[field] == word for field, word in one.words.items())


@pytest.mark.parametrize(("name", "size"), PARAMETERS.items())
def test_networks_are_those_of_the_papers(name, size):
    words = PROBLEMS[name].words
    kinds = {key: words[key] for key in ("encoder", "latent", "decoder", "output", "init", "loss", "l2")}
    assert Autoencoder(words["arch"], **kinds).size == size


def test_words_beside_it_replace_its_own():
    found = grid(
        problem=["deep-mnist", "deep-fashion"], dataset="mnist:500,100", l2=[0, 1e-4], max_iterations=1
    )
    assert {(one.dataset, one.l2, one.encoder) for one in found} == {
        ("mnist:500,100", None, "logistic"),
        ("mnist:500,100", 1e-4, "logistic"),
    }
    words = {"problem": "deep-mnist-relu", "method": ["adam", "l-bfgs"], "max_iterations": 1}
    assert {one.encoder for one in parse_spec(words).experiments} == {"relu"}


def test_an_unknown_one_is_refused_with_the_nearest():
    for command in (["train"], ["bench", "--max-iterations", 1, "--out", "x"], ["choose"], ["tune"]):
        result = run(*command, "--problem", "deep-mnits")
        assert result.exit_code == 2 and "did you mean 'deep-mnist'" in result.output, command
    result = run("train", "--problem", "deep-mnist", "--start", "x")
    assert result.exit_code == 2 and "leave one of them out" in result.output


def test_they_are_listed():
    assert "2,837,314" in done("problems")
    assert json.loads(done("problems", "--json"))["deep-curves"]["l2"] == 1e-5


def test_a_run_reports_the_images_that_no_training_saw(here, monkeypatch):
    monkeypatch.setattr("optae.cli.train._draw", lambda *of_run: None)
    words = ["--dataset", "emoji:6", "--arch", "400,6,2", "--batch", 10, "--precision", "float32"]
    text = done("train", "--problem", "deep-mnist", *words, "--epochs", 3, "--out", "run")
    run_ = load_run("run")
    for before, part in {" held out: ": "heldout", " ": "metrics"}.items():
        row = next(line for line in text.splitlines() if line.startswith(f"{before}squared_error, bce "))
        found = {name.removeprefix("heldout_"): value for name, value in run_.record[part].items()}
        assert row.split("bce", 1)[1].strip() == f"{found['squared_error']:.6g}, {found['bce']:.6g}"
    assert run_.experiment.l2 == 1e-5 and run_.experiment.encoder == "logistic"
    assert [look["iteration"] for look in run_.heldout] == [1, 2, 3, 3]
    unseen = measure(run_.model, run_.theta, run_.data.heldout.x)
    assert run_.record["heldout"]["heldout_bce"] == pytest.approx(unseen["bce"])
    assert run_.record["heldout"]["lowest_heldout_bce"] == min(look["heldout_bce"] for look in run_.heldout)
    assert run_.record["metrics"]["squared_error"] == pytest.approx(2 * run_.record["metrics"]["half_sse"])


def test_the_curve_of_the_lowest_look_never_rises():
    trace = {name: np.arange(4.0) for name in ("evaluations", "seconds", "iteration", "best")}
    looks = {"iteration": np.array([1.0, 2.0, 3.0]), "heldout_bce": np.array([3.0, 1.0, 2.0])}
    assert curve(trace, "lowest_heldout_bce", "seconds", 4, lambda: looks)[2].tolist() == [3, 1, 1]
    assert curve(trace, "negative_elbo", "seconds", 4, lambda: looks).shape == (3, 0)
