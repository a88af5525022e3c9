"""The command line as a newcomer types it, right and wrong."""

import json
import os
import re
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from optae.cli.main import COMMANDS, main
from optae.cli.progress import progress_line
from optae.cli.scene import Scene

import optae
from optae import METHODS
from optae.storage.run import load_run
from optae.training.budget import Budget
from optae.training.trace import Trace

QUICK = ["train", "--arch", "35,6,2", "--max-iterations", "30"]


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_train_ends_with_a_table_and_a_run_folder(here):
    result = run(*QUICK)
    assert result.exit_code == 0, result.output
    assert "wrong pixels at worst" in result.stdout and "runs/font2-adam-0" in result.stdout.replace(
        "\\", "/"
    )
    record = load_run("runs/font2-adam-0").record
    assert record["iterations"] == 30 and record["status"] == "max_iterations"


def test_every_option_reaches_the_record(here):
    words = "--dataset font3 --arch 35,8,3,8,35 --encoder relu --latent tanh --decoder logistic:1.6"
    words += " --output logistic:2 --no-bias --init he --loss mse --engine autograd --seed 7"
    words += " --method rmsprop --option lr=0.002 --option batch=16 --max-iterations 2 --target exact=32"
    result = run("train", *words.split(), "--out", "r/x")
    assert result.exit_code == 0, result.output
    record = load_run("r/x").record
    assert record["arch"] == [35, 8, 3, 8, 35] and record["seed"] == 7 and record["engine"] == "autograd"
    assert list(record["model"].values()) == ["relu", "tanh", "logistic:1.6", "logistic:2", False, "he"]
    assert record["options"] == {"lr": 0.002, "batch": 16} and record["budget"]["target"] == "exact=32"


def test_the_default_budget_is_a_minute_unless_another_is_given(here):
    run("train", "--arch", "35,2", "--max-iterations", 1, "--out", "a")
    run("train", "--arch", "35,2", "--target", "1e9", "--out", "b")
    assert load_run("a").record["budget"]["max_seconds"] is None
    assert load_run("b").record["budget"]["max_seconds"] == 60


def test_data_from_files(here):
    np.save("faces.npy", np.random.default_rng(0).integers(0, 2, (9, 6, 4)).astype(float))
    result = run("train", "--dataset", "faces.npy", "--arch", "24,2", "--max-iterations", 3)
    assert result.exit_code == 0, result.output


def test_methods_as_table_and_json():
    assert all(name in run("methods").stdout for name in METHODS)
    rows = json.loads(run("methods", "--json").stdout)
    assert [row["method"] for row in rows] == list(METHODS)
    assert rows[0].keys() == {"method", "needs", "data", "parameters", "source", "options", "ranges"}
    assert "xtol" in run("methods", "powell").stdout
    assert "optax:lion" in run("methods", "--optax").stdout


def test_every_command_has_its_help():
    for name in COMMANDS:
        result = run(name, "--help")
        assert result.exit_code == 0 and "Usage" in result.output


def test_the_progress_line_has_all_its_parts():
    problem = optae.Problem(optae.Autoencoder([4, 2], loss="half_sse"), np.eye(4))
    trace = Trace(Budget(max_seconds=1e6), judge=lambda theta: {"max_pixel_error": 3})
    trace.begin(np.zeros(problem.model.size), problem.objective())
    line = progress_line(trace, "bce")
    for words in ("iteration 0", "bce 0.5", "wrong pixels 3", "evaluations", "left"):
        assert words in line


def test_a_tall_terminal_shows_letters_and_curve_above_the_line(letters):
    problem = optae.Problem(optae.Autoencoder([35, 2]), letters.x)
    trace = Trace()
    trace.begin(problem.start(), problem.objective())
    trace.watch(problem.objective())(0.5 * problem.start())
    trace.finish()
    scene = Scene(problem.model, letters, lambda trace: "the line")
    assert scene(trace, 80, 13) == "the line"
    for height in (14, 24, 40):
        lines = scene(trace, 80, height).splitlines()
        assert lines[-1] == "the line" and len(lines) < height and "evaluations" in lines[-3]
        assert max(len(click.unstyle(line)) for line in lines) < 80
    many = [len(scene(trace, 80, height).splitlines()) for height in (14, 24, 40)]
    assert many == sorted(many) and many[1] > many[0]
    assert "\x1b[31m" in scene(trace, 80, 40)  # wrong pixels


HEADER = "const char Font1[2][7] = {\n  {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06},\n"
FILES = {
    "truncated.h": HEADER,
    "hostile.h": "Font1[32][7] = {{{{{{{{{{ /* " + "{" * 500,
    "wide.h": HEADER.replace("0x01", "0x7f") + "};",
    "nan.csv": "1,1\nnan,0\n",
    "big.csv": "0,1.5\n0,255\n",
    "ragged.csv": "1,1\n0\n",
    "words.csv": "zero,one\n",
    "empty.csv": "",
    "junk.npy": "not an array",
    "picture.png": "\x89PNG",
}
WRONG = {
    "a malformed architecture": (["--arch", "35,abc,2"], "35,abc,2"),
    "an empty architecture": (["--arch", ""], "--arch ''"),
    "a comma too many": (["--arch", "35,,2"], "35,,2"),
    "an even architecture": (["--arch", "35,15,15,35"], "even length"),
    "a single width": (["--arch", "35"], "too short"),
    "no width": (["--arch", "35,0,35"], "whole numbers"),
    "a negative width": (["--arch", "35,-3,35"], "whole numbers"),
    "a fraction": (["--arch", "35,2.5,35"], "35,2.5,35"),
    "a width beyond all": (["--arch", "35,99999999,2"], "wider"),
    "a half that widens again": (["--arch", "35,20,2,20,30"], "write 35,20,2,20,30,20,2,20,35 if that is"),
    "too many widths": (["--arch", "35," * 2000 + "2"], "--arch has 2,001 widths"),
    "noise of infinitely many pixels": (["--noise", "flip-exactly:inf"], "k=inf: give a whole number"),
    "an option beyond all": (["--option", f"batch={10**23}"], "give a whole number up to"),
    "data that do not fit": (["--arch", "64,10,2"], "has 35 pixels"),
    "an unknown data set": (["--dataset", "fontt2"], "font2"),
    "a missing file": (["--dataset", "missing.npy"], "missing.npy"),
    "a folder for data": (["--dataset", "."], "'.'"),
    "a truncated header": (["--dataset", "truncated.h"], "truncated.h"),
    "a hostile header": (["--dataset", "hostile.h"], "hostile.h"),
    "a row too wide": (["--dataset", "wide.h"], "wide.h"),
    "a font that is not there": (["--dataset", "wide.h:Font9"], "Font9"),
    "not a number in the data": (["--dataset", "nan.csv"], "nan.csv"),
    "values beyond one": (["--dataset", "big.csv"], "[0, 1]"),
    "ragged rows": (["--dataset", "ragged.csv"], "ragged.csv"),
    "words for numbers": (["--dataset", "words.csv"], "words.csv"),
    "an empty file": (["--dataset", "empty.csv"], "empty.csv"),
    "junk for an array": (["--dataset", "junk.npy"], "junk.npy"),
    "a kind of file unknown": (["--dataset", "picture.png"], "picture.png"),
    "an unknown activation": (["--encoder", "tahn"], "tanh"),
    "a gain that is not a number": (["--decoder", "logistic:high"], "high"),
    "a gain of nothing": (["--decoder", "logistic:0"], "positive"),
    "a parameter too many": (["--latent", "tanh:2"], "takes no parameter"),
    "an output without logits": (["--output", "relu"], "logistic output"),
    "an unknown loss": (["--loss", "msee"], "mse"),
    "an unknown start": (["--init", "glorrot"], "glorot"),
    "an unknown engine": (["--engine", "torch"], "torch"),
    "an unknown method": (["--method", "powel"], "powell"),
    "an unknown optimizer of optax": (["--method", "optax:lyon"], "lion"),
    "optax without jax": (["--method", "optax:lion", "--engine", "numpy"], "jax"),
    "an unknown option of the method": (["--option", "lrate=1"], "lr"),
    "an option without value": (["--option", "lr"], "key=value"),
    "an option of the wrong kind": (["--option", "lr=fast"], "fast"),
    "a rate below zero": (["--option", "lr=-1"], "positive"),
    "a budget of no seconds": (["--max-seconds", "0"], "--max-seconds 0"),
    "a budget of no evaluations": (["--max-evaluations", "0"], "--max-evaluations 0"),
    "a budget of no iterations": (["--max-iterations", "0"], "--max-iterations 0"),
    "a budget below zero": (["--max-seconds", "-5"], "--max-seconds -5"),
    "a budget that is not a number": (["--max-seconds", "soon"], "soon"),
    "a target that is not a number": (["--target", "low"], "low"),
    "an unknown metric": (["--target", "max_pixel_eror=0"], "max_pixel_error"),
    "a seed below zero": (["--seed", "-1"], "seed"),
    "a seed that is not a number": (["--seed", "lucky"], "lucky"),
    "too many parameters for the method": (["--method", "cobyqa"], "400 parameters"),
    "too few residuals for the method": (["--method", "least-squares-lm"], "residuals"),
    "a method for tens of parameters": (["--method", "nelder-mead"], "parameters"),
    "a folder that is taken": (["--out", "taken"], "exists already"),
    "a file in the way": (["--out", "nan.csv"], "exists already"),
    "a file as a folder": (["--out", "nan.csv/run"], "nan.csv"),
    "an unknown flag": (["--lr", "3"], "--lr"),
    "a stray word": (["please"], "please"),
}


def listing():
    return sorted(str(path) for path in Path().rglob("*"))


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_one_plain_line(here, name):
    for file, content in FILES.items():
        Path(file).write_text(content, encoding="latin-1")
    Path("taken").mkdir()
    Path("taken/note.txt").write_text("mine")
    before = listing()
    arguments, words = WRONG[name]
    result = run("train", *arguments)
    assert result.exit_code == 2, result.output
    assert re.fullmatch(r"Error: [^\n]+\n", result.stderr), result.stderr
    assert words in result.stderr and "Traceback" not in result.output and result.stdout == ""
    assert listing() == before, "something was written"


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root writes anywhere")
def test_an_unwritable_folder_is_one_plain_line(here):
    Path("closed").mkdir(mode=0o555)
    result = run(*QUICK, "--out", "closed/run")
    assert result.exit_code == 2 and "cannot write" in result.stderr


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a place where nobody writes")
def test_a_run_whose_parent_cannot_be_written_is_refused(here):
    result = run(*QUICK, "--out", "/proc/optae/run")
    assert result.exit_code == 2 and re.fullmatch(r"Error: cannot write [^\n]+\n", result.stderr), (
        result.stderr
    )


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["tran"], "did you mean 'train'"),
        (["methods", "adamm"], "did you mean 'adam'"),
        (["generate", "nowhere"], "nowhere"),
        (["generate"], "RUN"),
        (["train", "--max-seconds"], "--max-seconds"),
    ],
)
def test_wrong_commands_are_one_plain_line(here, arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2 and re.fullmatch(r"Error: [^\n]+\n", result.stderr), result.output
    assert words in result.stderr
