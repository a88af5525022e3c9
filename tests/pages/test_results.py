"""A page of results from a spec: tables and pictures of its cells, in Markdown."""

import math
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae.comparison import summarise
from optae.comparison.beside import table_of
from optae.evaluation.denoising import baselines, evaluate, network
from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.experiments.spec import parse_spec, read_spec
from optae.pages import results
from optae.pages.histories import with_histories
from optae.pages.sections import Sections
from optae.pages.stamp import Stamp, asked, commit, commits
from optae.storage import fresh_noise
from optae.storage.environment import code
from optae.storage.frame import load_cells
from optae.storage.fresh_noise import FreshNoise, on_fresh_noise
from optae.storage.run import load_run

SPEC = """
title = "Two methods"
question = "Which is lower?"
remark = "A quick grid."
dataset = "font2"
arch = "35,6,2"
max_iterations = 3
seed = 2

[denoise]
draws = 4
levels = [0.1, 0.2]

[[table]]
title = "On the letters"
by = ["label"]
where = ["noise=none"]
metric = "half_sse"
columns = ["median", "q90", "max", "best of exact", "median of processor_seconds"]
reference = "known.csv"
note = "A note."

[[table]]
rows = "denoised"
by = ["noise", "label"]
metric = "denoised_exact"
columns = ["mean", "mean of denoised_mse", "mean of training_mse"]

[[table]]
spec = "other.toml"
by = ["label"]
metric = "train_value"
columns = ["median"]

[[figure]]
kind = "convergence"
cost = "evaluations"
where = ["noise=none"]
caption = "How fast."

[[figure]]
kind = "latent"
name = "best"
where = ["noise=none"]

[[grid]]
method = ["adam", "lm"]
noise = ["none", "flip:0.1"]
"""
OTHER = 'dataset = "font2"\narch = "35,2"\nmethod = "l-bfgs"\nmax_iterations = 2\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with two specs and their cells."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "spec.toml").write_text(SPEC)
    (folder / "other.toml").write_text(OTHER)
    (folder / "known.csv").write_text("label,half_sse\nadam,1.25\n")
    for name in ("spec", "other"):
        run_plan(
            plan(read_spec(folder / f"{name}.toml").experiments, folder / "cells"), folder / "cells", jobs=1
        )
    return folder


def report(*arguments):
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


def test_a_spec_becomes_a_page_with_its_stamp_tables_and_pictures(place):
    page = place / "results" / "page.md"
    found = report(place / "spec.toml", place / "cells", "--markdown", page)
    assert found.exit_code == 0, found.output
    text = page.read_text()
    parts = [
        "# Two methods",
        "Made by `optae report ",
        "Which is lower?",
        "A quick grid.",
        "## On the letters",
    ]
    parts += ["best exact", "half_sse in known", "A note.", "PCA of 2", "train_value", "page_convergence.png"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    stamp = Stamp.read(text)
    assert stamp.spec == asked(map(read_spec, results.specs_of(place / "spec.toml")))
    assert stamp.commit == commit() and stamp.command.startswith("optae report")
    for picture in re.findall(r"\]\((.+)\)", text):
        assert (page.parent / picture).is_file()
    assert len(re.findall(r"\]\((.+)\)", text)) == 2


def test_numbers_of_a_page_are_those_of_the_table(place):
    frame = load_cells(place / "cells")
    frame = frame[frame["noise"] == "none"]
    table = table_of(frame, ["label"], "half_sse", ["max", "best of exact", "q90"])
    keys = [column.key for column in table.columns]
    assert keys[:5] == ["label", "seeds", "max", "best of exact", "q90"]
    for metric, key, column in (("half_sse", "max", "max"), ("exact", "best", "best of exact")):
        alone = summarise(frame, ["label"], metric, columns=[key]).frame.set_index("label")[key]
        assert dict(table.frame.set_index("label")[column]) == dict(alone)
    by_hand = frame.groupby("label")["half_sse"].quantile(0.9)
    assert table.frame.set_index("label")["q90"].to_dict() == pytest.approx(by_hand.to_dict())


def test_scores_on_fresh_noise_are_those_of_the_evaluation_and_are_kept(place, monkeypatch):
    frame = load_cells(place / "cells")
    frame = frame[frame["noise"] != "none"]
    found = on_fresh_noise(frame, FreshNoise((0.1, 0.2), 4))
    assert len(found) == 2 * (len(frame) + 3)  # the networks and three baselines, at each level
    run = load_run(frame["path"].iloc[0])
    ways = {"network": [network(run.model, run.theta)], **baselines(run.data, 2)}
    for one in evaluate(ways, run.data, run.model.corruption, [0.1, 0.2], 4):
        label = run.record["label"] if one.name == "network" else one.name
        row = found[(found["label"] == label) & (found["noise"] == f"flip:{one.level:g}")]
        row = row[row["path"] == str(run.path)] if one.name == "network" else row
        assert float(row["denoised_exact"].iloc[0]) == one.scores["exact"].mean()
    monkeypatch.setattr(fresh_noise, "evaluate", None)
    again = on_fresh_noise(load_cells(place / "cells"), FreshNoise((0.1, 0.2), 4))
    assert again["denoised_mse"].tolist() == found["denoised_mse"].tolist()


def test_cells_without_noise_cannot_be_scored_on_it(place):
    frame = load_cells(place / "cells")
    with pytest.raises(ValueError, match="no cell was trained on noise"):
        on_fresh_noise(frame[frame["noise"] == "none"], FreshNoise())


def test_an_epochs_loss_is_held_against_a_goal(place):
    frame = load_cells(place / "cells")
    history = pd.read_csv(f"{frame['path'].iloc[0]}/trace.csv")[1:-1]
    goal = history["loss"].iloc[-1]
    found = with_histories(frame[:1], ["epoch_loss", "epochs_to_goal", "seconds_to_goal"], goal).iloc[0]
    first = history[history["loss"] <= goal].iloc[0]
    assert found["epoch_loss"] == goal
    assert found["epochs_to_goal"] == first["iteration"]
    assert found["seconds_to_goal"] == pytest.approx(first["seconds"], rel=1e-12)  # pandas 2 rounds
    missed = with_histories(frame[:1], ["goal_reached", "epochs_to_goal"], -1.0).iloc[0]
    assert missed["goal_reached"] == 0 and missed["epochs_to_goal"] == math.inf
    with pytest.raises(ValueError, match="add goal"):
        with_histories(frame, ["goal_reached"])


def test_a_page_names_the_versions_of_the_code_that_made_its_cells():
    frame = pd.DataFrame({"code": [code(), "", "0123abcd"]})
    assert commits(frame[:1]) == commit()
    assert set(commits(frame).split(", ")) == {commit(), "before stamps", "of code 0123abcd"}
    assert commits(frame[1:2]) == "before stamps"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"table": {"by": "label"}}, r"\[\[table\]\], in two brackets"),
        ({"table": [{"bye": "label"}]}, "unknown word 'bye'"),
        ({"table": [{"by": 3}]}, "by = 3: give text"),
        ({"table": [{"rows": "walks"}]}, "walks"),
        ({"table": [{"reverse": "yes"}]}, "true or false"),
        ({"figure": [{"cost": "seconds"}]}, "add kind"),
        ({"denoise": {"draws": 0}}, "at least 1"),
        ({"denoise": {"draws": True}}, "a whole number"),
        ({"remark": 3}, "text in quotation marks"),
    ],
)
def test_a_section_that_cannot_be_read_is_one_line_that_names_the_word(words, says):
    spec = parse_spec({"method": "adam", "max_iterations": 1, **words})
    with pytest.raises(ValueError, match=says):
        Sections.of(spec)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["spec.toml", "--markdown", "page.html"], "end it with .md"),
        (["spec.toml"], "--markdown FILE.md"),
        (["cells", "--markdown", "page.md"], "of one spec"),
        (["spec.toml", "nowhere", "--markdown", "page.md"], "no folder 'nowhere'"),
        (["missing.toml", "cells", "--markdown", "page.md"], "2 of 2 cells are not in cells"),
        (["figure.toml", "cells", "--markdown", "page.md"], "unknown kind of figure 'convergance'"),
        (["metric.toml", "cells", "--markdown", "page.md"], r"\[\[table\]\] 'denoised_mse'"),
    ],
)
def test_a_page_that_cannot_be_made_says_why(place, monkeypatch, arguments, says):
    monkeypatch.chdir(place)
    (place / "missing.toml").write_text(OTHER + "seed = [7, 8]\n")
    (place / "figure.toml").write_text(OTHER + '[[figure]]\nkind = "convergance"\n')
    (place / "metric.toml").write_text(OTHER + '[[table]]\nmetric = "denoised_mse"\n')
    found = report(*arguments)
    assert found.exit_code == 2 and re.search(says, found.output), found.output
    assert len(found.output.splitlines()) == 1


def test_damaged_cells_are_named(place, tmp_path):
    """One that the page does not need in a warning, one that it needs in the error; nothing is written."""
    spec, page = tmp_path / "page.toml", tmp_path / "page.md"
    spec.write_text(f'title = "One"\n{OTHER}[[table]]\nby = ["label"]\n')
    cells = shutil.copytree(place / "cells", tmp_path / "cells")
    frame = load_cells(cells)
    needed, spare = (Path(frame["path"][frame["method"] == name].iloc[0]) for name in ("l-bfgs", "lm"))
    (spare / "trace.csv").write_text("x")
    made = report(spec, cells, "--markdown", page)
    assert made.exit_code == 0, made.output
    assert f"'{spare}' is damaged: its trace.csv" in made.stderr and page.exists()
    page.unlink()
    (needed / "trace.csv").write_text("x")
    made = report(spec, cells, "--markdown", page)
    assert made.exit_code == 2 and made.stderr.count("\n") == 1 and not page.exists()
    assert "run optae bench first" in made.stderr and f"'{needed}' is damaged: its trace.csv" in made.stderr
