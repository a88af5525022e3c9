"""optae generate: new letters from stored runs, and what it says to wrong input."""

import re
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from optae.cli.generate import characters, sketch
from optae.cli.main import main

from optae.datasets import Dataset
from optae.figures import made_by
from optae.storage.run import load_run

WIDTHS = {"line": "35,10,1", "plane": "35,10,2", "space": "35,10,3"}


@pytest.fixture(scope="session")
def stored(tmp_path_factory):
    """One short run for each latent width."""
    folder = tmp_path_factory.mktemp("runs")
    for name, arch in WIDTHS.items():
        words = f"train --arch {arch} --method adam --max-iterations 200 --out {folder / name}"
        assert CliRunner().invoke(main, words.split()).exit_code == 0
    return folder


@pytest.fixture
def runs(stored, tmp_path, monkeypatch):
    """A copy of the runs, in the present folder."""
    shutil.copytree(stored, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, ["generate", *map(str, arguments)])


def pictures(folder):
    """The names of the pictures there."""
    return sorted(path.name for path in (folder / "generated").glob("*"))


@pytest.mark.parametrize("name", WIDTHS)
def test_the_grid_is_drawn_by_default(runs, name):
    result = run(name)
    assert result.exit_code == 0, result.output
    assert pictures(runs / name) == ["grid.png"] and "grid.png" in result.stdout
    assert made_by("optae generate", runs / name / "generated" / "grid.png")


@pytest.mark.parametrize(
    ("name", "window", "centre"),
    (("line", "-15,25", "3"), ("plane", "-15,25,-15,25", "3,4"), ("space", "-1,1,-2,2", "0,0")),
)
def test_windows_zooms_and_cells(runs, name, window, centre):
    assert run(name, f"--window={window}", "--cells", 3).exit_code == 0
    assert run(name, f"--window={window}", "--zoom", f"{centre},4").exit_code == 0
    assert run(name, "--zoom", f"{centre},4", "--cells", 2).exit_code == 0
    names = pictures(runs / name)
    assert len(names) == 3 and all(n.startswith("grid_") for n in names)
    if name == "plane":
        assert "grid_-2_8_-1_9.png" in names


def test_a_zoom_works_without_a_window(runs):
    assert run("plane", "--zoom", "0,0,1e3", "--cells", 1).exit_code == 0


@pytest.mark.parametrize("name", WIDTHS)
def test_points_are_printed_in_characters_and_drawn(runs, name):
    width = load_run(name).model.latent_width
    point, other = ",".join(["0.5"] * width), ",".join(["-2"] * width)
    result = run(name, "--at", point, f"--at={other}")
    assert result.exit_code == 0, result.output
    assert pictures(runs / name) == sorted(f"at_{p.replace(',', '_')}.png" for p in (point, other))
    assert len(re.findall(r"^[#.]{5}$", result.stdout, re.MULTILINE)) == 14
    assert len(re.findall(r"looks like '.', \d+ pixels? apart", result.stdout)) == 2


def test_the_printed_letter_is_the_decoded_one(runs):
    stored = load_run("plane")
    image = stored.model.decode(stored.theta, np.array([[1.0, -2.0]]))[0].reshape(7, 5)
    head, *rows = sketch(stored, [1.0, -2.0]).split("\n")
    assert head.startswith("1,-2 looks like ")
    assert rows == ["".join("#" if v > 0.5 else "." for v in row) for row in image]


def test_grey_data_are_printed_as_a_ramp():
    assert characters([[-1.0, 0.0, 0.5, 1.0, 2.0, float("nan")]], binary=False) == "..+##?"


@pytest.mark.parametrize("name", WIDTHS)
def test_walks(runs, name):
    assert run(name, "--walk", "A", "Q").exit_code == 0
    assert run(name, "--walk", "1", "\\", "--steps", 2).exit_code == 0
    assert pictures(runs / name) == ["walk_A_Q.png", "walk_A_sample28_2.png"]


def test_several_pictures_are_drawn_at_once(runs):
    result = run("plane", "--at", "1,1", "--walk", "A", "B", "--grid")
    assert result.exit_code == 0 and pictures(runs / "plane") == ["at_1_1.png", "grid.png", "walk_A_B.png"]


def test_a_sample_is_a_label_or_a_number():
    data = Dataset("digits", np.eye(4), ("3", "0", "#1", "A"), (2, 2), "")
    assert [data.sample(word) for word in ("3", "0", "#1", "A", "1", "2", "#0")] == [0, 1, 2, 3, 1, 2, 0]


def test_out_makes_folders_and_replaces_only_its_own(runs):
    place = runs / "new" / "folder" / "a.PNG"
    assert run("plane", "--out", place, "--cells", 2).exit_code == 0
    first = place.read_bytes()
    assert run("plane", "--out", place, "--cells", 3).exit_code == 0 and place.read_bytes() != first
    assert [path.name for path in place.parent.iterdir()] == ["a.PNG"]


@pytest.mark.parametrize("content", (b"", b"mine", b"\x89PNG\r\n\x1a\nmine"))
def test_a_file_of_another_program_is_never_overwritten(runs, content):
    (runs / "mine.png").write_bytes(content)
    result = run("plane", "--out", "mine.png")
    assert (
        result.exit_code == 2 and "mine.png" in result.stderr and (runs / "mine.png").read_bytes() == content
    )


def test_pictures_of_the_run_itself_are_never_overwritten(runs):
    before = (runs / "plane" / "curves.png").read_bytes()
    assert run("plane", "--out", "plane/curves.png").exit_code == 2
    assert (runs / "plane" / "curves.png").read_bytes() == before


WRONG = [
    (["nowhere"], "not a run folder"),
    (["."], "not a run folder"),
    (["plane", "--at", "1"], "give 2 coordinates"),
    (["plane", "--at", "1,2,3"], "give 2 coordinates"),
    (["line", "--at", "1,2"], "give 1 coordinates"),
    (["plane", "--at", "nan,1"], "finite"),
    (["plane", "--at", "1,inf"], "finite"),
    (["plane", "--at", "1;2"], "commas"),
    (["plane", "--at", ""], "commas"),
    (["plane", "--walk", "a", "B"], "did you mean 'A'"),
    (["plane", "--walk", "", "B"], "no sample"),
    (["plane", "--walk", "A", "99"], "99"),
    (["plane", "--walk", "A", "-1"], "no sample"),
    (["plane", "--walk", "A"], "2 arguments"),
    (["plane", "--walk", "A", "B", "--steps", "1"], "steps 1"),
    (["plane", "--walk", "A", "B", "--steps", "100000"], "steps 100000"),
    (["plane", "--steps", "5"], "--walk A B"),
    (["plane", "--window", "1,2"], "x0,x1,y0,y1"),
    (["line", "--window", "1,2,3,4"], "x0,x1"),
    (["plane", "--window", "2,2,0,1"], "2 to 2"),
    (["plane", "--window", "0,1,1,1"], "1 to 1"),
    (["plane", "--window", "0,nan,0,1"], "finite"),
    (["plane", "--window", "0,1e300,0,1"], "finite"),
    (["plane", "--zoom", "0,0,0"], "factor 0"),
    (["plane", "--zoom", "0,0,-2"], "factor -2"),
    (["plane", "--zoom", "0,2"], "coordinates"),
    (["plane", "--zoom", "1,1,1e30"], "empty"),
    (["plane", "--cells", "0"], "cells 0"),
    (["plane", "--cells", "101"], "cells 101"),
    (["plane", "--cells", "x"], "x"),
    (["plane", "--out", "a.jpg"], ".png"),
    (["plane", "--out", "plane"], ".png"),
    (["plane", "--out", "plane/run.json/a.png"], "a.png"),
    (["plane", "--out", "a.png", "--at", "1,1", "--grid"], "one picture"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_wrong_input_is_one_plain_line_and_nothing_written(runs, arguments, words):
    before = sorted(runs.rglob("*"))
    result = run(*arguments)
    assert result.exit_code == 2 and not result.stdout, result.output
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1 and words in result.stderr
    assert sorted(runs.rglob("*")) == before


def test_a_vector_that_overflows_does_not_crash(runs):
    from optae.storage.tensors import write_tensors

    stored = load_run("plane")
    write_tensors(stored.path / "theta.safetensors", stored.model.layout, stored.theta * 1e200, {})
    (stored.path / "SHA256SUMS").unlink()  # it holds the other vector
    result = run("plane", "--grid", "--walk", "A", "B", "--at", "1e300,1e300")
    assert result.exit_code == 0, result.output


def test_the_same_command_writes_the_same_bytes(runs):
    assert run("plane", "--cells", 3, "--out", "a.png").exit_code == 0
    assert run("plane", "--cells", 3, "--out", "b.png").exit_code == 0
    assert (runs / "a.png").read_bytes() == (runs / "b.png").read_bytes()


def plane_of_window(stored, monkeypatch, *words):
    """The axes and the mosaic that `optae generate` keeps for these words."""
    kept = []
    monkeypatch.setattr("optae.figures.save", lambda figure, path, source: kept.append(figure) or path)
    result = run(stored / "plane", *words)
    assert result.exit_code == 0, result.output
    return kept[0].axes[0], np.asarray(kept[0].axes[0].images[0].get_array())


def named_cells(axes):
    """The names below each of 5 x 5 images, by column and row."""
    return {tuple(int(5 * share) for share in text.xy): text.get_text().split() for text in axes.texts}


def test_a_window_may_reverse_an_axis_and_swap_the_coordinates(stored, monkeypatch):
    axes, plain = plane_of_window(stored, monkeypatch, "--window=-15,25,-15,25", "--cells", 5)
    reversed_, mirrored = plane_of_window(stored, monkeypatch, "--window=25,-15,-15,25", "--cells", 5)
    swapped, turned = plane_of_window(stored, monkeypatch, "--window=-15,25,-15,25", "--cells", 5, "--swap")
    assert axes.get_xlim() == (-15, 25) and reversed_.get_xlim() == (25, -15)
    assert (swapped.get_xlabel(), swapped.get_ylabel()) == ("latent coordinate 2", "latent coordinate 1")
    gap, (rows, columns) = 1, (7, 5)
    tall = (len(plain) - gap) // 5  # of a cell, with the strip for names below its image

    def cell(picture, row, column):
        top, left = gap + row * tall, gap + column * (columns + gap)
        return picture[top : top + rows, left : left + columns]

    for row, column in np.ndindex(5, 5):
        np.testing.assert_array_equal(cell(plain, row, column), cell(mirrored, row, 4 - column))
        np.testing.assert_array_equal(cell(plain, row, column), cell(turned, 4 - column, 4 - row))
    assert named_cells(axes) and {cell[::-1]: set(names) for cell, names in named_cells(axes).items()} == {
        cell: set(names) for cell, names in named_cells(swapped).items()
    }


def test_a_one_dimensional_code_cannot_be_swapped(runs):
    result = run("line", "--swap")
    assert result.exit_code == 2 and "one coordinate" in result.output
