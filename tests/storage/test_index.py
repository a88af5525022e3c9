"""The index beside many cells saves time, and changes nothing else."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae.storage import frame as frames
from optae.storage import index
from optae.storage.frame import load_cells
from optae.storage.index import FILE, Entry, read_index, stamp_of, write_index
from optae.storage.seals import PARTS

WORDS = ["--arch", "35,4,2", "--method", "adam@0.5 > l-bfgs", "--method", "adam"]
TABLE = ["table", "--target", "max_pixel_error=9", "--format", "csv"]


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """Eight cells: one and several methods."""
    out = tmp_path_factory.mktemp("grid")
    bench = ["bench", *WORDS, "--max-evaluations", "30", "--seeds", "4", "--out", str(out)]
    result = CliRunner().invoke(main, bench)
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture
def cells(grid, tmp_path, monkeypatch):
    """A copy of the grid, which counts as many cells that changed long ago."""
    monkeypatch.setattr(frames, "FEWEST", 2)
    monkeypatch.setattr(index, "SETTLED", 0)
    return shutil.copytree(grid, tmp_path / "grid")


@pytest.fixture
def examined(monkeypatch):
    """The names of the cells that are examined."""
    names = []
    examine = frames.examine
    monkeypatch.setattr(frames, "examine", lambda path: names.append(os.path.basename(path)) or examine(path))
    return names


def table(folder, *words):
    result = CliRunner().invoke(main, [*TABLE, str(folder), *words])
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != FILE)


def test_what_is_read_from_the_index_is_what_is_read_without_it(cells, examined):
    for words in ([], ["--by", "label,seed", "--columns", "mean,seconds,mean of mse"]):
        (cells / FILE).unlink(missing_ok=True)
        examined.clear()
        first = table(cells, *words)
        assert sorted(examined) == names(cells)
        examined.clear()
        assert table(cells, *words) == first and examined == []
    rows = load_cells(cells)
    (cells / FILE).unlink()
    again = load_cells(cells)
    assert rows.drop(columns="reached").equals(again.drop(columns="reached"))
    assert list(map(dict, rows["reached"])) == list(map(dict, again["reached"]))
    assert any(rows["legs"]) and rows.attrs == again.attrs


def test_a_grid_may_move_with_its_index(cells, examined):
    before = table(cells)
    moved = cells.rename(cells.with_name("moved"))
    examined.clear()
    assert table(moved) == before and examined == []
    assert load_cells(moved)["path"].tolist() == [str(moved / name) for name in names(moved)]


@pytest.mark.parametrize("file", [name for name in PARTS if name not in ("heldout.csv", "snapshots.npz")])
def test_a_changed_file_is_noticed_although_its_size_and_time_are_the_same(cells, examined, file):
    table(cells)
    examined.clear()
    name = names(cells)[3]
    path = cells / name / file
    if not path.exists():
        pytest.skip(f"these cells have no {file}")
    was, content = path.stat(), path.read_bytes()
    path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    _, warnings = table(cells)
    assert examined == [name] and f"{name}' is damaged" in warnings
    assert f"{name}' is damaged" in table(cells)[1]  # and again


def test_cells_that_come_and_go_are_noticed(cells, grid, examined):
    gone = names(cells)[0]
    before = table(cells)
    shutil.rmtree(cells / gone)
    examined.clear()
    assert table(cells) != before and examined == []
    shutil.copytree(grid / gone, cells / gone)
    assert table(cells) == before and examined == [gone]


def facts(content):
    return json.loads(content.partition(b"\n")[2])


def signed(text):
    return sha256(text.encode()).hexdigest().encode() + b"\n" + text.encode()


BROKEN = {
    "empty": lambda content: b"",
    "cut": lambda content: content[:-100],
    "edited": lambda content: content.replace(b'"sealed":[true', b'"sealed":[fals'),
    "no digest": lambda content: content.partition(b"\n")[2],
    "binary": lambda content: bytes(range(256)) * 9,
    "of other code": lambda content: signed(json.dumps(facts(content) | {"code": "00000000"})),
    "a list": lambda content: signed("[1, 2]"),
    "without texts": lambda content: signed(json.dumps(facts(content) | {"texts": 3})),
    "of unequal columns": lambda content: signed(json.dumps(facts(content) | {"stamps": []})),
    "deep": lambda content: signed("[" * 99_999),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_damaged_index_only_costs_time(cells, examined, broken):
    before, content = table(cells), (cells / FILE).read_bytes()
    assert broken(content) != content
    (cells / FILE).write_bytes(broken(content))
    examined.clear()
    assert table(cells) == before and len(examined) == len(names(cells))
    assert read_index(str(cells)) != {}  # it is written anew
    examined.clear()
    assert table(cells) == before and examined == []


def test_an_index_that_is_too_large_is_not_read(cells, monkeypatch):
    table(cells)
    monkeypatch.setattr(index, "LARGEST", 10)
    assert read_index(str(cells)) == {}


def test_a_folder_that_cannot_be_written_needs_no_index(cells, examined):
    (cells / FILE).mkdir()
    (cells / FILE / "x").touch()  # so that no file can take its place, whoever runs this
    before = table(cells)
    examined.clear()
    assert table(cells) == before and len(examined) == len(names(cells))
    assert names(cells) == sorted(os.listdir(cells))[1:]


def test_several_processes_may_write_it_at_once(cells):
    table(cells)
    entries, folder = read_index(str(cells)), str(cells)
    fewer = dict(list(entries.items())[:3])
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write_index, folder, some) for some in (entries, fewer) * 40]
        seen = [len(read_index(folder)) for _ in range(200)]
        assert all(writer.result() is None for writer in writers)
    assert {*seen} <= {len(entries), 3}
    assert [path.name for path in cells.iterdir() if not path.is_dir()] == [FILE]


def test_files_that_have_just_changed_are_read_again(grid, tmp_path, monkeypatch, examined):
    monkeypatch.setattr(frames, "FEWEST", 2)
    fresh = shutil.copytree(grid, tmp_path / "fresh")
    assert stamp_of(str(fresh / names(fresh)[0])) == ""
    load_cells(fresh)
    load_cells(fresh)
    assert len(examined) == 2 * len(names(fresh)) and not (fresh / FILE).exists()


def test_few_cells_have_no_index(grid, monkeypatch):
    monkeypatch.setattr(index, "SETTLED", 0)
    load_cells(grid)
    assert not (grid / FILE).exists()


def test_numbers_keep_their_bits(cells):
    name = names(cells)[0]
    load_cells(cells)
    entry = read_index(str(cells))[name]
    odd = {"value": -0.0, "start": float("inf"), "mse": float("nan"), "bce": 0.1 + 0.2, "seconds": None}
    write_index(str(cells), {name: Entry("x", entry.row | odd, False)})
    found = read_index(str(cells))[name]
    assert (found.stamp, found.sealed) == ("x", False)
    assert repr({key: found.row[key] for key in odd}) == repr(odd)
