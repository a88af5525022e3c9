"""Every code block of README and of the site's pages runs, or says why it does not."""

import os
import re
import shlex
from functools import cache

import click
import pytest
from blocks import Block, blocks, commands
from executed import run_page
from optae.cli.main import main
from places import TOP

import optae
from optae import figures
from optae.methods import METHODS

PAGES = {
    path.relative_to(TOP).as_posix(): path for path in [TOP / "README.md", *(TOP / "docs").rglob("*.md")]
}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
RUNNING = [name for name, text in TEXTS.items() if any(block.runs for block in blocks(text))]
WHOLE = [name for name in RUNNING if "/tutorials/" in name or name == "README.md"]  # docs/make.py runs all


@pytest.mark.parametrize("name", PAGES)
def test_every_block_runs_or_is_output_or_says_why_it_does_not_run(name):
    left = [
        f"{name}, line {block.line}: ```{block.language}"
        for block in blocks(TEXTS[name])
        if not block.is_accounted_for
    ]
    assert not left, "mark the block, or let it run:\n" + "\n".join(left)


@pytest.mark.parametrize("name", PAGES)
def test_every_fence_is_closed_and_found(name):
    fences = [line for line in TEXTS[name].splitlines() if line.startswith("```")]
    assert len(fences) == 2 * len(blocks(TEXTS[name]))


@pytest.mark.parametrize("name", PAGES)
def test_every_command_has_options_that_exist(name):
    """Also of blocks that do not run: their options are known and have values of the right type."""
    for block in blocks(TEXTS[name]):
        for line in commands(block) if block.language == "sh" else ():
            for words in _commands_of_optae(line):
                _parse(words, f"{name}, line {block.line}: {line}")


@pytest.fixture
def registry():
    """The methods as they are, put back afterwards: one tutorial registers a method of its own."""
    known = dict(METHODS)
    yield
    METHODS.clear()
    METHODS.update(known)


@pytest.mark.parametrize("name", WHOLE)
def test_the_readme_and_the_tutorials_run(name, tmp_path, registry):
    """Where the site is built, docs/make.py has just run the tutorials."""
    if "/tutorials/" in name and os.environ.get("OPTAE_SITE"):
        pytest.skip("OPTAE_SITE names a site, which was made by running the tutorials")
    steps = run_page(TEXTS[name], tmp_path, name)
    assert steps and any(output for _, output in steps)


def test_the_reference_has_every_name_that_optae_offers():
    page = TEXTS["docs/reference/api.md"]
    assert [name for name in optae.__all__ if f"optae.{name}" not in page] == []


def test_the_reference_has_every_module_of_the_statistics():
    modules = {path.stem for path in (TOP / "optae" / "statistics").glob("*.py")} - {"__init__"}
    found = set(re.findall(r"optae\.statistics\.(\w+)", TEXTS["docs/reference/statistics.md"]))
    assert found == modules


def test_every_measured_figure_of_a_how_to_names_its_page():
    """Of the pages whose figures no command beside them makes, as README's."""
    measured = re.compile(r"\d (?:s|ms|us|nats|minutes|px)\b|\d of \d+|\d %")
    for name in (name for name in PAGES if name.startswith("docs/howto/")):
        prose = re.sub(r"```.*?```|`[^`]*`", "", TEXTS[name], flags=re.DOTALL)
        for part in prose.split("\n\n"):
            assert not measured.search(part) or "results/" in part, (
                f"{name} names no page of results/:\n{part}"
            )


def test_every_thread_elsewhere_is_named_by_project_and_number():
    page = TEXTS["docs/elsewhere.md"]
    links = re.findall(r"\[([^\]]*)\]\(https://github\.com/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+)\)", page)
    assert len(links) == page.count("https://") >= 20
    assert all(text.endswith(f"#{number}") for text, _, number in links)
    assert all(text.split(" #")[0] in (project, f"#{number}") for text, project, number in links)


def test_a_block_without_a_mark_is_not_overlooked():
    left, done = blocks(
        "```console\n$ optae\n```\n\n<!-- not run: it takes hours -->\n```sh\noptae train\n```\n"
    )
    assert not left.is_accounted_for and done.is_accounted_for and not done.runs
    assert not Block("sh", "", 1, "not run: ", 0, 0).is_accounted_for


def test_a_page_that_fails_names_the_line_and_the_output(tmp_path):
    with pytest.raises(RuntimeError, match="page, line 3: ValueError: optae list nowhere"):
        run_page("# Title\n\n```sh\noptae list nowhere\n```\n", tmp_path)


def test_blocks_of_python_share_names_and_see_files_of_the_page(tmp_path):
    text = "<!-- file: mine.py -->\n```python\nTWO = 2\n```\n```python\nfrom mine import TWO\n```\n"
    text += "```python\nprint(TWO)\n```\n"
    assert [output for _, output in run_page(text, tmp_path)] == ["", "", "2\n"]


def _commands_of_optae(line: str) -> list[list[str]]:
    """Return the words of each command of optae in a line of the shell, which may join several."""
    words, found = shlex.split(line, comments=True), []
    for part in " ".join(f"\0{word}" for word in words).split("\0&&"):
        one = [word.strip() for word in part.split("\0") if word.strip()]
        if one and one[0].split("/")[-1] == "optae":
            found.append(one[1 : one.index(">")] if ">" in one else one[1:])
    return found


def _parse(words: list[str], where: str) -> None:
    command: click.Command = main
    try:
        rest = command.make_parser(click.Context(command)).parse_args(words)[1]
        while isinstance(command, click.Group) and rest:
            command = _subcommand(command, rest[0], where)
            rest = command.make_parser(click.Context(command)).parse_args(rest[1:])[1]
    except click.UsageError as error:
        raise AssertionError(f"{where}: {error.format_message()}") from error


@cache
def _subcommand(group: click.Group, name: str, where: str) -> click.Command:
    found = group.get_command(click.Context(group), name)
    assert found, f"{where}: there is no command {name}"
    return found


def test_the_reference_has_every_figure():
    page = TEXTS["docs/reference/figures.md"]
    assert re.findall(r"optae\.figures\.(\w+)$", page, re.MULTILINE) == figures.__all__
