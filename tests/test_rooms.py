"""The rooms of ARCHITECTURE.md, held against the tree: each imports only from rooms above it in the table."""

import ast
import re

import pytest
from places import TOP

ROOMS = re.findall(r"^\| `(\w+)/?` \|", (TOP / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE)
FILES = sorted((TOP / "optae").rglob("*.py"))


def room(path):
    """The room of a file: a package or a module at the top of optae."""
    return path.relative_to(TOP / "optae").with_suffix("").parts[0]


def imported(path):
    """The rooms that a file names in its imports, inside functions too."""
    package = ["optae", *path.relative_to(TOP / "optae").parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            parts = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            yield from ([parts[1]] if len(parts) > 1 else [alias.name for alias in node.names])
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("optae."):
            yield node.module.split(".")[1]


def test_every_room_is_in_the_table_and_nothing_else_is():
    there = {room(path) for path in FILES} - {"__init__", "__main__"}
    assert there == set(ROOMS) and len(ROOMS) == len(set(ROOMS))
    assert sum((TOP / "optae" / name).is_dir() for name in there) <= 17
    assert sum((TOP / "optae" / f"{name}.py").is_file() for name in there) <= 4


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_only_from_rooms_above_it(name):
    above = {*ROOMS[: ROOMS.index(name) + 1]}
    wrong = {
        (str(path.relative_to(TOP)), other)
        for path in FILES
        if room(path) == name
        for other in imported(path)
        if other in ROOMS and other not in above
    }
    assert not wrong
