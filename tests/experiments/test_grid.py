"""A grid: many experiments from few words, and the hash that names a cell."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from seals import unsealed

from optae import load_dataset
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.experiments.identity import cell, content_hash
from optae.experiments.labels import label
from optae.experiments.spec import parse_spec, read_spec
from optae.storage.cells import finished, reached, without_run, write_cell
from optae.storage.frame import load_cells
from optae.storage.history import load_history
from optae.storage.run import load_run, save_run
from optae.training.history import Row

SPEC = """
title = "A title"
question = "A question?"
dataset = ["font2", "font3"]
arch = ["35,6,2", [35, 4, 2]]
max_iterations = 5
seed = 3

[[grid]]
method = ["powell", {name = "adam", lr = 3e-3, batch = 8}]

[[grid]]
method = "adam"
seed = "5-6"
activations = [{encoder = "relu"}, {encoder = "identity", decoder = "logistic:1.6"}]
"""


@pytest.fixture
def data():
    return load_dataset("font2")


def test_a_spec_is_the_union_of_its_products(tmp_path):
    (tmp_path / "a.toml").write_text(SPEC)
    spec = read_spec(tmp_path / "a.toml")
    assert (spec.title, spec.question, len(spec.experiments)) == ("A title", "A question?", 24 + 16)
    batched = [e for e in spec.experiments if dict(e.options) == {"lr": 3e-3, "batch": 8}]
    assert len(batched) == 12 and {e.seed for e in batched} == {0, 1, 2}
    together = {(e.encoder, e.decoder) for e in spec.experiments if e.seed > 4}
    assert together == {("relu", "tanh"), ("identity", "logistic:1.6")}
    assert {e.arch for e in spec.experiments} == {(35, 6, 2), (35, 4, 2)}


def test_order_does_not_matter_and_duplicates_run_once():
    one = grid(method=["adam", "powell", "adam"], loss=["mse", "bce"], seed=[1, 0, 1], max_seconds=1)
    other = grid(max_seconds=1.0, seed=2, loss=("bce", "mse"), method=["powell", {"name": "adam"}])
    assert one == other and len(one) == 8


def test_keys_of_a_grid_override_those_of_the_file():
    words = {
        "max_seconds": 1,
        "activations": [{"encoder": "relu", "latent": "tanh"}],
        "grid": [{"encoder": "tanh"}],
    }
    (one,) = parse_spec(words).experiments
    assert (one.encoder, one.latent) == ("tanh", "tanh")


@pytest.mark.parametrize(
    "value, seeds",
    [
        (3, [0, 1, 2]),
        ([7, 3], [3, 7]),
        ("5-7", [5, 6, 7]),
        (["1-2", 9], [1, 2, 9]),
        ("4", [4]),
        ([2**64], [2**64]),
    ],
)
def test_seeds(value, seeds):
    assert [e.seed for e in grid(seed=value, max_seconds=1)] == seeds


WRONG = {
    "an unknown key": ("metod = 'adam'", "did you mean 'method'?"),
    "an unknown key of a grid": ("[[grid]]\nseeds = 3", "did you mean 'seed'?"),
    "a grid in single brackets": ("[grid]\nmethod = 'adam'", "[[grid]]"),
    "no grid in the list": ("grid = []", "[[grid]]"),
    "a title that is not a text": ("title = 3", "title"),
    "no value": ("method = []", "method has no value"),
    "no seeds": ("seed = 0", "seed has no value"),
    "a seed below zero": ("seed = [-1]", "seed = -1"),
    "a seed that is not a number": ("seed = 'lucky'", "lucky"),
    "seeds backwards": ("seed = '9-5'", "9-5"),
    "more seeds than can be counted": (f"seed = {10**23}", "is the most"),
    "a half that widens again": ("arch = '35,20,2,20,30'", "35,20,2,20,30,20,2,20,35"),
    "too long": ("# " + "a" * 200_000, "more than 200,000 characters"),
    "a key of many parts": ("a." * 50_000 + "a = 1", "a key of many parts"),
    "a key of many quoted parts": ('"a" . ' * 30_000 + "a = 1", "a key of many parts"),
    "brackets in brackets": ("seed = " + "[" * 50_000, "too many brackets"),
    "tables in tables": ("seed = " + "{a = " * 30_000, "too many brackets"),
    "seeds beyond all": ("seed = 100000000", "is the most"),
    "a seed of too many bits": (f"seed = '{2**128}'", "below 2^128"),
    "a number for a word": ("encoder = 3", "encoder = 3"),
    "an unknown activation": ("encoder = 'tahn'", "did you mean 'tanh'?"),
    "an unknown loss": ("loss = ['bce', 'msee']", "did you mean 'mse'?"),
    "an unknown start": ("init = 'glorrot'", "glorot"),
    "an unknown engine": ("engine = 'numpi'", "numpy"),
    "an unknown method": ("method = 'powel'", "did you mean 'powell'?"),
    "an unknown option": ("method = {name = 'adam', lrr = 1}", "did you mean 'lr'?"),
    "an unknown option as text": ("method = 'adam:lrr=1'", "did you mean 'lr'?"),
    "an option of the wrong kind": ("method = {name = 'adam', lr = 'fast'}", "fast"),
    "an option out of range": ("method = {name = 'adam', lr = -1}", "positive"),
    "an option without a name": ("method = {lr = 1}", "name ="),
    "a method that is not a text": ("method = 3", "method = 3"),
    "an option without value": ("method = 'adam:lr=1,batch'", "key=value"),
    "widths that are none": ("arch = '35,abc'", "35,abc"),
    "a table of widths": ("arch = {a = 1}", "arch"),
    "an even architecture": ("arch = '35,4,4,35'", "even length"),
    "no width": ("arch = [35, 0, 35]", "whole numbers"),
    "a bias that is not a flag": ("bias = 'no'", "true or false"),
    "a budget of nothing": ("max_seconds = 0", "max_seconds = 0"),
    "a budget that is not a number": ("max_seconds = 'long'", "long"),
    "an endless budget": ("max_iterations = inf", "no budget"),
    "a target that is not a number": ("target = 'low'", "low"),
    "an unknown metric": ("target = 'max_pixel_eror=0'", "max_pixel_error"),
    "activations that are words": ("activations = ['relu']", "activations = 'relu'"),
    "an unknown layer": ("activations = [{encodr = 'relu'}]", "encoder"),
    "no TOML": ("method =", "not TOML"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_specs_are_one_plain_line(tmp_path, name):
    text, words = WRONG[name]
    path = tmp_path / "spec.toml"
    path.write_text(text if "max_" in text else f"max_seconds = 1\n{text}")
    with pytest.raises(ValueError) as error:
        read_spec(path)
    assert words in str(error.value) and "\n" not in str(error.value) and "spec.toml" in str(error.value)


def test_unreadable_specs_are_refused(tmp_path):
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing.toml", tmp_path, tmp_path / "binary.toml"):
        with pytest.raises(ValueError, match=path.name):
            read_spec(path)
    with pytest.raises(ValueError, match="no budget"):
        grid(method="adam", target="0.1")


# the hash


def test_the_hash_ignores_order_and_spelling(data):
    one = Experiment(method="adam", options=(("lr", 0.003), ("batch", 8)), max_seconds=5)
    same = [
        Experiment(method="adam", options=(("batch", 8), ("lr", 3e-3)), max_seconds=5.0),
        Experiment(method="adam", options=(("batch", 8), ("b1", 0.9), ("lr", 3e-3)), max_seconds=5),
        Experiment(arch=(35, 60, 50, 30, 2), output="logistic:1", **_adam()),
    ]
    assert {cell(e, data).name for e in same} == {cell(one, data).name}
    words = cell(one, data).identity
    assert content_hash(dict(reversed(words.items()))) == cell(one, data).name


def _adam():
    return {"method": "adam", "options": (("lr", 0.003), ("batch", 8)), "max_seconds": 5}


def test_the_hash_sees_every_field(data):
    default = Experiment(max_seconds=5)
    others = grid(max_seconds=5, encoder="relu") + grid(max_seconds=5, latent="tanh")
    others += grid(max_seconds=5, decoder="relu") + grid(max_seconds=5, output="logistic:2")
    others += (
        grid(max_seconds=5, bias=False) + grid(max_seconds=5, init="he") + grid(max_seconds=5, loss="mse")
    )
    others += grid(max_seconds=5, method=["backprop", "adam:lr=1"]) + grid(max_seconds=5, engine="jax")
    others += grid(max_seconds=5, seed=[1]) + grid(max_seconds=6) + grid(max_seconds=5, max_evaluations=9)
    others += grid(max_seconds=5, max_iterations=9) + grid(max_seconds=5, target=[1, "mse=1"])
    others += grid(max_seconds=5, arch="35,2")
    names = {cell(e, data).name for e in [default, *others]}
    assert len(names) == 1 + len(others) and all(len(name) == 16 for name in names)
    assert cell(default, load_dataset("font3")).name not in names


def test_the_data_count_by_content_and_not_by_place(tmp_path):
    names = set()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "some.csv"
        path.write_text("1,1,0,1\n1,0,0,1\n")
        names.add(cell(Experiment(dataset=str(path)), load_dataset(str(path))).name)
    path.write_text("1,1,0,1\n1,1,0,1\n")
    changed = cell(Experiment(dataset=str(path)), load_dataset(str(path))).name
    assert len(names) == 1 and changed not in names


def test_labels():
    assert (
        label("adam", {"lr": 0.003, "batch": 8})
        == label("adam", {"batch": 8, "lr": 0.003})
        == "adam lr=0.003 batch=8"
    )
    assert (
        label("adam", {"lr": 0.001}) == "adam" and label("adam", {"shuffle": False}) == "adam shuffle=false"
    )


# a cell on disk


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place, data = tmp_path_factory.mktemp("cells"), load_dataset("font2")
    for method in ("adam:lr=3e-3,batch=8", "powell"):
        (e,) = grid(arch="35,4,2", method=method, max_evaluations=300, target="max_pixel_error=0")
        one = cell(e, data)
        write_cell(place, one.name, finished(one, data, e.run()))
    (e,) = grid(arch="64,4,2", max_seconds=1)
    one = cell(e, data)
    write_cell(place, one.name, without_run(one, data, "refused", "it does\nnot fit"))
    return place


def test_a_cell_is_a_run_folder(folder):
    path = next(path for path in folder.iterdir() if "powell" in (path / "run.json").read_text())
    assert sorted(os.listdir(path)) == ["SHA256SUMS", "run.json", "theta.safetensors", "trace.csv"]
    run = load_run(path)
    assert run.record["cell"] == path.name == cell(run.experiment, run.data).name
    assert run.experiment.problem(run.data).referee()(run.theta) == run.record["value"]


def test_one_row_per_cell(folder):
    frame = load_cells(folder).set_index("label")
    assert set(frame.index) == {"adam", "powell", "adam lr=0.003 batch=8"} and not frame.attrs["warnings"]
    adam, refused = frame.loc["adam lr=0.003 batch=8"], frame.loc["adam"]
    assert adam["options"] == "lr=0.003 batch=8" and adam["arch"] == "35-4-2-4-35" and adam["seed"] == 0
    value, grad = 2 * 32 * 296, 2 * 32 * (2 * 296 - 140)  # of 35-4-2-4-35
    assert adam["evaluations"] == 300 and adam["operations"] == pytest.approx(300 * (value + grad))
    assert frame.loc["powell"]["operations"] == 300 * value
    assert adam["target"] == "max_pixel_error=0" and adam["bias"]
    assert (refused["status"], refused["message"]) == ("refused", "it does not fit")
    assert np.isnan(refused["value"]) and refused["operations"] == 0 and refused["reached"] == {}


def test_tables_need_no_traces(folder):
    for row in load_cells(folder).query("status != 'refused'").itertuples():
        history = load_history(row.path)
        assert row.reached
        for wrong, first in row.reached.items():
            rows = history[history.max_pixel_error <= wrong].iloc[0]
            assert first["seconds"] == rows.seconds and first["evaluations"] == rows.evaluations
            assert first["operations"] == rows.operations and first["iterations"] == rows.iteration
    refused = load_cells(folder).query("status == 'refused'").path.iloc[0]
    with pytest.raises(ValueError, match="refused"):
        load_history(refused)


def test_only_new_least_numbers_are_kept():
    nan = float("nan")
    rows = [Row(t, t, t, t, 0, 0, 0, 1.0, 1.0, w) for t, w in enumerate([9, nan, 9, 4, 7, 0])]
    found = reached(rows)
    assert list(found) == ["9", "4", "0"] and [f["evaluations"] for f in found.values()] == [0, 3, 5]
    assert [f["after"]["evaluations"] for f in found.values()] == [0, 2, 4]


def test_runs_of_train_count_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr("optae.figures.run.draw", lambda *_: None)  # pictures take seconds
    e = Experiment(arch=(35, 2), options=(("lr", 0.003),), max_iterations=3)
    save_run(tmp_path / "runs" / "a", e, e.data(), e.run())
    frame = load_cells([tmp_path / "runs", tmp_path / "runs" / "a"])
    assert list(frame.label) == ["adam lr=0.003"] and frame.evaluations[0] == 3 and frame.cell[0] == ""


def test_merging_is_copying(folder, tmp_path):
    for path in folder.iterdir():
        shutil.copytree(path, tmp_path / "b" / path.name)
    frame = load_cells([folder, tmp_path / "b"])
    assert len(frame) == 3 and len(frame.attrs["warnings"]) == 3


def test_damaged_folders_are_a_line_each(folder, tmp_path):
    for i, content in enumerate(["", "[]", "{", "{}", '{"method": "adam"}', b"\xff"]):
        path = tmp_path / str(i) / "run.json"
        path.parent.mkdir()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "trace.csv").write_text("seconds")
    (tmp_path / ".optae-abc").mkdir()
    shutil.copytree(folder, tmp_path / "good")
    frame = load_cells(tmp_path)
    assert len(frame) == 3 and len(frame.attrs["warnings"]) == 7
    assert all("damaged" in line and "\n" not in line for line in frame.attrs["warnings"])


def test_a_broken_history_is_named_in_the_warning(tmp_path, monkeypatch):
    monkeypatch.setattr("optae.figures.run.draw", lambda *_: None)
    e = Experiment(arch=(35, 2), max_iterations=2)
    save_run(tmp_path / "a", e, e.data(), e.run())
    unsealed(tmp_path / "a")
    for content, reason in {
        "": "column of evaluations",
        "best\nx": "table of numbers",
        "best\n1": "column of evaluations",
        "evaluations\n1": "cut short",
    }.items():
        (tmp_path / "a" / "trace.csv").write_text(content)
        (warning,) = load_cells(tmp_path).attrs["warnings"]
        assert "trace.csv" in warning and reason in warning and "run.json" not in warning
    (tmp_path / "a" / "trace.csv").unlink()
    assert "trace.csv is gone" in load_cells(tmp_path).attrs["warnings"][0]


def test_a_folder_that_is_not_there_and_an_empty_one(tmp_path):
    with pytest.raises(ValueError, match="nowhere"):
        load_cells(tmp_path / "nowhere")
    frame = load_cells(tmp_path)
    assert frame.empty and "label" in frame.columns


def test_import_stays_light():
    rooms = "optae.experiments.grid, optae.storage.cells, optae.execution.runner, optae.execution.verify"
    code = f"import sys, optae, {rooms}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pandas", "jax", "matplotlib", "rich", "distributed"} & set(loaded)


def test_the_record_names_no_place(tmp_path, monkeypatch):
    (tmp_path / "some.csv").write_text("1,1,0,1\n1,0,0,1\n")
    monkeypatch.setenv("HERE_ARE_DATA", str(tmp_path))
    e = Experiment(dataset="$HERE_ARE_DATA/some.csv", arch=(4, 2), max_iterations=1)
    data = load_dataset(e.dataset)
    one = cell(e, data)
    files = finished(one, data, e.run(e.problem(data)))
    facts = json.loads(files["run.json"])
    assert facts["dataset"] == "$HERE_ARE_DATA/some.csv" and str(Path(tmp_path)) not in json.dumps(
        facts["recipe"]
    )
    monkeypatch.delenv("HERE_ARE_DATA")
    with pytest.raises(ValueError, match="set the environment variable HERE_ARE_DATA"):
        load_dataset(e.dataset)
