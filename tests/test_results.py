"""Every page of results/ says what made it, and says so where today's code would ask for something else."""

import re

import pytest
import results_index
import rows
import stamp
from places import TOP

from optae.experiments import identity
from optae.pages.results import specs_of
from optae.pages.stamp import UNSTAMPED

SPEC = 'dataset = "font2"\narch = "35,2"\nseed = 2\nmax_iterations = 3\nmethod = "adam"\n'
PROGRAM = '"""Doc."""\nimport os\n\nSECONDS = 4  # each\n\ndef f(x):\n    """Doc."""\n    return x + 1\n'


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A results folder and a benchmarks folder of two pages."""
    (tmp_path / "cells.toml").write_text(SPEC)
    (tmp_path / "program.py").write_text(PROGRAM)
    pages = {
        "cells": stamp.Page("optae report benchmarks/cells.toml --markdown", "cells.toml"),
        "program": stamp.Page("python benchmarks/program.py", programs=("program.py",)),
    }
    monkeypatch.setattr(stamp, "HERE", tmp_path)
    for module in (stamp, results_index, rows):
        monkeypatch.setattr(module, "RESULTS", tmp_path)
    for module in (stamp, results_index):
        monkeypatch.setattr(module, "PAGES", pages)
    return tmp_path


def test_every_page_is_in_the_list_and_what_is_stale_says_so_itself():
    found = {path.stem for path in stamp.RESULTS.glob("*.md")} - {"README"}
    assert found == set(results_index.pages())
    for name in found:
        assert results_index.page(name) == results_index.marked(name), (
            f"{name}: run benchmarks/results_index.py --mark"
        )
    assert results_index.page("README") == results_index.index(), "run benchmarks/results_index.py"


def test_every_program_of_the_benchmarks_is_behind_a_page_or_a_helper():
    helpers = {"stamp.py", "rows.py", "results_index.py", "grids.py"}
    known = {program for page in stamp.PAGES.values() for program in page.programs}
    known |= {page.command.split(" ")[1].removeprefix("benchmarks/") for page in stamp.PAGES.values()}
    programs = {path.relative_to(stamp.HERE).as_posix() for path in stamp.HERE.rglob("*.py")}
    assert programs == (known & programs) | helpers
    specs = {path for page in stamp.PAGES.values() if page.spec for path in specs_of(stamp.HERE / page.spec)}
    assert specs == set(stamp.HERE.glob("*.toml"))


def test_a_page_is_written_with_a_stamp_that_can_be_read(place):
    path = stamp.write("program", "# Title\n\nText.\n", "one thread")
    text = path.read_text()
    found = stamp.Stamp.read(text)
    assert text == f"# Title\n\n{found}\n\nText.\n"
    assert found.spec == stamp.spec("program") and found.commit == stamp.commit()
    assert found.place.endswith("one thread") and re.fullmatch(r"\d{4}-\d\d-\d\d", found.day)
    assert results_index.reason("program") is None and results_index.marked("program") == text


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "stale"),
    [
        ("cells", "cells.toml", "seed = 2", "seed = 3", True),
        ("cells", "cells.toml", '"adam"', '"adam:lr=0.01"', True),
        ("cells", "cells.toml", '"adam"', '"adam:lr=0.001"', False),
        ("cells", "cells.toml", "seed = 2", "seed = [0, 1]  # both", False),
        ("cells", "cells.toml", 'method = "adam"', 'remark = "A."\nmethod = "adam"', False),
        ("cells", "cells.toml", '"adam"', '"adam"\n[denoise]\ndraws = 9', True),
        ("program", "program.py", "x + 1", "x + 2", True),
        ("program", "program.py", "SECONDS = 4", "SECONDS = 5", True),
        ("program", "program.py", "each", "each run", False),
        ("program", "program.py", "Doc", "Words", False),
        ("program", "program.py", "import os", "import os.path", False),
    ],
)
def test_a_page_is_stale_when_something_else_would_be_measured(place, name, file, old, new, stale):
    page = stamp.write(name, "# Title\n\nText.", "one thread")
    before = page.read_text()
    (place / file).write_text((place / file).read_text().replace(old, new))
    after = results_index.marked(name)
    assert (after != before) == stale == after.startswith(results_index.MARK)
    page.write_text(after)
    assert results_index.marked(name) == after
    (place / file).write_text(SPEC if name == "cells" else PROGRAM)
    assert results_index.marked(name) == before


def test_a_page_whose_program_became_a_spec_of_the_same_cells_is_todays(place, monkeypatch):
    page = stamp.write("cells", "# Title\n\nText.", "one thread")
    cells = stamp.spec("cells")
    page.write_text(page.read_text().replace(cells, "0123abcd"))
    assert "asks today is" in results_index.reason("cells")
    known = stamp.Page("optae report cells.toml", "cells.toml", formerly={"0123abcd": cells})
    monkeypatch.setitem(stamp.PAGES, "cells", known)
    assert results_index.reason("cells") is None
    (place / "cells.toml").write_text(SPEC.replace("seed = 2", "seed = 3"))
    assert "asks today is" in results_index.reason("cells")


def test_a_page_of_several_specs_is_stale_when_any_of_them_changes(place, monkeypatch):
    (place / "more.toml").write_text(SPEC.replace("font2", "font3"))
    monkeypatch.setitem(stamp.PAGES, "cells", stamp.Page("python both.py", "cells.toml", ("more.toml",)))
    stamp.write("cells", "# Title\n\nText.", "one thread")
    assert results_index.reason("cells") is None
    (place / "more.toml").write_text(SPEC)
    assert "asks today is" in results_index.reason("cells")


def test_a_page_is_stale_when_a_default_or_the_recipe_changes(place, monkeypatch):
    stamp.write("cells", "# Title\n\nText.", "one thread")
    before = identity.identity
    monkeypatch.setattr(identity, "identity", lambda *a: before(*a) | {"streams": "next"})
    assert "asks today is" in results_index.reason("cells")


def test_pages_and_rows_from_before_stamps_say_so(place):
    (place / "program.md").write_text("# Title\n\nText.\n")
    marked = results_index.marked("program")
    assert "before pages were stamped" in marked.splitlines()[0] and marked.endswith("# Title\n\nText.\n")
    (place / "cells.csv").write_text("seed,value\n0,1.5\n")
    frame = rows.collect("cells", [({"seed": 0}, list), ({"seed": 1}, lambda: [{"value": 2.5}])])
    assert frame["value"].tolist() == [1.5, 2.5]
    assert rows.commits(frame) == sorted([stamp.commit(), UNSTAMPED])
    stamp.write("cells", "# Title\n\nText.", "one thread", rows.commits(frame))
    assert "before pages were stamped" in results_index.reason("cells")
    assert "| before stamps |" in results_index.index() and "| stale |" in results_index.index()


def test_every_measured_figure_of_the_readme_names_the_page_that_holds_it():
    text = (TOP / "README.md").read_text(encoding="utf-8")
    for page in re.findall(r"results/[\w/]+\.\w+", text):
        assert (TOP / page).is_file(), page
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    measured = re.compile(r"\d (?:s|ms|us|nats|%|minutes|px|times)\b|\d of \d+|\d %")
    for block in re.split(r"\n\n", prose):
        if measured.search(re.sub(r"`[^`]*`", "", block)):
            assert "results/" in block, f"no page of results/ is named beside these figures:\n{block}"


@pytest.mark.parametrize("name", ["deck_a", "deck_b"])
def test_every_slide_has_its_line_whose_figures_and_pictures_stand_in_the_results(name):
    text = results_index.page(name)
    head, tail = text.split("| slide | theirs | ours | command | picture |", 1)
    lines = [line.split(" | ") for line in tail.split("\n\n", 1)[0].splitlines()[2:]]
    others = head + tail.split("\n\n", 1)[1]
    assert len(lines) >= 10 and all(len(line) == 5 for line in lines)
    for _, _, ours, command, picture in lines:
        pages = "".join(results_index.page(one) for one in re.findall(r"\]\((\w+)\.md\)", ours))
        for number in re.findall(r"\d+\.\d+(?:e-\d+)?", re.sub(r"\[[^]]*\.md\]\([^)]*\)", "", ours)):
            assert number in others + pages, (number, ours)
        assert "`optae " in command
        for path in re.findall(r"\]\(([\w/.-]+\.png)\)", picture):
            assert (stamp.RESULTS / path).is_file(), path
