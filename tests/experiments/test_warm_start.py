"""A run that starts from a stored one: the same network, told apart by the vector, and repeatable."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from commands import done, run

from optae import Autoencoder, Problem, fit, load_run
from optae.comparison import summarise
from optae.execution.verify import verify
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell
from optae.experiments.warm_start import digest
from optae.pages.rerun import rerun
from optae.storage.frame import load_cells

FIRST = Experiment(arch=(35, 4, 2), max_iterations=2.0)
NEXT = replace(FIRST, method="l-bfgs", max_iterations=3.0)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A folder with a run in it, which is the current one; runs have no pictures, which take longest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optae.cli.train._draw", lambda *of_run: None)
        patch.chdir(place := tmp_path_factory.mktemp("runs"))
        done("train", "--arch", "35,4,2", "--max-iterations", 2, "--out", "first")
        yield place


def test_a_run_goes_on_from_the_vector_of_another(stored, letters):
    first, goes_on = load_run("first"), replace(NEXT, warm_start="first")
    problem = goes_on.problem(letters)
    assert np.array_equal(problem.start(), first.theta)
    result = goes_on.run(problem)
    assert (
        result.rows[0].loss == pytest.approx(first.record["value"]) and result.value < first.record["value"]
    )
    assert goes_on.words["warm_start"] == f"first@{digest(first.theta)}"


def test_a_cell_is_named_by_the_vector_it_starts_from_and_not_by_its_folder(stored, letters):
    shutil.copytree("first", "copy", dirs_exist_ok=True)
    names = [cell(replace(NEXT, warm_start=word), letters).name for word in ("first", "copy", None)]
    assert names[0] == names[1] != names[2] == cell(NEXT, letters).name
    other = f"first@{'0' * 12}"
    assert cell(replace(NEXT, warm_start=other), letters).name not in names


@pytest.mark.parametrize(
    "words, complaint",
    [
        ({"arch": (35, 5, 2)}, "with widths 35-4-2-4-35 instead of 35-5-2-5-35"),
        ({"encoder": "relu"}, "with encoder tanh instead of relu"),
        ({"bias": False}, "with bias true instead of false"),
        ({"bottleneck": "gaussian"}, "with bottleneck point instead of gaussian"),
        ({"warm_start": f"first@{'0' * 12}"}, "has changed: it was 000000000000"),
        ({"warm_start": "nowhere"}, "not a run folder"),
        ({"warm_start": "x" * 5000}, "cannot read"),
    ],
)
def test_another_network_or_vector_is_refused_in_one_line(stored, letters, words, complaint):
    with pytest.raises(ValueError, match=complaint) as caught:
        one = replace(NEXT, **{"warm_start": "first", **words})
        one.check(one.problem(letters))
    assert "\n" not in str(caught.value)


def test_loss_and_noise_may_change_between_the_two(stored, letters):
    changed = replace(NEXT, loss="mse", noise="flip:0.1", warm_start="first")
    changed.check(changed.problem(letters))


def test_a_vector_in_hand_is_a_start(letters, rng):
    model = Autoencoder([35, 3, 2])
    theta = rng.standard_normal(model.size)
    result = fit(Problem(model, letters.x, first=theta), "l-bfgs", max_iterations=1)
    assert result.rows[0].loss == pytest.approx(Problem(model, letters.x).objective()(theta))
    with pytest.raises(ValueError, match="a start of shape"):
        Problem(model, letters.x, first=theta[1:]).start()


def test_the_command_takes_the_problem_of_the_run_and_reproduces(stored, letters):
    done("train", "--start", "first", "--method", "l-bfgs", "--max-iterations", 3, "--out", "second")
    second = load_run("second")
    asked = replace(NEXT, warm_start="first")
    assert cell(second.experiment, letters).name == cell(asked, letters).name
    assert "--start first@" in rerun(second.experiment)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(stored / "first")  # where "first" names nothing
        assert verify(stored / "second").same_vector and verify(stored / "second").reproduces
    assert run("train", "--start", "first", "--arch", "35,5,2").output.count("\n") == 1


def test_a_grid_goes_on_from_several_runs(stored):
    words = ["--start", "first", "--arch", "35,4,2", "--method", "l-bfgs", "--max-iterations", 2]
    done("bench", *words, "--seeds", 1, "--out", "cells", "--jobs", 1)
    (record,) = (json.loads(path.read_text()) for path in (stored / "cells").glob("*/run.json"))
    assert record["status"] == "max_iterations" and record["warm_start"].startswith("first@")
    frame = load_cells(stored / "cells")
    assert len(frame) == 1 and not frame.attrs["warnings"]
    assert "warm_start first@" in summarise(frame).caption
    assert verify(frame["path"][0]).reproduces
    assert record["environment"]["start"] == str(stored / "first")
    done("pack", "cells", "-o", "cells.zip")
    (packed,) = load_cells("cells.zip")["path"]
    assert "start" not in load_run(packed).record["environment"]  # it says where things lie on this disk
