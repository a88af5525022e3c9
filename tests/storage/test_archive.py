"""An archive of cells reads as the folder that it was packed from, and nothing else passes for one."""

import json
import os
import zipfile
from hashlib import sha256

import pytest
from click.testing import CliRunner
from optae.cli.main import main
from seals import unsealed

from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.experiments.grid import grid
from optae.storage.archive import pack, unpacked
from optae.storage.frame import load_cells
from optae.storage.history import read_history
from optae.storage.seals import examine


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """A folder of four cells, of which two are refused, and of one that was trained on a file."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "x.csv").write_text("\n".join(",".join(str((i * j) % 2) for j in range(6)) for i in range(8)))
    words = {"dataset": ["font2[AB]"], "arch": ["35,2"], "max_evaluations": [3], "loss": ["bce"]}
    asked = grid(**words, method=["adam", "least-squares-lm"], seed=2)
    asked += grid(dataset=[str(folder / "x.csv")], arch=["6,2"], max_evaluations=[3], method=["adam"])
    run_plan(plan(asked, folder / "cells"), folder / "cells", jobs=1)
    return folder / "cells"


@pytest.fixture
def archive(cells, tmp_path):
    pack(folders(cells), tmp_path / "cells.zip")
    return tmp_path / "cells.zip"


def folders(cells):
    return [path for path in cells.iterdir() if path.is_dir()]


def test_an_archive_reads_as_the_cells_it_was_packed_from(cells, archive):
    ours, theirs = (
        load_cells(place).sort_values("cell").reset_index(drop=True) for place in (cells, archive)
    )
    assert len(theirs) == 5 and not theirs.attrs["warnings"]
    assert theirs.drop(columns="path").equals(ours.drop(columns="path"))
    for old, new in zip(ours["path"], theirs["path"], strict=True):
        assert examine(new).sealed
        if examine(old).facts["metrics"]:
            then, now = read_history(old), read_history(new)
            assert {key: then[key].tolist() for key in then} == {key: now[key].tolist() for key in now}


def test_equal_cells_make_equal_bytes_in_any_order(cells, archive, tmp_path):
    os.utime(next(cells.iterdir()) / "run.json", (0, 0))
    pack(reversed(folders(cells)), tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_there_are_no_vectors_and_no_places_and_every_file_has_its_digest(cells, archive):
    with zipfile.ZipFile(archive) as found:
        files = {name: found.read(name) for name in found.namelist()}
    assert not any(name.endswith(".safetensors") for name in files)
    assert b'"place"' in b"".join(path.read_bytes() for path in cells.glob("*/run.json"))
    assert not any(b'"place"' in content for content in files.values())
    for name, content in files.items():
        if name.endswith("SHA256SUMS"):
            for line in content.decode().splitlines():
                digest, file = line.split("  ")
                assert sha256(files[f"{name.split('/')[0]}/{file}"]).hexdigest() == digest
        else:
            assert name.split("/")[1] in files[f"{name.split('/')[0]}/SHA256SUMS"].decode()


def test_records_alone_are_smaller_and_make_the_same_rows(cells, archive, tmp_path):
    pack(folders(cells), tmp_path / "records.zip", histories=False)
    assert (tmp_path / "records.zip").stat().st_size < archive.stat().st_size
    whole, records = (load_cells(path).drop(columns="path") for path in (archive, tmp_path / "records.zip"))
    assert records.equals(whole) and not records.attrs["warnings"]
    found = run("table", tmp_path / "records.zip", "--where", "method=adam", "--target", "max_pixel_error=9")
    assert found.exit_code == 0, found.output
    found = run("table", tmp_path / "records.zip", "--where", "dataset=font2[AB]", "--target", "bce=99")
    assert found.exit_code == 2 and "its archive holds records alone" in found.output


def test_a_file_that_was_changed_is_noticed_and_the_archive_named(archive, tmp_path):
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(tmp_path / "edited.zip", "w") as new:
        for i, name in enumerate(sorted(old.namelist(), key=lambda name: not name.endswith("run.json"))):
            new.writestr(name, old.read(name).replace(b'"seed"', b'"sead"') if i == 0 else old.read(name))
    frame = load_cells(tmp_path / "edited.zip")
    (warning,) = frame.attrs["warnings"]
    assert len(frame) == 4 and str(tmp_path / "edited.zip") in warning and "is damaged" in warning
    assert "optae-cells-" not in warning


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"../evil": b"x"}, r"holds '../evil', which is not a file of a cell"),
        ({"0123456789abcdef/../../x": b"x"}, "not a file of a cell"),
        ({"0123456789abcdef/theta.safetensors": b"x"}, "not a file of a cell"),
        ({}, "holds no cells"),
        (None, "cannot be unpacked"),
    ],
)
def test_what_is_no_archive_of_cells_is_refused(tmp_path, entries, said):
    path = tmp_path / "x.zip"
    if entries is None:
        path.write_bytes(b"PK\x03\x04 no zip")
    else:
        with zipfile.ZipFile(path, "w") as found:
            for name, content in entries.items():
                found.writestr(name, content)
    with pytest.raises(ValueError, match=said):
        unpacked(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.zip"]


def test_an_archive_that_would_fill_the_disk_is_refused(archive, monkeypatch):
    monkeypatch.setattr("optae.storage.archive.MOST", 1000)
    with pytest.raises(ValueError, match="GB together"):
        unpacked(archive)


def test_an_archive_is_unpacked_once_and_again_where_it_changed(cells, archive):
    first = unpacked(archive)
    assert unpacked(archive) == first
    pack(folders(cells)[:2], archive)
    assert unpacked(archive) != first and len(load_cells(archive)) == 2


def test_unsealed_cells_of_an_older_version_are_packed_with_a_seal(cells, tmp_path):
    copy = tmp_path / "copy"
    for folder in folders(cells):
        (copy / folder.name).mkdir(parents=True)
        for file in folder.iterdir():
            (copy / folder.name / file.name).write_bytes(file.read_bytes())
    unsealed(next(copy.iterdir()))
    pack(folders(copy), tmp_path / "copy.zip")
    assert len(load_cells(tmp_path / "copy.zip")) == 5


# the command


def run(*words):
    return CliRunner().invoke(main, list(map(str, words)))


def test_the_command_packs_what_the_conditions_name_and_says_how_much(cells, tmp_path):
    found = run("pack", cells, "-o", tmp_path / "x.zip", "--where", "method=adam")
    assert found.exit_code == 0 and "x.zip: 3 cells, 0.0 MB" in found.output
    assert set(load_cells(tmp_path / "x.zip")["method"]) == {"adam"}
    assert run("table", tmp_path / "x.zip", "--by", "dataset,label").exit_code == 0


def test_a_name_that_is_no_zip_is_refused(cells, tmp_path):
    found = run("pack", cells, "-o", tmp_path / "x.tar")
    assert found.exit_code == 2 and "give a name that ends in .zip" in found.output
    assert not list(tmp_path.iterdir())


def test_a_run_of_train_is_left_out(cells, tmp_path):
    cell = next(path for path in folders(cells) if json.loads((path / "run.json").read_text())["metrics"])
    facts = json.loads((cell / "run.json").read_text())
    place = tmp_path / "runs" / "mine"
    place.mkdir(parents=True)
    for name in ("trace.csv", "theta.safetensors"):
        (place / name).write_bytes((cell / name).read_bytes())
    for key in ("cell", "recipe", "label", "calls", "reached"):
        facts.pop(key)
    (place / "run.json").write_text(json.dumps(facts))
    found = run("pack", tmp_path / "runs", cells, "-o", tmp_path / "x.zip")
    assert found.exit_code == 0 and "1 run of `optae train` left out" in found.output
    assert len(load_cells(tmp_path / "x.zip")) == 5
    nothing = run("pack", tmp_path / "runs", "-o", tmp_path / "y.zip")
    assert nothing.exit_code == 2 and "there is no cell to pack" in nothing.output
    assert not (tmp_path / "y.zip").exists()
