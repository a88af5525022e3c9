"""A grid of a million experiments: what those that differ in their seed alone share is worked out once."""

import tracemalloc

import pytest

from optae.execution import plan as plans
from optae.experiments import identity as identities
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.experiments.identity import Families, cell, content_hash, identity

AXES = {"method": ["adam", "lm"], "loss": ["bce", "half_sse"], "arch": "35,4,2", "max_seconds": 1}


@pytest.mark.parametrize("method", ["adam", "lm", "basin-hopping"])
def test_the_names_of_a_family_are_the_hashes_of_its_recipes(method, letters):
    families = Families()
    for seed in (5, 0, 2**31, 2**32 - 1, 2**32, 2**64, 2**127, 5):
        experiment = Experiment(method=method, seed=seed, max_seconds=1, noise="flip")
        one, words = families.cell(experiment, letters), identity(experiment, letters)
        assert one.identity == words and one.name == content_hash(words) == cell(experiment, letters).name
        assert one.experiment == experiment


def test_a_grid_is_what_its_experiments_are_one_by_one():
    found = grid(**AXES, seed=["3-4", 0, 4])
    assert [one.seed for one in found] == [0] * 4 + [3] * 4 + [4] * 4
    assert set(found) == {
        Experiment(method=method, loss=loss, arch=(35, 4, 2), max_seconds=1, seed=seed)
        for method in AXES["method"]
        for loss in AXES["loss"]
        for seed in (0, 3, 4)
    }
    assert list(found[4:8]) == [one.at_seed(3) for one in found[:4]] and len(found[::2]) == 6


def test_a_plan_works_out_recipes_and_refusals_once_a_family(tmp_path, monkeypatch):
    counts = {"identity": 0, "refusal": 0}

    def counted(place, name):
        real = getattr(place, name)

        def call(*words):
            counts[name] += 1
            return real(*words)

        monkeypatch.setattr(place, name, call)

    counted(identities, "identity")
    counted(plans, "refusal")
    seen = []
    todo = plans.plan(grid(**AXES, seed=1000), tmp_path / "none", on_progress=seen.append)
    assert todo.size == 4000 and counts == {"identity": 4, "refusal": 4}
    assert seen == [0, 1000, 2000, 3000]


def test_an_experiment_of_a_grid_and_of_a_plan_takes_little_memory(tmp_path):
    many = 20_000
    grid(**AXES, seed=10)
    tracemalloc.start()
    found = grid(**AXES, seed=many // 4)
    assert tracemalloc.get_traced_memory()[0] < 200 * many
    todo = plans.plan(found, tmp_path / "none")
    assert tracemalloc.get_traced_memory()[0] < 700 * many and todo.size == many
    tracemalloc.stop()
