"""Tuning by the commands: optae tune, a spec of optae bench that tunes, tables, pages and pictures."""

import json
import tomllib
from pathlib import Path

import pytest
from commands import run

from optae.comparison.tuning.protocol import FIRST_SEED

ASKED = ["--dataset", "font2[ABCD]", "--arch", "35,3,2", "--max-evaluations", "20", "--jobs", "1"]
SPEC = """
title = "Tuned and as given"
dataset = "font2[ABCD]"
arch = "35,3,2"
max_evaluations = 20
seed = 2
method = ["backprop", "powell"]
tune = {trials = 3, seeds = 1}
[[table]]
by = ["label"]
columns = ["median"]
"""


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """A folder that `optae tune` has written, and what it printed."""
    folder = tmp_path_factory.mktemp("tune") / "trials"
    asked = ["--method", "adam", "--method", "backprop", "--vary", "lr=1e-3..1", "--vary", "b2=0.9..0.999"]
    return folder, run("tune", *ASKED, *asked, "--trials", 4, "--seeds", 2, "--out", folder)


def test_tune_says_what_was_chosen_and_what_to_do_next(tuned):
    folder, said = tuned
    assert said.exit_code == 0, said.output
    assert "is the best of 4 trials (8 runs)." in said.output and "as given" in said.output
    assert f"optae bench {folder / 'tuned.toml'}" in said.output.replace("\n", "")
    spec = tomllib.loads((folder / "tuned.toml").read_text())
    (grid,) = spec["grid"]
    assert spec["seed"] == 10 and grid["dataset"] == "font2[ABCD]" and len(grid["method"]) in (2, 3, 4)
    seeds = {json.loads(path.read_text())["seed"] for path in folder.glob("*/run.json")}
    assert seeds == {FIRST_SEED, FIRST_SEED + 1}


def test_tune_draws_pictures_and_plot_draws_them_again(tuned, tmp_path):
    folder, _ = tuned
    names = {"options-adam.png", "options-backprop.png", "best-of.png"}
    assert {path.name for path in folder.glob("*.png")} == names
    said = run("plot", "tuning", folder, "--out", tmp_path)
    assert said.exit_code == 0, said.output
    assert {path.name for path in tmp_path.glob("*.png")} == names
    assert all((tmp_path / name).read_bytes()[200:] for name in names)
    said = run("plot", "tuning", folder, "--out", tmp_path / "x.pdf")
    assert said.exit_code == 2 and "several pictures, into a folder" in " ".join(said.output.split())
    assert not (tmp_path / "x.pdf").exists()


def test_the_spec_of_tune_runs(tuned, tmp_path):
    folder, _ = tuned
    said = run("bench", folder / "tuned.toml", "--out", tmp_path, "--dry-run")
    assert said.exit_code == 0 and "to run" in said.output


@pytest.mark.parametrize(
    "words, said",
    [
        (["--method", "powell"], "powell: no option has a range"),
        (["--method", "adam", "--vary", "rate=1..2"], "--vary rate: no method here has this option"),
        (["--method", "adam", "--vary", "lr"], "--vary 'lr': write key=value, such as lr=1e-4..1e-1"),
        (["--method", "adam", "--vary", "lr=2..1"], "does not rise"),
        (["--method", "adam", "--trials", "0"], "give a whole number from 1"),
        (["--method", "adam", "--cost", "evaluations"], "add --target"),
        (["--method", "adam", "--metric", "valu"], "did you mean 'value'"),
    ],
)
def test_a_bad_word_is_one_line_and_nothing_is_written(words, said, tmp_path):
    found = run("tune", *ASKED, *words, "--out", tmp_path / "none")
    assert found.exit_code == 2 and said in found.output.replace("\n", " ")
    assert not (tmp_path / "none").exists()


def test_a_metric_of_ones_own_decides(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("def flat(prediction, target):\n    return prediction.std()\n")
    monkeypatch.chdir(tmp_path)
    words = (*ASKED, "--method", "adam", "--trials", 2, "--seeds", 1, "--metric", "mine.py:flat")
    said = run("tune", *words, "--measure", "mine.py:flat", "--out", "trials")
    assert said.exit_code == 0, said.output
    facts = json.loads(Path("trials/tuning.json").read_text())
    runs = [json.loads(path.read_text()) for path in Path("trials").glob("*/run.json")]
    (one,) = facts["methods"]
    ends = {
        value for run in runs for name, value in run["metrics"].items() if name.startswith("mine.py:flat")
    }
    assert {row["score"] for row in one["trials"]} == ends
    said = run("tune", *words, "--out", "others")
    assert said.exit_code == 2 and "was not measured in these runs" in said.output


def test_a_spec_that_tunes_runs_every_method_as_given_and_as_chosen(tmp_path):
    (tmp_path / "spec.toml").write_text(SPEC)
    grid = tmp_path / "grid"
    dry = run("bench", tmp_path / "spec.toml", "--out", grid, "--dry-run")
    assert "at most 4 runs of tuning" in dry.output.replace("\n", " ") and not grid.exists()
    said = run("bench", tmp_path / "spec.toml", "--out", grid, "--jobs", 1)
    assert said.exit_code == 0, said.output
    records = [json.loads(path.read_text()) for path in grid.glob("*/run.json")]
    assert {record["seed"] for record in records} == {0, 1} and len(records) == 6
    trials = [json.loads(path.read_text()) for path in (tmp_path / "grid-tuning").glob("*/run.json")]
    assert {record["seed"] for record in trials} == {FIRST_SEED}
    table = run("table", grid)
    assert "backprop: 3 trials of lr 0.0001..1" in " ".join(table.output.split())
    page = run("report", tmp_path / "spec.toml", grid, "--markdown", tmp_path / "page.md")
    assert page.exit_code == 0, page.output
    text = (tmp_path / "page.md").read_text()
    assert "## What was tuned" in text and text.count("| backprop") == 2
    sharded = run("bench", tmp_path / "spec.toml", "--out", grid, "--shard", "1/2")
    assert sharded.exit_code == 2 and "--shard beside a spec that tunes" in " ".join(sharded.output.split())


def test_problems_that_are_tuned_one_by_one_stand_apart(tmp_path):
    data = {"font2[ABCD]": "font2-ABCD", "font3[abcd]": "font3-abcd"}
    words = '[[grid]]\ndataset = "{}"\narch = "35,2"\nmax_evaluations = 9\nmethod = "backprop"\n'
    words += "tune = {{trials = 2, seeds = 1}}\n"
    spec, grid, page = (tmp_path / name for name in ("spec.toml", "grid", "page.md"))
    spec.write_text("".join(map(words.format, data)))
    assert run("bench", spec, "--out", grid, "--jobs", 1).exit_code == 0
    said = run("report", spec, grid, "--markdown", page)
    assert said.exit_code == 0, said.output
    text, table = page.read_text(), " ".join(run("table", grid).output.split())
    for name, end in data.items():
        assert f"### {name}\n\n- backprop: 2 trials" in text and f"{name}: backprop: 2" in table
        assert (tmp_path / "pictures" / f"page_best_of_{end}.png").is_file()
    assert run("plot", "tuning", grid, "--out", tmp_path / "all").exit_code == 0
    names = {f"{name}-{end}.png" for name in ("best-of", "options-backprop") for end in data.values()}
    assert {path.name for path in (tmp_path / "all").iterdir()} == names


def test_a_page_has_no_picture_of_trials_without_a_score(tmp_path):
    words = 'dataset = "font2[ABCD]"\narch = "35,2"\nmax_evaluations = 9\nmethod = "backprop"\n'
    (tmp_path / "spec.toml").write_text(f'{words}target = "1e-9"\ntune = {{trials = 2, seeds = 1}}\n')
    assert run("bench", tmp_path / "spec.toml", "--out", tmp_path / "grid", "--jobs", 1).exit_code == 0
    page = run("report", tmp_path / "spec.toml", tmp_path / "grid", "--markdown", tmp_path / "page.md")
    assert page.exit_code == 0, page.output
    assert "how its runs ended" in (tmp_path / "page.md").read_text()
    assert not (tmp_path / "pictures").exists()


def test_plot_tuning_of_another_folder_says_so(tmp_path):
    said = run("plot", "tuning", tmp_path)
    assert said.exit_code == 2 and "name a folder that `optae tune` has written" in " ".join(
        said.output.split()
    )
