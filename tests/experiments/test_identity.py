"""Two cells that differ in any one field are never one: in tables, pictures, verdicts and groups."""

import json
import math
from dataclasses import fields, replace
from itertools import chain

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from optae.cli.main import main
from places import OLD_CELLS

from optae.comparison import default_by, summarise, verdict, where
from optae.comparison.series import read
from optae.datasets import load_dataset
from optae.experiments import identity
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell, cell_names
from optae.experiments.sameness import (
    BUDGET,
    HOW,
    PROBLEM,
    SOURCE,
    problem_names,
    recipe_of,
    repeated,
    series_names,
    settled,
    tails,
)
from optae.experiments.schema import ROLES, named
from optae.pages.rerun import rerun
from optae.storage.cells import without_run, write_cell
from optae.storage.frame import load_cells
from optae.storage.groups import by_recipe, together
from optae.storage.run import load_run

BASE = Experiment(
    arch=(35, 4, 2), noise="flip:0.1", options=(("batch", 8),), precision="float32", max_iterations=5
)
PREDICTS = replace(BASE, dataset="digits", network="mlp", arch=(64, 4, 10))
OTHERS = {
    "dataset": "font3",
    "holdout": 0.25,
    "network": "mlp",
    "hidden": "relu",
    "scale": "standard",
    "arch": (35, 5, 2),
    "l2": 1e-3,
    "encoder": "relu",
    "latent": "tanh",
    "decoder": "relu",
    "output": "identity",
    "bias": False,
    "init": "he",
    "warm_start": "runs/elsewhere@0123456789ab",
    "loss": "mse",
    "bottleneck": "gaussian:0.5",
    "noise": "flip:0.4",
    "method": "rmsprop",
    "options": (("batch", 4),),
    "engine": "jax",
    "precision": "float64",
    "schedule": "cosine",
    "clip": 1.0,
    "kl_warmup": 2.0,
    "draws": 3,
    "device": "cpu",
    "devices": 2,
    "look": 5,
    "binarize": "dynamic",
    "iwae": 70,
    "iwae_images": 9,
    "quadrature": 60,
    "validation": 8.0,
    "regime": "frozen",
    "copies": 2,
    "redraw": 7,
    "seed": 1,
    "max_seconds": 9.0,
    "max_evaluations": 900.0,
    "max_iterations": 6.0,
    "target": "exact=32",
    "measure": "mine.py:hits@0123456789ab:higher",
}
BASES = {  # for methods without epochs, and for networks that predict
    "redraw": replace(BASE, method="l-bfgs", options=(), precision=None, redraw=5),
    "network": replace(BASE, dataset="digits", arch=(64, 4, 64)),
    **dict.fromkeys(("holdout", "hidden", "scale"), PREDICTS),
}
FIELDS = [name for name in OTHERS if name != "seed"]


def pair(name):
    """Two experiments that differ in that field alone."""
    base = BASES.get(name, BASE)
    return base, replace(base, **{name: OTHERS[name]})


def keep(folder, *experiments):
    """Cells that were not trained, as `load_cells` reads them, with a value each."""
    for experiment in experiments:
        data = experiment.data()
        one = cell(experiment, data)
        write_cell(folder, one.name, without_run(one, data, "failed", "not trained"))
    frame = load_cells(folder)
    made = {"status": "converged", "value": 1.0 + np.arange(len(frame)), "half_sse": 1.0}
    return frame.assign(**made)


def test_every_field_has_a_role_and_every_field_is_tried():
    every = {*OTHERS, SOURCE}  # which tests/methods/test_own.py tries, with a file that is edited
    assert every == {field.name for field in fields(Experiment)}
    assert sorted(chain.from_iterable(named(Experiment, role) for role in ROLES)) == sorted(every)
    assert {*PROBLEM, *HOW, *BUDGET, "method", "options", "seed"} == {*OTHERS, "streams"}


@pytest.mark.parametrize("name", FIELDS)
def test_cells_that_differ_in_a_field_are_two_everywhere(name, tmp_path):
    frame = keep(tmp_path, *pair(name))
    column = "label" if name in ("method", "options") else name
    table = summarise(frame)
    assert len(table.frame) == 2 and column in table.frame and not any("one row" in n for n in table.notes)
    runs = read(frame)
    assert len({(c.problem, c.series) for c in runs.cells}) == 2 and "twice" not in runs.note
    assert (len(runs.problems), len(runs.series)) == ((2, 1) if name in PROBLEM else (1, 2))
    stored = [load_run(path) for path in frame["path"]]
    assert len({repr(getattr(run.experiment, name)) for run in stored}) == 2  # a record keeps every field
    assert len({rerun(run.experiment) for run in stored}) == 2
    if name != "dataset":  # which `same_data` refuses
        assert [len(group) for group in by_recipe(stored).values()] == [1, 1]
    assert len(together(frame)) == (1 if name in PROBLEM else 2)


@pytest.mark.parametrize("name", FIELDS)
def test_seeds_of_different_recipes_are_never_pooled(name, tmp_path):
    one, other = pair(name)
    frame = keep(tmp_path, one, replace(other, seed=1))
    assert summarise(frame).frame["seeds"].tolist() == [1, 1]
    assert len({(c.problem, c.series) for c in read(frame).cells}) == 2


@pytest.mark.parametrize("name", FIELDS)
def test_pooled_runs_are_noted(name, tmp_path):
    frame = keep(tmp_path, *pair(name))
    pooled = summarise(frame, ["status"], "half_sse")
    column = "label" if name in ("method", "options") else name
    assert any(note.startswith(f"one row holds runs of different {column}: ") for note in pooled.notes)
    split = summarise(frame, [name], "half_sse")
    assert len(split.frame) == 2 and name in split.frame


@pytest.mark.parametrize("name", FIELDS)
def test_a_verdict_pairs_runs_of_one_problem_and_one_recipe_a_side(name, tmp_path):
    one, other = pair(name)
    rival = replace(one, method="powell", options=(), precision=None, redraw=None)
    frame = keep(tmp_path, one, other, rival)
    if name in PROBLEM:
        assert verdict(frame, one.method, "powell", "half_sse").overall.pairs == 1
    elif name == "method":
        assert verdict(frame, "adam", "rmsprop").overall.pairs == 1
    else:
        with pytest.raises(ValueError, match="several ways: name one of "):
            verdict(frame, one.method, "powell")


def test_equal_recipes_and_other_seeds_are_one_row(tmp_path):
    frame = keep(tmp_path, BASE, replace(BASE, seed=1), replace(BASE, options=(("batch", 8), ("lr", 1e-3))))
    assert len(frame) == 2 and summarise(frame).frame.seeds.tolist() == [2]
    twice = pd.concat([frame.assign(cell=""), frame.assign(cell="", path="elsewhere")])
    assert summarise(twice).frame.seeds.tolist() == [2] and "2 repeats" in summarise(twice).notes[0]
    assert read(twice).note == "2 repeats of runs with the same recipe and seed are left out."
    assert len(together(twice)) == 1
    first = pd.concat([frame.assign(status="interrupted"), frame], ignore_index=True)
    assert repeated(first).tolist() == [True, True, False, False]


def test_methods_that_follow_noise_in_their_own_way_share_a_problem(tmp_path):
    words = {"arch": (35, 4, 2), "noise": "flip:0.1", "max_iterations": 5}
    frame = keep(tmp_path, Experiment(**words), Experiment(**words, method="l-bfgs", copies=5))
    runs = read(frame)
    assert len(runs.problems) == 1 and runs.series == ["adam", "l-bfgs"]
    assert runs.note.startswith("Runs differ in regime, copies: histories hold the loss on a run's own draws")
    notes = verdict(frame, "adam", "l-bfgs").table.notes
    assert "they differ in regime: fresh and frozen" in notes and "they differ in copies: 1 and 5" in notes
    assert list(summarise(frame).frame.columns[:1]) == ["label"]
    assert "rows differ in regime: fresh, frozen" in summarise(frame).notes


def test_a_budget_for_each_problem_does_not_split_a_method(tmp_path):
    frame = keep(tmp_path, BASE, replace(BASE, dataset="font1", max_iterations=50))
    assert read(frame).series == ["adam batch=8"] and len(read(frame).problems) == 2


# data by content


def save(path, values):
    path.parent.mkdir(exist_ok=True)
    np.save(path, values)
    return str(path)


def cells_of(*files):
    return [Experiment(dataset=file, arch=(4, 2), max_iterations=1) for file in files]


def test_two_files_of_one_name_are_two_problems_and_one_content_is_one(tmp_path):
    eye = np.eye(4)
    a, b, c = (save(tmp_path / f, x) for f, x in (("a/x.npy", eye), ("b/x.npy", 1 - eye), ("c/y.npy", eye)))
    frame = keep(tmp_path / "cells", *cells_of(a, b, c))
    assert read(frame).problems == ["a/x.npy, 4-2-4, bce", "b/x.npy, 4-2-4, bce"]
    assert "1 repeats of" in read(frame).note
    assert set(summarise(frame).frame["dataset"]) == {a, b}
    assert any("a/x.npy' and " in line and "one problem" in line for line in frame.attrs["warnings"])


def test_a_file_that_changed_is_another_problem_and_a_note_says_so(tmp_path):
    file = save(tmp_path / "a/x.npy", np.eye(4))
    keep(tmp_path / "cells", *cells_of(file))
    save(tmp_path / "a/x.npy", 1 - np.eye(4))
    frame = keep(tmp_path / "cells", *cells_of(file))
    table = summarise(frame)
    assert len(table.frame) == 2 and any("several contents are several problems" in n for n in table.notes)
    assert len(read(frame).problems) == 2 and "several contents" in read(frame).note
    digest = frame["data"][0]
    assert len(where(frame, [f"data={digest}"])) == 1 and f"x.npy ({digest[:8]})" in frame["dataset"][0]
    assert settled(frame)["dataset"].tolist() == frame["dataset"].tolist()


def test_other_held_out_images_are_another_problem():
    facts = {"sha256": "a" * 64, "source": "mnist"}
    seen = {"method": "adam", "options": {}, "arch": [4, 2, 4], "dataset": "mnist"}
    found = {
        recipe_of({**seen, "environment": {"data": {**facts, **more}}})["data"]
        for more in ({}, {"heldout": "b" * 64}, {"heldout": "c" * 64})
    }
    assert len(found) == 3


def test_records_of_an_older_version_are_read(tmp_path):
    """They say nothing of a field that came later, which is none."""
    old = {
        "method": "adam",
        "options": {},
        "arch": [35, 2, 35],
        "environment": {"data": {"sha256": "a" * 64}},
    }
    row = recipe_of(old)
    assert set(row) == {*(f.name for f in fields(Experiment)), "label", "data", "streams"}
    assert row["bottleneck"] == "none" and row["copies"] is None and row["label"] == "adam"
    cells = load_cells(OLD_CELLS)
    assert len(read(cells, "evaluations").cells) == 7 and len(summarise(cells).frame) == 8  # one was refused
    refused = {**old, "recipe": {"precision": "float32", "draws": 4}}  # whose top had no word of them
    assert recipe_of(refused)["precision"] == "float32" and recipe_of(refused)["draws"] == 4


# names


def test_names_are_as_long_as_they_must_be():
    names = tails(["/data/a/x.npy", "/data/b/x.npy", "font2", "c\\z.npy"])
    assert list(names.values()) == ["a/x.npy", "b/x.npy", "font2", "z.npy"]
    rows = [
        {"dataset": "d", "arch": "4-2-4", "loss": "bce", "label": "adam", "clip": c} for c in (1.0, 1 + 1e-12)
    ]
    assert len(set(series_names(rows, problem_names(rows)))) == 2
    rows = [row | {"clip": missing} for row, missing in zip(rows, (None, math.nan), strict=True)]
    assert set(series_names(rows, problem_names(rows))) == {"adam"}


def test_a_missing_field_is_the_word_none_in_conditions(tmp_path):
    frame = keep(tmp_path, *pair("bottleneck"), replace(BASE, clip=1.0))
    assert len(where(frame, ["bottleneck=none"])) == 2 and len(where(frame, ["bottleneck!=none"])) == 1
    assert len(where(frame, ["clip=none"])) == 2 and len(where(frame, ["clip=none,1"])) == 3
    assert "bottleneck" in default_by(frame) and "clip" in default_by(frame)


# the example of the issue


def test_a_picture_of_three_noises_draws_every_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    noises = [word for noise in ("none", "flip:0.1", "flip:0.4") for word in ("--noise", noise)]
    words = [
        "bench",
        "--method",
        "lm",
        "--dataset",
        "font2",
        "--arch",
        "35,4,2",
        *noises,
        "--regime",
        "frozen",
    ]
    result = CliRunner().invoke(
        main, [*words, "--seeds", "3", "--max-iterations", "2", "--out", "g", "--jobs", "1"]
    )
    assert result.exit_code == 0, result.output
    frame = load_cells("g")
    runs = read(frame)
    assert len(runs.cells) == 9 and not runs.note
    assert runs.problems == [f"font2, 35-4-2-4-35, bce, noise {n}" for n in ("flip:0.1", "flip:0.4", "none")]
    table = summarise(frame)
    assert table.frame["seeds"].tolist() == [3, 3, 3] and "noise" in table.frame
    assert CliRunner().invoke(main, ["plot", "boxes", "g"]).exit_code == 0
    shown = CliRunner().invoke(main, ["table", "g", "--by", "noise,bottleneck", "--format", "csv"])
    assert shown.exit_code == 0, shown.output
    rows = [line.split(",")[:2] for line in shown.stdout.splitlines()]
    assert rows == [["noise", "bottleneck"], ["flip:0.1", "none"], ["flip:0.4", "none"], ["none", "none"]]


def test_a_run_of_another_numbering_of_the_streams_is_another_where_its_numbers_matter():
    """Compiled epochs draw other numbers since the streams were numbered anew; plain runs do not."""
    for experiment, apart in ((BASE, True), (replace(BASE, options=(), precision=None), False)):
        data = experiment.data()
        facts = json.loads(without_run(cell(experiment, data), data, "failed", "")["run.json"])
        old = {name: value for name, value in facts.items() if name != "streams"}
        assert (recipe_of(facts)["streams"] != recipe_of(old)["streams"]) is apart
        frame = pd.DataFrame([{**recipe_of(record), "status": "failed"} for record in (facts, old)])
        assert repeated(frame).any() != apart


def test_the_names_of_many_cells_read_each_data_set_once(monkeypatch):
    many, read = [Experiment(dataset=data, seed=k) for data in ("font2", "font3") for k in range(3)], []
    monkeypatch.setattr(identity, "load_dataset", lambda name: read.append(name) or load_dataset(name))
    assert cell_names(many) == [cell(one, load_dataset(one.dataset)).name for one in many]
    assert read == ["font2", "font3"]
