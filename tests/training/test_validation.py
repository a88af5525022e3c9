"""Validation data: no step sees them, and the vector with the lowest loss on them is kept."""

import numpy as np
import pytest
from commands import done, run
from numpy.testing import assert_array_equal

import optae
from optae.engines.hardware import Hardware
from optae.experiments.experiment import Experiment
from optae.methods.first_order import rules as fo
from optae.methods.first_order.compiled_epochs import Epochs
from optae.methods.first_order.loop import FirstOrder
from optae.model.binarization import static_pixels

MODEL = optae.Autoencoder([6, 5, 2], bottleneck="gaussian", corruption="dropout:0.2", binarize="dynamic")
WORDS = ("--dataset", "font2", "--arch", "35,3,2", "--epochs", 2)


@pytest.fixture(scope="module")
def parts():
    x = np.random.default_rng(3).random((40, 6))
    return x[:30], x[30:]


def epochs(lr=0.01):
    return Epochs(fo.Adam(lr), 10, hardware=Hardware("float64"))


def test_the_yardstick_is_the_loss_of_the_clean_validation_pixels(parts):
    problem = optae.Problem(MODEL, parts[0], validation=parts[1])
    draw = problem.yardstick().draw
    assert draw.x is draw.target
    assert_array_equal(draw.target, static_pixels(parts[1]))
    assert_array_equal(problem.objective().draw.target.shape, parts[0].shape)


def test_the_vector_with_the_lowest_loss_on_them_is_kept(parts):
    """A rate that is far too high: the loss on the validation data rises again."""
    problem = optae.Problem(MODEL, parts[0], validation=parts[1], engine="jax")
    one, more = (optae.fit(problem, epochs(0.3), max_iterations=many) for many in (12, 13))
    yardstick = problem.yardstick()
    best = [row.best for row in more.rows]
    assert min(best) == pytest.approx(yardstick(more.theta), rel=1e-9) and best == sorted(best, reverse=True)
    assert yardstick(more.theta) <= yardstick(one.theta)
    other = optae.fit(optae.Problem(MODEL, parts[0], engine="jax"), epochs(0.3), max_iterations=13)
    assert [row.loss for row in other.rows[1:-1]] == [row.loss for row in more.rows[1:-1]]  # the same steps


def test_an_experiment_splits_its_data_by_the_seed():
    one, same, other = (
        Experiment(validation=many, seed=seed) for many, seed in ((8.0, 0), (0.25, 0), (8.0, 1))
    )
    data = one.data()
    problems = [each.problem(data) for each in (one, same, other)]
    first = problems[0]
    assert len(first.x) == 24 and len(first.validation) == 8
    rows = {tuple(row) for row in first.x} | {tuple(row) for row in first.validation}
    assert rows == {tuple(row) for row in data.x}
    assert_array_equal(first.validation, problems[1].validation)
    assert (first.validation != problems[2].validation).any()


def test_methods_that_do_not_compare_by_it_are_refused(parts):
    problem = optae.Problem(MODEL, parts[0], validation=parts[1])
    for method in (FirstOrder(fo.Adam(), 8), optae.METHODS["l-bfgs"]()):
        with pytest.raises(ValueError, match="`validation` is for compiled epochs: give `precision`"):
            optae.fit(problem, method, max_iterations=1)


def test_the_command_says_on_how_many_samples_it_measured(tmp_path):
    words = (*WORDS, "--batch", 8, "--precision", "float32", "--validation", 0.25, "--out", tmp_path / "run")
    assert "of 24" in done("train", *words)
    assert "of 24 exact" in done("show", tmp_path / "run")


@pytest.mark.parametrize("part", ["0", "1.5", "32", "-1"])
def test_a_part_that_leaves_nothing_is_refused_in_a_line(part, tmp_path):
    words = (*WORDS, "--batch", 8, "--precision", "float32", "--validation", part, "--out", tmp_path / "run")
    result = run("train", *words)
    assert result.exit_code == 2 and result.output.count("\n") == 1 and "validation" in result.output
