"""A data set's path: as it is written, then with ~ and variables; a stored run's, where it lay then."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae import load_dataset
from optae.storage.run import load_run

SECRET = "s3cret"
TRAIN = ["train", "--arch", "4,2", "--max-iterations", "1"]
BAD = ("bad.csv", "bad.npy", "bad.npz", "bad.h", "train-images-idx3-ubyte")
CSV = "1,1,0,1\n1,0,0,1\n"


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def secret(here, monkeypatch):
    """A folder that only a variable names, with a data set in it."""
    folder = here / SECRET
    folder.mkdir()
    (folder / "x.csv").write_text(CSV)
    monkeypatch.setenv("OPTAE_TEST_PLACE", str(folder))
    return folder


def test_a_path_is_taken_as_it_is_written_before_anything_is_replaced(secret):
    Path("$OPTAE_TEST_PLACE").mkdir()
    Path("$OPTAE_TEST_PLACE/x.csv").write_text("0,0,0,0\n")
    assert len(load_dataset("$OPTAE_TEST_PLACE/x.csv").x) == 1
    assert len(load_dataset("${OPTAE_TEST_PLACE}/x.csv").x) == 2


@pytest.mark.parametrize("word", ["~/x.csv", "$OPTAE_TEST_PLACE/x.csv", "${OPTAE_TEST_PLACE}/x.csv@2x2"])
def test_train_and_bench_read_home_and_variables(word, secret, monkeypatch):
    monkeypatch.setenv("HOME", str(secret))
    monkeypatch.setenv("USERPROFILE", str(secret))
    assert run(*TRAIN, "--dataset", word, "--out", "a").exit_code == 0
    bench = run("bench", *TRAIN[1:], "--dataset", word, "--method", "adam", "--out", "b", "--dry-run")
    assert bench.exit_code == 0, bench.output
    record = load_run("a").record
    assert record["dataset"] == word and record["environment"]["data"]["place"] == str(secret / "x.csv")
    assert SECRET not in json.dumps({**record, "environment": None})
    assert SECRET not in record["environment"]["data"]["source"]
    assert load_run("a").data.name == word


def test_a_run_opens_again_where_a_dollar_is_part_of_the_name(here):
    Path("usd$eur.csv").write_text(CSV)
    assert run(*TRAIN, "--dataset", "usd$eur.csv", "--out", "a").exit_code == 0
    assert run("show", "a").exit_code == 0
    assert run("verify", "a").exit_code == 0


def test_a_run_on_a_relative_path_opens_from_another_folder(here, monkeypatch):
    np.save("x.npy", np.eye(4))
    assert run(*TRAIN, "--dataset", "x.npy", "--out", "a").exit_code == 0
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    np.save("x.npy", np.zeros((2, 4)))
    assert len(load_run("../a").data.x) == 4
    os.rename("../x.npy", "../y.npy")
    with pytest.raises(ValueError, match="has changed since"):
        load_run("../a").data  # noqa: B018
    os.rename("../y.npy", "x.npy")
    assert len(load_run("../a").data.x) == 4


@pytest.mark.parametrize(
    "word",
    [
        "$OPTAE_TEST_TOKEN.csv",
        "~/$OPTAE_TEST_TOKEN.h:Font2",
        "mnist@$OPTAE_TEST_PLACE",
        "emoji@$OPTAE_TEST_PLACE/bad.ttf",
        "$OPTAE_TEST_PLACE//bad.json",
        "$OPTAE_TEST_PLACE/bad.csv[AB]",
        *(f"$OPTAE_TEST_PLACE/{name}" for name in BAD),
    ],
)
def test_no_error_tells_what_a_variable_holds(word, secret, monkeypatch):
    monkeypatch.setenv("OPTAE_TEST_TOKEN", SECRET)
    for name in (*BAD, "bad.ttf", "bad.json"):
        (secret / name).write_text("0,x\n")
    result = run(*TRAIN, "--dataset", word, "--out", "a")
    assert result.exit_code == 2 and SECRET not in result.output, result.output
    assert "$OPTAE_TEST_" in result.stderr


def test_a_variable_that_is_not_set_is_named(here):
    with pytest.raises(ValueError, match="set the environment variable OPTAE_UNSET"):
        load_dataset("${OPTAE_UNSET}/x.csv")


def test_no_page_or_table_tells_where_the_data_lie(secret):
    word = "$OPTAE_TEST_PLACE/x.csv"
    for seed in range(2):
        run(*TRAIN, "--dataset", word, "--seed", seed, "--out", f"runs/{seed}")
    for command in (["table", "runs"], ["report", "runs"], ["explore", "runs/0"], ["show", "runs/0"]):
        result = run(*command)
        assert result.exit_code == 0 and SECRET not in result.output.replace(str(Path.cwd()), ""), (
            result.output
        )
    for page in ("report.html", "explorer.html"):
        assert SECRET not in Path(page).read_text(encoding="utf-8")


@pytest.mark.parametrize("word", ["[" * 100_000 + "]", "[" * 9000 + "]", "a" * 10**6, "[.csv" * 900 + "]"])
def test_a_long_word_is_refused_at_once(word):
    started = time.process_time()
    with pytest.raises(ValueError) as error:
        load_dataset(word)
    assert time.process_time() - started < 1 and len(str(error.value)) < 1000


def test_a_path_that_no_system_takes_is_refused_in_one_line():
    for word in (f"mnist@{'a' * 300}", f"{'a' * 300}.csv", f"emoji@{'a' * 300}.ttf", "a\0b.npy"):
        with pytest.raises(ValueError) as error:
            load_dataset(word)
        assert "\n" not in str(error.value)
