"""The library names fields, in backquotes; the command line alone knows its options."""

import ast
import re

import click
import pytest
from click.testing import CliRunner
from optae.cli.main import main
from optae.cli.program import with_flags
from places import OLD_CELLS, TOP

OPTION = re.compile(r"(?<![\w-])--[a-z]|\s--$")
COMMANDS_OF_OTHERS = {"printing.py", "workers.py", "stamp.py"}  # of Chromium, XLA and git
WRITES_COMMANDS = {"rerun.py", "skeleton.py", "skeletons.py", "slurm.py"}


def words(tree):
    """The strings of a file, docstrings apart."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    bodies = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented) and node.body]
    docs = {id(first.value) for first in bodies if isinstance(first, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def test_the_library_knows_no_option_of_the_command_line():
    files = [
        path
        for path in (TOP / "optae").rglob("*.py")
        if path.name not in COMMANDS_OF_OTHERS | WRITES_COMMANDS
    ]
    wrong = [
        (path.name, word)
        for path in files
        for word in words(ast.parse(path.read_text(encoding="utf-8")))
        if OPTION.search(word)
    ]
    assert len(files) > 150 and not wrong


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["train", "--max-seconds", "0"], "--max-seconds 0"),
        (["train", "--clip", "1"], "--clip is for compiled epochs: give --precision too"),
        (["train", "--copies", "2"], "--copies 2 needs noise: add --noise flip:0.1"),
        (["train", "--kl-weight", "1"], "--kl-weight and --kl-warmup are for --model vae"),
        (["train", "--arch", "30,2"], "begin --arch with 35"),
        (["bench", "--seeds", "few", "--out", "o"], "--seeds 'few': give whole numbers"),
        (["bench", "--method", "adam", "--out", "o"], "add one of --max-seconds, --max-evaluations"),
        (["bench", "--method", "adam"], "there is no --out"),
        (["data", "distances", "font2", "--subset", "1"], "--subset 1: give a number"),
    ],
)
def test_the_command_line_names_its_options(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2 and words in result.stderr and "`" not in result.stderr, result.output


def test_names_that_are_not_options_of_the_command_are_kept():
    assert with_flags("see `cost`", click.Command("x")) == "see `cost`"


def test_a_table_that_cannot_be_written_names_its_place(tmp_path):
    place = tmp_path / "nowhere" / "table.md"
    result = CliRunner().invoke(main, ["table", str(OLD_CELLS), "--out", str(place)])
    assert result.exit_code == 2 and str(place) in result.stderr
    place.parent.mkdir()
    assert CliRunner().invoke(main, ["table", str(OLD_CELLS), "--out", str(place)]).exit_code == 0
    assert [path.name for path in place.parent.iterdir()] == ["table.md"]
