"""Seeds that train together are the runs that they are alone, but for rounding."""

import json
from dataclasses import replace

import numpy as np
import pytest
from models import MODELS
from numpy.testing import assert_allclose

import optae
from optae.comparison.fairness import remarks
from optae.execution.jobs import LANES, bundles
from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.execution.verify import verify
from optae.experiments.grid import grid
from optae.methods import METHODS, method_spec
from optae.storage.frame import load_cells
from optae.training.fit import fit_together

SEEDS = [3, 0, 5]
WAYS = {
    "all the data": ("bce", METHODS["adam"](lr=0.01)),
    "minibatches": ("bce", METHODS["momentum"](batch=10)),
    "a VAE": ("vae", METHODS["adam"]()),
    "optax": ("bce", method_spec("optax:sgd")(learning_rate=0.01)),
}


def problems(name, x, engine="jax"):
    return [optae.Problem(MODELS[name], x, engine=engine, seed=seed) for seed in SEEDS]


@pytest.mark.parametrize("way", WAYS)
def test_a_group_takes_the_steps_of_its_seeds(way, x):
    name, method = WAYS[way]
    assert method.suits(problems(name, x)[0])
    group = fit_together(problems(name, x), method, max_iterations=20)
    for problem, result in zip(problems(name, x), group, strict=True):
        alone = optae.fit(problem, method, max_iterations=20)
        assert (result.iterations, result.evaluations) == (alone.iterations, alone.evaluations)
        assert (result.status, result.message) == (alone.status, alone.message)
        assert_allclose(result.theta, alone.theta, atol=1e-9)
        assert_allclose([row.best for row in result.rows], [row.best for row in alone.rows], rtol=1e-9)


def test_float32_takes_nearly_the_same_steps_alone_and_together(x):
    method = replace(WAYS["all the data"][1], precision="float32")
    group = fit_together(problems("bce", x), method, max_iterations=20)
    for problem, result in zip(problems("bce", x), group, strict=True):
        single = optae.fit(problem, method, max_iterations=20)
        double = optae.fit(problem, WAYS["all the data"][1], max_iterations=20)
        assert_allclose(result.value, single.value, rtol=1e-5)
        assert_allclose(result.value, double.value, rtol=1e-4)
        assert (single.theta == single.theta.astype(np.float32)).all()
    with pytest.raises(ValueError, match="precision float32 is for engine jax"):
        optae.fit(problems("bce", x, "numpy")[0], method, max_iterations=2)
    with pytest.raises(ValueError, match="fresh noise is for compiled epochs: give `batch`"):
        optae.fit(problems("vae", x)[0], method, max_iterations=2)


def test_each_lane_ends_by_itself(x):
    _, method = WAYS["all the data"]
    final = np.array([result.value for result in fit_together(problems("bce", x), method, max_iterations=60)])
    target = np.sort(final)[:2].mean()
    group = fit_together(problems("bce", x), method, max_iterations=60, target=optae.Target(target))
    assert [result.status == "target" for result in group] == list(final < target)
    assert [result.value <= target for result in group] == list(final < target)
    assert {result.iterations for result in group if result.status != "target"} == {60}


def test_seconds_are_shared_and_bounded(x):
    _, method = WAYS["all the data"]
    group = fit_together(problems("bce", x), method, max_seconds=0.05)
    assert {result.status for result in group} == {"max_seconds"}
    assert len({result.iterations for result in group}) == 1
    assert len({result.seconds["solve"] for result in group}) == 1 and group[0].seconds["solve"] < 1


def test_a_lane_that_diverges_does_not_end_the_others(x):
    lanes, method = problems("bce", x), METHODS["adam"](lr=0.01)
    lanes[1].__dict__["start"] = lambda: np.full(lanes[1].model.size, np.nan)
    ended = fit_together(lanes, method, max_iterations=20)
    assert [result.status for result in ended] == ["max_iterations", "diverged", "max_iterations"]
    assert_allclose(ended[0].theta, optae.fit(lanes[0], method, max_iterations=20).theta, atol=1e-9)


def test_a_grid_trains_its_seeds_together_and_each_reproduces(tmp_path):
    words = {"arch": "35,6,2", "max_iterations": 200, "target": 10}
    wanted = grid(**words, method="adam:lr=0.02", engine="jax", seed=3)
    run_plan(plan(wanted, tmp_path), tmp_path, jobs=1)
    frame = load_cells(tmp_path)
    assert sorted(frame.seed) == [0, 1, 2] and set(frame.status) <= {"target", "max_iterations"}
    records = [json.loads((tmp_path / name / "run.json").read_text()) for name in frame.cell]
    assert all(record["together"] == [0, 1, 2] for record in records)
    assert all((tmp_path / name / "theta.safetensors").is_file() for name in frame.cell)
    assert set(frame.together) == {3} and "3 runs trained together" in remarks(frame, ["label"])[-1]
    verdict = verify(tmp_path / frame.cell[1])
    assert verdict.same_vector, verdict.sentence


def test_jobs_that_are_bundled(tmp_path):
    words = {"arch": "35,6,2", "max_iterations": 9}
    many = grid(**words, method=["adam", "adam:lr=0.1"], engine="jax", seed=2 * LANES + 1)
    todo = plan(many + grid(**words, method="lm", engine="jax", seed=3) + grid(**words, seed=3), tmp_path)
    found = bundles(todo.jobs, 2)
    assert sorted(cell.name for job in found for cell in job.cells) == sorted(j.cell.name for j in todo.jobs)
    assert sorted(len(job.cells) for job in found) == [1] * 6 + [11] * 6
    for job in found:
        assert len({json.dumps({**cell.identity, "seed": 0}, sort_keys=True) for cell in job.cells}) == 1
    assert len(bundles(todo.jobs[:0], 2)) == 0
