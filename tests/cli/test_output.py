"""Text from files and from the user reaches the terminal as text: no markup, no escape sequences."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from optae.cli.main import main
from optae.cli.output import say
from optae.cli.tables import print_table
from rich.errors import MarkupError
from rich.text import Text

from optae.tables.render import render
from optae.tables.table import Table

HOSTILE = "[/x] [red]a[/red] :smile: \x1b[31mred\x1b]0;title\x07 \x9b2J\r\u202eb"
TRAIN = ["train", "--arch", "35,2", "--max-iterations", "1"]


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def is_text(output):
    return all(line.isprintable() for line in output.split("\n"))


def test_a_title_with_markup_is_printed_as_it_is(here):
    with pytest.raises(MarkupError):
        Text.from_markup(HOSTILE)  # what the title would be taken for
    words = f'title = {json.dumps(HOSTILE)}\nmethod = "adam"\nmax_iterations = 1\narch = "35,2"\n'
    Path("m.toml").write_text(words)
    result = run("bench", "m.toml", "--out", "cells", "--jobs", 1, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "[/x] [red]a[/red] :smile: red" in result.stdout and is_text(result.output)


def test_control_characters_of_a_record_do_not_reach_the_terminal(here):
    run(*TRAIN, "--out", "a")
    facts = json.loads(Path("a/run.json").read_text())
    Path("a/run.json").write_text(json.dumps(facts | {"status": HOSTILE, "message": HOSTILE}))
    for command in (["show", "a"], ["table", "a"], ["table", "a", "--by", "status"]):
        assert is_text(run(*command).output), command


@pytest.mark.parametrize(
    "command",
    [
        [*TRAIN, "--dataset", f"{HOSTILE}.csv"],
        [*TRAIN, "--loss", HOSTILE],
        [*TRAIN, "--noise", HOSTILE],
        [*TRAIN, "--method", HOSTILE],
        [*TRAIN, "--option", f"{HOSTILE}=1"],
        [*TRAIN, "--arch", HOSTILE],
        [HOSTILE],
        ["train", f"--{HOSTILE}"],
        ["show", HOSTILE],
        ["bench", f"{HOSTILE}.toml", "--out", "x"],
        ["table", HOSTILE, "--where", HOSTILE],
    ],
)
def test_an_error_about_hostile_text_is_one_plain_line(command, here):
    result = run(*command)
    assert result.exit_code == 2 and is_text(result.output), result.output
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1


def test_tables_and_lines_hold_text_alone(capsys):
    print_table([{HOSTILE: HOSTILE}], HOSTILE)
    say(f"{HOSTILE}\n{HOSTILE}")
    out = capsys.readouterr().out
    assert is_text(out) and out.count("[/x]") == 5


def test_a_long_error_is_cut(here):
    result = run(*TRAIN, "--loss", "x" * 10**6)
    assert result.exit_code == 2 and len(result.stderr) < 3000


def test_no_cell_of_a_csv_file_is_a_formula():
    import pandas as pd

    frame = pd.DataFrame({"label": ["=1+1", "+a", "-b", "@c", "d"], "x": [-1.0, 2, 3, 4, 5]})
    lines = render(Table.of(frame), "csv").splitlines()
    assert lines[1:] == ["'=1+1,-1.0", "'+a,2.0", "'-b,3.0", "'@c,4.0", "d,5.0"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("command", [["methods"], ["data", "distances", "font1"]])
def test_an_output_that_cannot_be_written_is_named(command):
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [sys.executable, "-m", "optae", *command], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert found.returncode == 2 and found.stderr == "Error: 'standard output': No space left on device\n"


def test_a_character_that_the_terminal_lacks_does_not_fail():
    words = [sys.executable, "-m", "optae", "data", "distances", "font1"]
    found = subprocess.run(words, capture_output=True, env={"PYTHONIOENCODING": "ascii"})
    assert found.returncode == 0 and b"?" in found.stdout
