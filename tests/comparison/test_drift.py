"""The drift between two environments has the right values on runs whose changes are known."""

import math

import pandas as pd
import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae.comparison.drift import drift
from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.experiments.grid import grid
from optae.storage.frame import load_cells
from optae.tables.render import render

SEEDS = 8
STARVED = "for 6 of 9.55 s of solving the run had no processor"


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """A folder of cells: two methods, two networks, eight seeds, and one method that is refused."""
    folder = tmp_path_factory.mktemp("drift") / "cells"
    words = {"dataset": ["font2[ABCD]"], "arch": ["35,2", "35,3,2"], "loss": ["bce"], "max_evaluations": [4]}
    asked = grid(**words, method=["adam", "l-bfgs", "least-squares-lm"], seed=SEEDS)
    run_plan(plan(asked, folder), folder, jobs=1)
    return folder


@pytest.fixture
def a(cells):
    return load_cells(cells)


@pytest.fixture
def one(a):
    """The runs of one network that were carried out."""
    return a[(a["arch"] == "35-2-35") & (a["status"] != "refused")].reset_index(drop=True)


def row(table, label):
    found = table.frame[table.frame["label"] == label]
    assert len(found) == 1
    return found.iloc[0]


def scaled(frame, label, factor, column="value"):
    """The frame with one column of one method multiplied."""
    return frame.assign(**{column: frame[column].where(frame["label"] != label, frame[column] * factor)})


def test_runs_of_one_environment_are_identical(a):
    table = drift(a, a)
    assert table.caption.startswith("the environments on record are the same\n")
    ran = table.frame[table.frame["label"] != "least-squares-lm"]
    assert set(ran["verdict"]) == {"identical"} and set(ran["pairs"]) == {SEEDS} == set(ran["exact"])
    assert set(ran["ratio"]) == {1.0} == set(ran["p"]) and set(ran["seconds"]) == {1.0}
    assert "32 pairs" not in table.notes and "16 pairs with a refused run" in " ".join(table.notes)


def test_what_changed_in_value_is_counted_and_tested(one):
    b = scaled(scaled(one, "l-bfgs", 1.1), "adam", 1 + 1e-9).assign(scipy="9.9.9", numpy="8.8")
    table = drift(one.assign(scipy="1.14.1", numpy="2.0"), b)
    assert table.caption.split("\n")[:2] == ["numpy 2.0 -> 8.8", "scipy 1.14.1 -> 9.9.9"]
    worse, same = row(table, "l-bfgs"), row(table, "adam")
    assert (worse["exact"], worse["same"], worse["better"], worse["worse"]) == (0, 0, 0, SEEDS)
    assert worse["ratio"] == pytest.approx(1.1) and worse["ratio_low"] == pytest.approx(1.1)
    assert worse["p"] == pytest.approx(2 * 2 / 2**SEEDS) and worse["verdict"] == "worse"  # of two rows
    assert (same["exact"], same["same"], same["verdict"], same["ratio"]) == (0, SEEDS, "same", 1.0)
    assert row(drift(b, one), "l-bfgs")["verdict"] == "better"
    assert row(drift(one, scaled(one, "l-bfgs", 0.5), metric="exact"), "l-bfgs")["verdict"] == "identical"


def test_each_problem_has_a_row_unless_they_are_pooled(a):
    b = scaled(a, "l-bfgs", 2.0)
    table = drift(a, b)
    assert [column.key for column in table.columns if column.group] == ["arch", "label"]
    ours = table.frame[table.frame["label"] == "l-bfgs"]
    assert ours["ratio"].tolist() == [2.0, 2.0] and set(ours["p"].round(9)) == {round(4 * 2 / 2**SEEDS, 9)}
    pooled = row(drift(a, b, by=["label"]), "l-bfgs")
    assert (pooled["pairs"], pooled["worse"], pooled["ratio"]) == (2 * SEEDS, 2 * SEEDS, 2.0)
    assert pooled["verdict"] == "not shown" and "6 problems" in pooled["note"]


def test_cells_of_one_side_are_counted(one):
    b = one[one["seed"] != 3]
    table = drift(one[one["seed"] != 0], b)
    assert row(table, "adam")["pairs"] == SEEDS - 2
    assert "2 runs of A alone: the other has no such recipe" in table.notes
    assert "2 runs of B alone: the other has no such recipe" in table.notes
    with pytest.raises(
        ValueError, match=r"'A' and 'B' share no dataset \(.*run the same grid in both environments"
    ):
        drift(one, one.assign(dataset="other", data="0123"))
    with pytest.raises(ValueError, match="share no seed"):
        drift(one[one["seed"] < 3], one[one["seed"] >= 3])


def test_statuses_that_changed_are_counted(one):
    status = one["status"].where(one["seed"] > 1, "failed")
    table = drift(one, one.assign(status=status, value=one["value"].where(one["seed"] > 0)))
    found = row(table, "adam")
    assert found["statuses"] == "2 max_evaluations -> failed"
    assert (found["worse"], found["same"]) == (1, SEEDS - 1)
    refused = one.assign(status=one["status"].where(one["label"] != "adam", "refused"))
    found = row(drift(one, refused), "adam")
    assert found["pairs"] == 0 and found["statuses"] == "8 max_evaluations -> refused"
    with pytest.raises(ValueError, match="every one of A or of B was refused"):
        drift(one, one.assign(status="refused"))


def test_evaluations_until_the_target_are_compared_with_misses_at_infinity(one):
    def met(after):
        cost = dict.fromkeys(("seconds", "operations", "iterations"), 1.0) | {"evaluations": after}
        return {"0": {**cost, "after": cost}}

    a = one.assign(target="max_pixel_error=0", reached=[met(50.0)] * len(one), max_pixel_error=0.0)
    b = a.assign(reached=[met(100.0)] * len(one))
    found = row(drift(a, b), "adam")
    assert (found["met_A"], found["met_B"], round(found["to_target"], 9)) == (SEEDS, SEEDS, 2.0)
    miss = b.assign(reached=[{}] * len(b), max_pixel_error=5.0)
    found = row(drift(a, miss), "adam")
    assert (found["met_A"], found["met_B"], found["to_target"]) == (SEEDS, 0, math.inf)
    found = row(drift(a, b, metric="evaluations"), "adam")
    assert (round(found["ratio"], 9), found["worse"], found["verdict"]) == (2.0, SEEDS, "worse")
    assert "until max_pixel_error <= 0" in drift(a, b, metric="evaluations").caption
    assert "met_A" not in drift(one, one).frame


def test_seconds_are_compared_for_each_evaluation_and_on_one_machine_only(one):
    b = one.assign(seconds=3 * one["seconds"], evaluations=2 * one["evaluations"], threads=2.0)
    table = drift(one, b)
    assert row(table, "adam")["seconds"] == pytest.approx(1.5) and "threads 1 -> 2" in table.caption
    elsewhere = one.assign(machine="other, 64 cores")
    table = drift(one, elsewhere)
    assert not {"seconds", "processor_seconds"} & {*table.frame}
    assert any("seconds are left out: they were taken on machine" in note for note in table.notes)
    assert "seconds" in drift(one, elsewhere, mixed_times=True).frame
    with pytest.raises(ValueError, match=r"metric 'seconds' would compare times, but .*`mixed_times`"):
        drift(one, elsewhere, metric="seconds")
    late = one.assign(clock_note=STARVED)
    table = drift(one, late)
    assert "seconds" not in table.frame and "processor_seconds" in table.frame
    assert drift(one, late, metric="processor_seconds")


def test_several_environments_in_one_folder_are_named(one):
    b = one.assign(scipy=["1.15.3" if seed < 3 else "1.17.1" for seed in one["seed"]])
    table = drift(one.assign(scipy="1.14.1"), b)
    assert table.caption.startswith("scipy 1.14.1 -> 1.15.3, 1.17.1\n")
    (note,) = [note for note in table.notes if "environments" in note]
    assert note.startswith("B holds runs of 2 environments: scipy 1.17.1 (10 runs), scipy 1.15.3 (6 runs);")


def test_an_old_record_without_a_fact_says_none(one):
    assert drift(one.assign(blas=None), one.assign(blas="openblas 0.3")).caption.startswith(
        "blas none -> openblas 0.3\n"
    )


@pytest.mark.parametrize(
    ("status", "word"), [("max_seconds", "by their seconds"), ("target", "at their target")]
)
def test_runs_that_ended_early_are_mentioned(one, status, word):
    assert any(f"16 runs of B ended {word}" in n for n in drift(one, one.assign(status=status)).notes)


def test_an_unknown_column_is_named(one):
    with pytest.raises(ValueError, match="`by` unknown column 'labl': did you mean 'label'"):
        drift(one, one, by=["labl"])


def test_a_frame_has_the_environment_of_each_run(one):
    facts = one[["scipy", "numpy", "python", "system", "blas"]]
    assert facts.notna().all(axis=None) and (facts.nunique() == 1).all()
    assert pd.Series(facts["blas"]).str.contains(r"\d").all()


# the command


def run(*words):
    return CliRunner().invoke(main, ["drift", *map(str, words)])


def test_the_command_writes_every_format(cells, tmp_path):
    found = run(cells, cells)
    assert found.exit_code == 0 and found.output.startswith("the environments on record are the same\n")
    text = run(cells, cells, "--format", "markdown").output
    assert text.startswith("the environments on record are the same\n\nB against A by ")
    table = run(cells, cells, "--by", "label", "--out", tmp_path / "drift.csv")
    assert table.exit_code == 0 and (tmp_path / "drift.csv").read_text().startswith("label,pairs,equal bits")
    assert "environments on record are the same; B against" in run(cells, cells, "--format", "latex").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "there is no folder 'nowhere'"),
        (["--where", "seed>99"], "--where 'seed>99' leaves no run of"),
        (["--metric", "sekonds"], "unknown metric 'sekonds'"),
    ],
)
def test_bad_input_gets_a_plain_line(cells, words, said):
    words = [cells, *words] if words[0][0] != "-" else [cells, cells, *words]
    found = run(*words)
    assert found.exit_code == 2 and said in found.output and found.output.count("\n") == 1


def test_lines_of_a_caption_are_paragraphs_of_markdown(one):
    table = drift(one.assign(scipy="1", numpy="2"), one.assign(scipy="3", numpy="4"))
    assert "numpy 2 -\\> 4\n\nscipy 1 -\\> 3\n\nB against A" in render(table, "markdown")
