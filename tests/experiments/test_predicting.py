"""Networks that predict, as experiments: the words of a run, its held-out samples, and every command."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose, assert_array_equal
from optae.cli.main import main

import optae
from optae.experiments.build import parts
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.experiments.identity import cell
from optae.storage.frame import load_cells
from optae.text import one_line

pytest.importorskip("sklearn", reason="the tables are scikit-learn's")
IRIS = Experiment("iris", network="mlp", arch=(4, 5, 3), loss="cross_entropy", scale="standard", method="lm")
DIABETES = replace(IRIS, dataset="diabetes", arch=(10, 4, 1), loss="mse", holdout=0.2, max_iterations=4)


def run(*words, code=0):
    found = CliRunner().invoke(main, words)
    assert found.exit_code == code, found.output
    return one_line(found.output)


def test_an_autoencoders_recipe_has_none_of_the_new_words():
    data = optae.load_dataset("font2")
    plain, named = Experiment(max_seconds=1), Experiment(max_seconds=1, network="autoencoder")
    assert plain == named
    assert not {"network", "hidden", "scale", "holdout"} & cell(plain, data).identity.keys()


def test_a_recipe_names_what_a_network_that_predicts_depends_on():
    data = DIABETES.data()
    first = cell(DIABETES, data)
    assert {"network", "hidden", "scale", "holdout"} <= first.identity.keys()
    assert not {"encoder", "decoder", "latent", "standard_x"} & first.identity.keys()
    for words in ({"holdout": 0.3}, {"scale": None}, {"hidden": "relu"}, {"network": None, "holdout": None}):
        other = replace(DIABETES, **{**words, **({"scale": None, "arch": ()} if "network" in words else {})})
        assert cell(other, data).name != first.name
    assert cell(replace(DIABETES, hidden="tanh"), data).name == first.name


def test_every_seed_holds_out_samples_of_its_own():
    data, seen = DIABETES.data(), {}
    for seed in range(2):
        train, held = parts(replace(DIABETES, seed=seed), data)
        assert (len(train.x), len(held.x)) == (354, 88)
        both = np.vstack([train.x, held.x])
        assert_array_equal(np.unique(both, axis=0), np.unique(data.x, axis=0))
        seen[seed] = held.x
    assert len(np.unique(np.vstack([seen[0], seen[1]]), axis=0)) > 100
    problem = DIABETES.problem(data)
    assert_array_equal(problem.x, parts(DIABETES, data)[0].x)
    assert_allclose(problem.model.standard_y.mean, problem.y.mean(axis=0))


def test_a_run_keeps_its_standards_and_predicts_in_the_targets_units(here):
    run("train", "--model", "mlp", "--dataset", "diabetes", "--arch", "10,4,1", "--scale", "standard",
        "--holdout", "0.2", "--method", "lm", "--max-iterations", "4", "--out", "a")  # fmt: skip
    stored = optae.load_run("a")
    assert stored.experiment.loss == "mse" and stored.record["model"]["standard_x"]
    problem = stored.experiment.problem(stored.data)
    assert stored.model == problem.model
    found = stored.model.predict(stored.theta, problem.heldout)
    rmse = np.sqrt(np.square(found - problem.heldout_y).mean())
    assert_allclose(stored.record["metrics"]["heldout_rmse"], rmse)
    assert stored.record["metrics"].keys() == {"rmse", "r2", "heldout_rmse", "heldout_r2"}
    assert list(stored.trace)[-4:] == ["rmse", "r2", "heldout_rmse", "heldout_r2"]
    assert "reproduces" in run("verify", "a")
    assert (here / "a" / "curves.png").is_file()
    for words in (("show", "a"), ("generate", "a"), ("explore", "a"), ("confusion", "a")):
        assert "a network that predicts" in run(*words, code=2)


def test_a_spec_of_two_tables_is_run_tabulated_and_reported(here):
    (here / "s.toml").write_text(
        'model = "mlp"\nscale = "standard"\nholdout = 0.3\n'
        'method = ["adam", "lm"]\nseed = 2\nmax_iterations = 3\n'
        '[[grid]]\ndataset = "iris"\narch = "4,5,3"\nloss = "cross_entropy"\n'
        '[[grid]]\ndataset = "linnerud"\narch = "3,4,3"\nloss = "half_sse"\n'
    )
    run("bench", "s.toml", "--out", "g", "--jobs", "2")
    frame = load_cells("g")
    assert len(frame) == 8 and set(frame["network"]) == {"mlp"} and set(frame["hidden"]) == {"tanh"}
    iris = frame[frame["dataset"] == "iris"]
    assert (
        iris["accuracy"].notna().all()
        and iris["heldout_accuracy"].notna().all()
        and iris["exact"].isna().all()
    )
    assert frame[frame["dataset"] == "linnerud"]["heldout_r2"].notna().all()
    assert "heldout_accuracy" in run("table", "g", "--metric", "heldout_accuracy", "--where", "dataset=iris")
    run("report", "g", "--out", "r.html")
    assert "iris" in (here / "r.html").read_text(encoding="utf-8")
    assert "reproduces" in run("verify", str(frame["path"].iloc[0]))


def test_the_axis_is_called_model_everywhere(here):
    assert [e.network for e in grid(model=["mlp", "autoencoder"], max_seconds=1)] == [None, "mlp"]
    options = ("--model", "mlp", "--dataset", "iris", "--arch", "4,3", "--loss", "cross_entropy")
    words = json.loads(run("check", *options, "--engine", "numpy", "--json"))
    assert words["ok"] and words["model"]["hidden"] == "tanh"
    run("bench", *options, "--method", "lm", "--max-iterations", "2", "--out", "g", "--seeds", "1")
    assert load_cells("g")["accuracy"].notna().all()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"holdout": 0.5}, "`holdout` 0.5 is for `model` mlp"),
        ({"scale": "standard"}, "`scale` standard is for `model` mlp"),
        ({"hidden": "relu"}, "is for `model` mlp"),
        ({"network": "mlp", "bottleneck": "gaussian"}, "is for `model` autoencoder"),
        ({"arch": (35, 15, 15, 35)}, "even length"),
    ],
)
def test_words_of_the_other_kind_of_network_are_refused(words, reason):
    with pytest.raises(ValueError, match=reason):
        Experiment(**words)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"dataset": "font2", "arch": (35, 4)}, "has no targets"),
        ({"arch": (5, 3)}, "begin `arch` with 4"),
        ({"arch": (4, 2)}, "need"),
        ({"holdout": 0.001}, "leaves a part empty"),
    ],
)
def test_data_that_do_not_fit_are_refused(words, reason):
    experiment = replace(IRIS, scale=None, **words)
    with pytest.raises(ValueError, match=reason):
        experiment.problem(experiment.data())


@pytest.mark.parametrize(("dataset", "loss"), [("diabetes", "mse"), ("iris", "cross_entropy")])
def test_a_grid_without_a_loss_takes_that_of_the_targets(dataset, loss):
    words = {"model": "mlp", "dataset": dataset, "arch": [[10, 3, 1]], "max_evaluations": 5}
    assert [one.loss for one in grid(**words)] == [loss]
    assert [one.loss for one in grid(**words, loss="half_sse")] == ["half_sse"]
