"""A run on disk: whole or not at all, and the same when read back."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_array_equal
from optae.cli.main import main

from optae.evaluation.definitions import PIXELS
from optae.experiments.experiment import Experiment
from optae.figures.run import draw, of_run
from optae.files import free
from optae.storage.folders import default_folder
from optae.storage.run import load_run, save_run
from optae.training.history import Row

KEYS = {
    *("method", "dataset", "arch", "engine", "seed", "loss", "value", "metrics", "evaluations"),
    *("seconds", "status", "message", "environment"),
}
SHORT = Experiment(arch=(35, 6, 2), options=(("lr", 3e-3),), max_iterations=60, seed=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs") / "a"
    save_run(place, SHORT, SHORT.data(), SHORT.run())
    return place


def test_the_record_has_all_its_fields(folder):
    record = json.loads((folder / "run.json").read_text())
    assert record.keys() >= KEYS and set(PIXELS) == record["metrics"].keys()
    assert record["evaluations"].keys() == {"value", "grad", "hvp", "jacobian"}
    assert record["seconds"].keys() == {"compile", "solve", "paused", "processor"}
    facts = record["environment"]
    assert facts["versions"]["numpy"] == np.__version__ and facts["threads"] >= 1 and facts["processor"]
    assert len(facts["data"]["sha256"]) == 64


def test_the_folder_has_all_files_to_hand_in(folder):
    assert {"run.json", "trace.csv", "theta.safetensors", "SHA256SUMS"} == set(os.listdir(folder))


def test_pictures_are_drawn_into_the_folder_of_a_run_that_is_safe(folder, tmp_path):
    run, result = load_run(folder), SHORT.run()
    draw(tmp_path, run.experiment.problem(run.data), run.data, result)
    names = {"curves", "reconstructions", "latent", "decoded"}
    assert {name for name, _ in of_run(run)} == names
    assert all((tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG") for name in names)


def test_the_stored_vector_reproduces_the_stored_value(folder):
    run = load_run(folder)
    problem = run.experiment.problem(run.data)
    assert problem.referee()(run.theta) == run.record["value"]
    assert run.model == problem.model and run.experiment == Experiment.from_words(run.experiment.words)
    assert tuple(run.trace.columns) == Row.columns(PIXELS)
    assert run.trace.best.iloc[-1] == pytest.approx(run.record["value"], rel=1e-12)


def test_the_run_can_be_run_again(folder):
    run = load_run(folder)
    assert_array_equal(run.experiment.run().theta, run.theta)


def test_numbers_that_json_cannot_write_are_null(tmp_path):
    experiment = Experiment(arch=(35, 2), output="identity", loss="mse", max_iterations=2)
    save_run(tmp_path / "a", experiment, experiment.data(), experiment.run())
    record = json.loads((tmp_path / "a" / "run.json").read_text())
    assert record["metrics"]["bce"] is None and record["budget"]["max_seconds"] is None


def test_a_taken_place_is_refused_and_an_empty_one_is_fine(folder, tmp_path):
    with pytest.raises(ValueError, match="exists already"):
        free(folder)
    (tmp_path / "empty").mkdir()
    save_run(tmp_path / "empty", SHORT, SHORT.data(), SHORT.run())
    assert (tmp_path / "empty" / "run.json").exists()


def test_a_picture_that_fails_costs_no_run(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device", "latent.png")

    monkeypatch.setattr("optae.figures.run.latent_plane", fail)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["train", "--arch", "35,2", "--max-evaluations", "3", "--out", "a"])
    assert result.exit_code == 2 and "latent.png" in result.output
    assert load_run("a").theta.size and os.listdir() == ["a"]


def test_no_files_are_left_when_writing_fails(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError("disk full")

    result = SHORT.run()
    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        save_run(tmp_path / "a", SHORT, SHORT.data(), result)
    assert not os.listdir(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2, 0.5])
def test_a_killed_run_leaves_no_half_folder(tmp_path, delay):
    code = (
        "from pathlib import Path\nfrom optae.experiments.experiment import Experiment\n"
        "from optae.storage.run import save_run\n"
        "e = Experiment(arch=(35, 6, 2), max_iterations=20)\nd = e.data(); r = e.run()\n"
        "print('go', flush=True)\n"
        f"save_run(Path({str(tmp_path / 'a')!r}), e, d, r)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"go\n"
    time.sleep(delay)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    if (tmp_path / "a").exists():
        files = sorted(os.listdir(tmp_path / "a"))
        assert load_run(tmp_path / "a").theta.size
        assert files == ["SHA256SUMS", "run.json", "theta.safetensors", "trace.csv"]
    else:
        assert all(name.startswith(".optae-") for name in os.listdir(tmp_path))


def test_default_folders_do_not_collide(tmp_path):
    first = default_folder(SHORT, tmp_path)
    first.mkdir()
    assert first.name == "font2-adam-4" and default_folder(SHORT, tmp_path).name == "font2-adam-4-2"
    odd = Experiment(dataset="some where/fo nt.h:Font2", method="optax:lion")
    assert default_folder(odd, tmp_path).name == "fo-nt.h-Font2-optax-lion-0"


@pytest.mark.parametrize("content", ["", "[]", "{", "{}", '{"method": "adam"}'])
def test_damaged_records_are_refused(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(ValueError, match="damaged"):
        load_run(tmp_path)


def test_data_that_changed_are_noticed(tmp_path):
    path = tmp_path / "some.csv"
    path.write_text("1,1,0,1\n1,0,0,1\n")
    experiment = Experiment(dataset=str(path), arch=(4, 2), max_iterations=2)
    save_run(tmp_path / "a", experiment, experiment.data(), experiment.run())
    assert load_run(tmp_path / "a").data.x.shape == (2, 4)
    path.write_text("1,1,0,1\n1,1,0,0\n")
    with pytest.raises(ValueError, match="has changed"):
        _ = load_run(tmp_path / "a").data
