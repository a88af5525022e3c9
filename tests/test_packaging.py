"""What the wheel holds, and what the README promises."""

import re
import shlex
import tomllib

from optae.cli.main import COMMANDS
from places import TOP

PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_package_is_in_the_wheel():
    found = {".".join(path.parent.relative_to(TOP).parts) for path in TOP.glob("optae/**/__init__.py")}
    packages = set(PROJECT["tool"]["setuptools"]["packages"])
    assert packages == found | {"optae.cli"}


def test_the_readme_names_commands_that_exist_and_pictures_that_are_there():
    text = (TOP / "README.md").read_text(encoding="utf-8")
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.startswith("optae ")]
    assert lines and all(shlex.split(line, comments=True)[1] in COMMANDS for line in lines)
    pictures = re.findall(r"\]\((results/[^)]+)\)", text)
    assert pictures and all((TOP / picture).is_file() for picture in pictures)


def test_no_paths_of_a_machine_are_in_the_project():
    for folder in ("optae", "cli", "benchmarks", "results", "tests"):
        for path in (TOP / folder).rglob("*.[pm][yd]"):
            assert "/home/" not in (text := path.read_text(encoding="utf-8")) or "test_packaging" in path.name
            assert "shared/data" not in text or "test_packaging" in path.name, path
