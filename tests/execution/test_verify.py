"""A stored cell, run again."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae.execution.runner import plan, run_plan
from optae.execution.verify import by_count, verify
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.storage.frame import load_cells
from optae.storage.run import save_run


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Runs that ended in different ways, by label."""
    folder = tmp_path_factory.mktemp("verify")
    common = {"arch": "35,6,2", "seed": [3]}
    experiments = grid(**common, method=["powell", "adam:batch=5"], max_seconds=0.3)
    experiments += grid(**common, method="l-bfgs", max_iterations=10)
    experiments += grid(**common, method="adam", target=24, max_iterations=500)
    experiments += grid(**common, method="cobyqa", max_iterations=5)
    run_plan(plan(experiments, folder), folder, jobs=1)
    return load_cells(folder).set_index("label").path


def run(*arguments):
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


def changed(path, place, **facts):
    """A copy whose record says something else."""
    shutil.copytree(path, place)
    record = json.loads((place / "run.json").read_text())
    for name, value in facts.items():
        record[name] = {**record[name], **value} if isinstance(value, dict) else value
    (place / "run.json").write_text(json.dumps(record))
    return place


def spoiled(path, place):
    """A copy whose vector is another."""
    shutil.copytree(path, place)
    file = place / "theta.safetensors"
    content = file.read_bytes()
    file.write_bytes(content[:-8] + np.float64(7).tobytes())
    return place


@pytest.mark.parametrize("name", ["powell", "adam batch=5", "l-bfgs", "adam"])
def test_the_same_machine_gives_the_same_vector(cells, name):
    verdict = verify(cells[name])
    assert verdict.reproduces and verdict.same_vector and not verdict.elsewhere
    assert verdict.again["calls"] == verdict.stored["calls"]
    assert "bit for bit" in verdict.sentence and "numbering 2" in verdict.sentence


def test_refused_cells_are_refused_again(cells, tmp_path):
    assert verify(cells["cobyqa"]).reproduces
    assert not verify(changed(cells["cobyqa"], tmp_path / "a", message="because")).reproduces


def test_runs_of_train_verify_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr("optae.figures.run.draw", lambda *_: None)  # pictures take seconds
    e = Experiment(arch=(35, 4, 2), max_iterations=20)
    save_run(tmp_path / "a", e, e.data(), e.run())
    assert verify(tmp_path / "a").same_vector


def test_a_run_that_ended_where_it_began(tmp_path, monkeypatch):
    monkeypatch.setattr("optae.figures.run.draw", lambda *_: None)
    e = Experiment(arch=(35, 4, 2), target="1e9", max_seconds=5)
    save_run(tmp_path / "a", e, e.data(), e.run())
    assert verify(tmp_path / "a").same_vector


def test_another_vector_does_not_reproduce_here(cells, tmp_path):
    verdict = verify(spoiled(cells["l-bfgs"], tmp_path / "a"))
    assert not verdict.reproduces and "another vector" in verdict.sentence


def test_elsewhere_the_value_decides(cells, tmp_path):
    path = spoiled(cells["l-bfgs"], tmp_path / "a")
    elsewhere = {"environment": {"processor": "another one"}}
    verdict = verify(changed(path, tmp_path / "b", **elsewhere))
    assert verdict.reproduces and not verdict.same_vector and verdict.elsewhere == ("another processor",)
    assert not verify(changed(path, tmp_path / "c", value=5.0, **elsewhere)).reproduces


@pytest.mark.parametrize("method", ["l-bfgs", "basin-hopping"])
def test_a_run_of_older_streams_is_read_and_says_so(cells, tmp_path, method):
    """Its vector is today's where only start and noise are drawn; else there is nothing to compare."""
    old = changed(cells["l-bfgs"], tmp_path / "old", method=method)
    record = json.loads((old / "run.json").read_text())
    assert record.pop("streams") == 2
    (old / "run.json").write_text(json.dumps(record))
    found = run(old)
    assert "numbering 1" in found.stdout and len(load_cells(old)) == 1
    assert (found.exit_code == 0) == (method == "l-bfgs") == ("another version" not in found.stdout)


def test_what_a_clock_ended_is_run_by_count(cells):
    from optae.storage.run import load_run

    run = load_run(cells["powell"])
    assert run.record["status"] == "max_seconds"
    assert by_count(run).max_evaluations == run.record["calls"] and by_count(run).max_seconds == np.inf


def test_the_exit_code_is_the_verdict(cells, tmp_path):
    good, bad = run(cells["l-bfgs"]), run(spoiled(cells["l-bfgs"], tmp_path / "a"))
    assert (
        (good.exit_code, bad.exit_code) == (0, 1)
        and "bit for bit" in good.stdout
        and "does not" in bad.stdout
    )


@pytest.mark.parametrize("name", ["no run", "no vector", "other data", "damaged"])
def test_what_cannot_be_run_again_is_one_plain_line(cells, tmp_path, name):
    place = tmp_path / "a"
    if name == "no vector":
        (changed(cells["l-bfgs"], place, status="failed") / "theta.safetensors").unlink()
    elif name == "other data":
        changed(cells["l-bfgs"], place, dataset="font3")
    elif name == "damaged":
        (changed(cells["l-bfgs"], place) / "run.json").write_text("{")
    result = run(place)
    assert result.exit_code == 2 and result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
