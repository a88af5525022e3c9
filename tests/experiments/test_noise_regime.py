"""Noise drawn once, or again and again: what methods see, what is kept, and that stored runs come back."""

import re
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_array_equal
from optae.cli.main import main

import optae
from optae.execution.verify import verify
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.experiments.identity import cell
from optae.experiments.noise_regime import resolved
from optae.storage.frame import load_cells

MODEL = optae.Autoencoder([35, 4, 2], corruption="flip:0.2")
WORDS = {"dataset": "font2", "arch": (35, 4, 2), "noise": "flip:0.2", "max_iterations": 4}


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.mark.parametrize("engine", ["numpy", "autograd", "jax"])
def test_frozen_noise_is_one_function_for_every_method(engine, x):
    words = {"samples": 2, "seed": 3, "fresh": False}
    problem = optae.Problem(MODEL, x, engine=engine, **words)
    objective = problem.objective()
    result = optae.fit(problem, optae.METHODS["adam"](), max_iterations=3)
    assert result.rows[-1].best == pytest.approx(objective(result.theta), rel=1e-9)
    reference = optae.fit(optae.Problem(MODEL, x, **words), optae.METHODS["adam"](), max_iterations=3)
    assert result.value == pytest.approx(reference.value, rel=1e-9)


def test_epochs_of_frozen_noise_are_alike_and_of_fresh_noise_are_not(x):
    frozen = optae.Problem(MODEL, x, samples=3, fresh=False)
    a, b = (draw.x[0] for draw in islice(frozen.epochs(96, shuffle=False), 2))
    assert_array_equal(a, b)
    assert_array_equal(a, frozen.objective().draw.x)
    fresh = optae.Problem(MODEL, x, samples=3)
    a, b = (draw for draw in islice(fresh.epochs(96, shuffle=False), 2))
    assert (a.x != b.x).any() and a.x.shape == (1, 96, 35)
    assert_array_equal(a.target[0], np.tile(x, (3, 1)))


def test_batches_of_frozen_noise_keep_input_and_target_together(x):
    model = optae.Autoencoder([35, 2], corruption="flip-exactly:3")
    draw = next(optae.Problem(model, x, samples=2, fresh=False).epochs(8))
    assert_array_equal(abs(draw.x - draw.target).sum(axis=2), 3)


def test_redrawn_noise_differs_from_stretch_to_stretch(x):
    problem = optae.Problem(MODEL, x)
    first, second = (replace(problem, redrawn=k).objective().draw.x for k in (1, 2))
    assert (first != second).any() and (first != problem.objective().draw.x).any()


@pytest.mark.parametrize("method", ["l-bfgs", "lm", "powell-fast"])
def test_batch_methods_run_in_stretches(method, x):
    pytest.importorskip("numba")
    experiment = Experiment(**WORDS, method=method, redraw=2, copies=2, engine="numpy")
    result = experiment.run()
    assert result.iterations == 4 and result.status == "max_iterations"
    assert sum(result.evaluations.values()) > 4
    yardstick = experiment.problem(experiment.data()).objective()
    assert result.rows[-1].best == pytest.approx(yardstick(result.theta), rel=1e-12)
    assert result.rows[-1].best < result.rows[0].loss


def test_stretches_obey_every_budget(x):
    experiment = Experiment(**{**WORDS, "max_iterations": np.inf}, method="l-bfgs", redraw=3)
    assert replace(experiment, max_evaluations=20).run().status == "max_evaluations"
    assert replace(experiment, max_seconds=0.2).run().status == "max_seconds"
    assert replace(experiment, target="100.0", max_evaluations=200).run().status == "target"


def test_defaults_of_the_noise_regime():
    fresh = {"noise": "flip:0.2", "regime": "fresh", "copies": 1, "redraw": None}
    assert resolved("adam", "flip:0.2", None, None, None) == fresh
    assert resolved("adam", "flip:0.2", None, None, 5) == fresh
    assert resolved("lm", "flip:0.2", None, 5, None) == {**fresh, "regime": "frozen", "copies": 5}
    assert resolved("lm", "flip:0.2", "fresh", None, None) == {**fresh, "redraw": 20}
    assert resolved("lm", "flip:0.2", None, None, 7) == {**fresh, "redraw": 7}
    assert set(resolved("lm", "none", "fresh", 5, 7).values()) == {None}


def test_the_regime_is_part_of_the_recipe_and_no_noise_is_not(letters):
    names = {cell(Experiment(**words), letters).name for words in ({}, {"noise": "none"}, {"copies": 5})}
    assert len(names) == 1
    noisy = [{}, {"copies": 2}, {"regime": "frozen"}, {"noise": "flip:0.3"}]
    assert len({cell(Experiment(**{**WORDS, **words}), letters).name for words in noisy}) == 4
    assert "noise" not in cell(Experiment(), letters).identity


def test_axes_of_a_grid():
    cells = grid(noise=["none", "flip:0.1"], copies=[1, 5], method=["adam", "lm"], max_iterations=2)
    assert len(cells) == 2 + 4
    for words in ({"noise": "flop"}, {"regime": "thawed"}, {"copies": 0}, {"redraw": 1.5}):
        with pytest.raises(ValueError):
            grid(**{"noise": "flip", **words}, max_iterations=1)


def test_a_stored_run_comes_back_with_its_noise(here):
    words = "--noise shift:p=0.2,range=0.4 --copies 3 --redraw 2 --method l-bfgs --arch 35,4,2"
    result = run("train", *words.split(), "--max-iterations", 5, "--dataset", "font2[XHIR]", "--out", "r")
    assert result.exit_code == 0, result.output
    assert "fresh, 3 copies, every 2 iterations" in " ".join(result.stdout.split())
    stored = optae.load_run("r")
    assert stored.record["regime"] == "fresh" and stored.record["noise"] == "shift:p=0.2,range=0.4"
    assert stored.experiment.redraw == 2 and stored.experiment.copies == 3
    assert stored.model == stored.experiment.model(stored.data) and len(stored.data.x) == 4
    assert verify("r").same_vector
    row = load_cells("r").iloc[0]
    assert row.noise == "shift:p=0.2,range=0.4" and (row.regime, row.copies, row.redraw) == ("fresh", 3, 2)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--noise", "flip:1.5"], "p=1.5 is not a probability"),
        (["--noise", "shift:p=0.2,range=-1"], "range=-1"),
        (["--noise", "flip-exactly:36"], "flips 36 pixels"),
        (["--noise", "flop:1"], "did you mean 'flip'"),
        (["--copies", "5"], "--noise flip:0.1"),
        (["--noise", "flip", "--copies", "0"], "copies 0"),
        (["--noise", "flip", "--regime", "molten"], "frozen"),
        (["--noise", "flip", "--redraw", "5"], "not adam"),
        (["--noise", "flip", "--method", "lm", "--regime", "frozen", "--redraw", "5"], "--regime frozen"),
        (["--dataset", "font2[~]"], "no sample of 'font2' is labelled '~'"),
    ],
)
def test_wrong_noise_is_one_plain_line(here, arguments, words):
    result = run("train", *arguments)
    assert result.exit_code == 2 and re.fullmatch(r"Error: [^\n]+\n", result.stderr), result.output
    assert words in result.stderr and not list(here.iterdir())
