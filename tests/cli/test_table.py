"""optae table and optae compare, on a few runs that are stored for real."""

import io

import pandas as pd
import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae.comparison import STATISTICS
from optae.comparison.scores import SCORES


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    place = tmp_path_factory.mktemp("grid")
    words = "--arch 35,4,2 --max-iterations 3 --seeds 6 --jobs 1 --method adam --method rmsprop --out"
    result = CliRunner().invoke(main, ["bench", *words.split(), str(place / "cells")])
    assert result.exit_code == 0, result.output
    return place / "cells"


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def rows(grid):
    def read(*arguments):
        result = run("table", grid, "--format", "csv", *arguments)
        assert result.exit_code == 0, result.output
        return pd.read_csv(io.StringIO(result.stdout))

    return read


def test_a_table_of_a_grid(rows):
    table = rows()
    assert set(table["label"]) == {"adam", "rmsprop"} and (table["seeds"] == 6).all()
    assert (table["best value"] <= table["median value"]).all()


def test_options_reach_the_table(rows):
    assert list(rows("--where", "label=adam", "--where", "seed<3")["seeds"]) == [3]
    assert {"seed 0", "seed 5"} <= set(rows("--by", "label", "--pivot", "seed"))
    assert list(rows("--columns", "mean", "--metric", "mse")) == ["label", "seeds", "mean mse"]
    table = rows("--target", "max_pixel_error=35", "--columns", "success,ert_operations", "--sort", "label")
    assert list(table["share max_pixel_error <= 35 [95 %]"]) == [1, 1]
    first = rows("--sort", "worst")["worst value"]
    assert (
        list(first) == sorted(first)
        and list(rows("--sort", "worst", "--reverse")["worst value"]) == list(first)[::-1]
    )
    assert "P(better than adam) [95 %]" in rows("--against", "adam")
    assert rows("--target", "1e9", "--columns", "evaluations_to_target").iloc[:, 2].notna().all()


def test_a_file_chooses_its_format(grid, tmp_path):
    for name, start in (
        ("a.md", "value"),
        ("a.tex", "% needs"),
        ("a.csv", "label"),
        ("a.txt", "value"),
    ):
        assert run("table", grid, "--out", tmp_path / name).exit_code == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_published_figures(grid, tmp_path):
    file = tmp_path / "deck.csv"
    file.write_text("label,mse\nadam,0.25\n")
    result = run("table", grid, "--metric", "mse", "--reference", file)
    assert result.exit_code == 0 and "mse in deck" in " ".join(result.stdout.split())


def test_compare_gives_a_verdict(grid):
    result = run("compare", "adam", "rmsprop", grid)
    assert result.exit_code == 0 and "of 6 seeds" in result.stdout
    wide = run("compare", "adam", "rmsprop", grid, "--metric", "mse", "--format", "markdown")
    assert wide.exit_code == 0 and "| pairs |" in wide.stdout.replace("  ", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("table {grid} --by labl", "--by unknown column 'labl': did you mean 'label'?"),
        ("table {grid} --metric ms", "unknown metric 'ms'"),
        ("table {grid} --where seed<0", "leaves no run"),
        ("table {grid} --pivot sed", "--pivot unknown column 'sed': did you mean 'seed'?"),
        ("table {grid} --sort medan", "--sort unknown column 'medan': did you mean 'median'?"),
        ("table {grid} --reference nothing.csv", "'nothing.csv': No such file or directory"),
        ("table {grid} --out no/such/place.md", "No such file or directory"),
        ("table nowhere", "'nowhere'"),
        ("table {empty}", "no runs in"),
        ("compare adam adm {grid}", "unknown method 'adm': did you mean 'adam'?"),
        ("compare adam adam {grid}", "cannot be compared with itself"),
    ],
)
def test_errors_are_one_line(words, message, grid, tmp_path):
    result = run(*(word.format(grid=grid, empty=tmp_path) for word in words.split()))
    assert result.exit_code == 2 and message in result.stderr and len(result.stderr.splitlines()) == 1


def test_the_help_names_every_statistic_and_metric():
    text = " ".join(run("table", "--help").stdout.split())
    assert all(name in text for name in [*STATISTICS, *SCORES]) and "optae table results/letters" in text


def test_levels_of_noise_have_their_lowest_training_loss_with_its_spread(tmp_path):
    words = "--arch 35,4,2 --max-iterations 5 --seeds 3 --jobs 1 --method lm --loss mse --copies 2 --out"
    levels = "--noise flip-exactly:3 --noise flip-exactly:10"
    assert run("bench", *levels.split(), *words.split(), tmp_path / "cells").exit_code == 0
    result = run("table", tmp_path / "cells", "--by", "noise", "--format", "csv", "--columns",
                 "train_value,train_sd,mean,mean of train_value,worst of mse")  # fmt: skip
    assert result.exit_code == 0, result.output
    table = pd.read_csv(io.StringIO(result.stdout)).set_index("noise")
    for level, row in table.iterrows():
        folders = [p for p in (tmp_path / "cells").iterdir() if f'"{level}"' in (p / "run.json").read_text()]
        lowest = pd.Series([pd.read_csv(p / "trace.csv")["best"].min() for p in folders])
        assert row["mean train_value"] == pytest.approx(lowest.mean(), rel=1e-3)
        assert row["sd train_value"] == pytest.approx(lowest.std(), rel=1e-3)
        assert row["mean train_value"] < row["mean value"]  # noise that a run has seen is the easier one
    usual = run("table", tmp_path / "cells")
    assert "mean train_value" in usual.stdout and "standard deviation of train_value" in usual.stdout
    assert "its square" in usual.stdout.replace("\n", " ")
