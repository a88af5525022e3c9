"""A stored run is believed if its files are those that were written: all that read runs agree on it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from optae.cli.main import main
from seals import resealed, unsealed

from optae.experiments.experiment import Experiment
from optae.storage.cells import is_stored, names_in, stored
from optae.storage.frame import load_cells
from optae.storage.run import load_run, save_run
from optae.storage.seals import LARGEST, PARTS, SEAL, Damaged, examine

GRID = ["--arch", "35,4,2", "--method", "adam", "--max-iterations", "3", "--seeds", "12"]


def edit(name, old, new):
    """Replace a text in a file."""

    def change(cell):
        content = (cell / name).read_bytes()
        assert old in content
        (cell / name).write_bytes(content.replace(old, new))

    return change


def cut(name, keep):
    return lambda cell: (cell / name).write_bytes((cell / name).read_bytes()[:keep])


def rewritten(cell):
    content = (cell / "theta.safetensors").read_bytes()
    (cell / "theta.safetensors").write_bytes(content[:-8] + b"12345678")


def another(cell):
    """The content of another cell, whole and sealed, under this one's name."""
    shutil.rmtree(cell)
    shutil.copytree(max(cell.parent.glob("[0-9a-f]*")), cell)


DAMAGE = {
    "an empty record": cut("run.json", 0),
    "a record that was cut": cut("run.json", 300),
    "a number of the record": edit("run.json", b'"value": ', b'"value": 1'),
    "a word in the place of a number": edit("run.json", b'"value": ', b'"value": "abc", "was": '),
    "no history": lambda cell: (cell / "trace.csv").unlink(),
    "a history that was cut": cut("trace.csv", -9),
    "a garbled history": edit("trace.csv", b",0,", b",0..0,"),
    "no vector": lambda cell: (cell / "theta.safetensors").unlink(),
    "an empty vector": cut("theta.safetensors", 0),
    "a number of the vector": rewritten,
    "another cell": another,
}
UNSEALED = [name for name in DAMAGE if "a number of" not in name]  # what is seen without digests


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "out"
    run("bench", *GRID, "--jobs", 1, "--out", folder)
    return folder


def run(*words, code=0):
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exit_code == code, result.output
    return result


def warned(result):
    """The cells that its warnings name as damaged."""
    return sorted(re.findall(r"Warning: '\S*/(\w{16})' is damaged: its ", result.stderr))


def table(folder):
    times = ["path", "seconds", "compile_seconds", "processor_seconds", "clock_note", "reached", "together"]
    return load_cells(folder).drop(columns=times).sort_values("cell").reset_index(drop=True)


def damage(whole, folder, kinds, prepare=lambda cell: cell):
    """A copy of a grid with a cell of each of these kinds of damage, by name."""
    shutil.copytree(whole, folder)
    cells = sorted(folder.iterdir())
    for cell in cells:
        prepare(cell)
    for kind, cell in zip(kinds, cells, strict=False):
        DAMAGE[kind](cell)
    return [cell.name for cell in cells[: len(kinds)]]


@pytest.mark.parametrize("kinds", [list(DAMAGE), UNSEALED], ids=["sealed", "unsealed"])
def test_all_kinds_of_damage_are_named_and_mended(whole, tmp_path, kinds):
    out = tmp_path / "out"
    names = damage(whole, out, kinds, unsealed if kinds == UNSEALED else lambda cell: cell)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert [name for name in before if not is_stored(out, name)] == [n for n in before if n in names]
    assert warned(run("table", out)) == names
    dry = run("bench", *GRID, "--out", out, "--dry-run")
    assert warned(dry) == names
    assert re.search(rf"done +{12 - len(names)} ", dry.stdout) and re.search(
        rf"to run +{len(names)} +\n of these damaged +{len(names)} ", dry.stdout
    )
    mended = run("bench", *GRID, "--jobs", 1, "--out", out)
    assert warned(mended) == names and re.search(rf"max_iterations +{len(names)} ", mended.stdout)
    assert [name for name, then in before.items() if (out / name).stat().st_mtime_ns != then] == [
        name for name in before if name in names
    ]
    assert table(out).equals(table(whole)) and not warned(run("table", out))
    assert not list(out.glob(".*"))


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_cell_named_by_the_user_is_refused_in_one_line(whole, tmp_path, kind):
    (name,) = damage(whole, tmp_path / "out", [kind])
    for command in ("verify", "show", "explore", "confusion", "generate", "plot run"):
        refused = run(*command.split(), tmp_path / "out" / name, code=2)
        assert refused.stderr.startswith(f"Error: '{tmp_path}/out/{name}' is damaged: its ")
        assert refused.stderr.count("\n") == 1 and not refused.stdout, command


def test_pictures_and_pages_go_on_without_damaged_cells(whole, tmp_path):
    names = damage(whole, tmp_path / "out", ["a history that was cut", "a word in the place of a number"])
    for command, page in {"plot convergence": "a.png", "report": "a.html"}.items():
        made = run(*command.split(), tmp_path / "out", "--out", tmp_path / page)
        assert warned(made) == names and (tmp_path / page).exists()
    assert all(name in (tmp_path / "a.html").read_text() for name in names)


def test_a_seal_is_read_by_sha256sum(whole):
    if not shutil.which("sha256sum"):
        pytest.skip("needs sha256sum")
    cell = next(whole.iterdir())
    assert sorted(line.split()[1] for line in (cell / SEAL).read_text().splitlines()) == sorted(
        name for name in os.listdir(cell) if name != SEAL
    )
    subprocess.run(["sha256sum", "--strict", "-c", SEAL], cwd=cell, check=True, capture_output=True)


def test_a_seal_is_written_last(tmp_path, monkeypatch):
    written, write = [], Path.write_bytes
    monkeypatch.setattr(
        Path, "write_bytes", lambda path, data: written.append(path.name) or write(path, data)
    )
    experiment = Experiment(arch=(35, 2), max_iterations=2)
    save_run(tmp_path / "a", experiment, experiment.data(), experiment.run(snapshots=True))
    assert set(written) == set(os.listdir(tmp_path / "a")) and written[-1] == SEAL
    assert "snapshots.safetensors" in written and examine(tmp_path / "a").sealed


@pytest.mark.parametrize(
    "seal", [b"", b"nothing\n", b"0" * 64 + b"  run.json\n", b"0" * 64 + b"  ../x\n", b"\xff"]
)
def test_a_malformed_seal_does_not_count(whole, tmp_path, seal):
    cell = shutil.copytree(next(whole.iterdir()), tmp_path / "a")
    (cell / SEAL).write_bytes(seal)
    with pytest.raises(Damaged, match=r"a' is damaged: its (SHA256SUMS|run\.json) is not"):
        examine(cell)


def test_a_file_that_a_run_did_not_write_is_not_read_as_its_own(whole, tmp_path):
    cell = shutil.copytree(next(whole.iterdir()), tmp_path / "a")
    (cell / "latent.png").write_bytes(b"a picture of it")
    (cell / "fresh_noise.csv").write_bytes(b"scores of it")
    assert examine(cell).sealed
    (cell / "heldout.csv").write_text("iteration,seconds\n1,2\n")
    with pytest.raises(Damaged, match=r"its heldout\.csv is not the one that was written"):
        examine(cell)


def test_cells_of_an_older_version_count_and_are_called_unsealed(whole, tmp_path):
    out = shutil.copytree(whole, tmp_path / "out")
    for cell in sorted(out.iterdir())[:5]:
        unsealed(cell)
    assert table(out).equals(table(whole))
    assert "Warning: 5 unsealed runs of an older version" in run("table", out).stderr
    again = run("bench", *GRID, "--out", out).stdout
    assert re.search(r"done before +12 *\n *of these unsealed +5 ", again)
    assert "unsealed" in run("verify", min(out.iterdir())).stdout
    assert "unsealed" not in run("verify", max(out.iterdir())).stdout


def test_an_empty_folder_is_a_free_place(tmp_path):
    (tmp_path / ("0" * 16)).mkdir()
    assert names_in(tmp_path) == {"0" * 16} and stored(tmp_path, "0" * 16) is None
    assert load_cells(tmp_path).empty and not load_cells(tmp_path).attrs["warnings"]


# records of wrong types

WRONG = {"model": -1, "budget": [], "arch": "abc", "options": 7, "seed": "x", "value": "abc", "metrics": [],
         "seconds": None, "environment": {}, "status": 5, "message": None, "method": ["adam"], "loss": {},
         "reached": {"1": {"seconds": "x"}}, "calls": "many", "iterations": 10**400, "recipe": None,
         "parameters": "x", "together": 5, "label": 5, "noise": [1], "engine": 5}  # fmt: skip


@pytest.mark.parametrize("seal", [resealed, unsealed])
@pytest.mark.parametrize("name", WRONG)
def test_a_record_of_wrong_types_is_one_plain_line(whole, tmp_path, name, seal):
    cell = next(whole.iterdir())
    place = shutil.copytree(cell, tmp_path / cell.name)
    facts = json.loads((place / "run.json").read_text())
    (place / "run.json").write_text(json.dumps({**facts, name: WRONG[name]}))
    seal(place)
    assert not is_stored(tmp_path, cell.name)
    with pytest.raises(ValueError, match=f"{cell.name}' is damaged: its "):
        load_run(place)
    (warning,) = load_cells(tmp_path).attrs["warnings"]
    assert f"{cell.name}' is damaged" in warning


@pytest.mark.parametrize("seal", [resealed, unsealed])
@pytest.mark.parametrize("name", ["run.json", "theta.safetensors"])
def test_a_file_nested_deep_is_one_plain_line(whole, tmp_path, name, seal):
    place = shutil.copytree(next(whole.iterdir()), tmp_path / "a")
    deep = b"[" * 100_000 + b"]" * 100_000
    deep = len(deep).to_bytes(8, "little") + deep + bytes(8 * 405) if name != "run.json" else deep
    (place / name).write_bytes(deep)
    refused = run("show", seal(place), code=2)
    assert refused.stderr.startswith("Error: '") and refused.stderr.count("\n") == 1


def test_files_of_many_gigabytes_are_not_read(whole, tmp_path):
    for name in ("run.json", "trace.csv", "theta.safetensors", SEAL):
        place = shutil.copytree(min(whole.iterdir()), tmp_path / name)
        if name != SEAL:
            unsealed(place)
        os.truncate(place / name, 2**40)
        with pytest.raises(Damaged, match=f"its {re.escape(name)}"):
            examine(place)
    assert LARGEST < 2**30


# every number


def test_every_number_of_every_file_is_sealed(tmp_path):
    experiment, cell = Experiment(arch=(35, 2), max_iterations=2), tmp_path / "a"
    save_run(cell, experiment, experiment.data(), experiment.run(snapshots=True))
    (cell / "heldout.csv").write_text("iteration,seconds\n1,0.5\n2,1e-3\n")
    resealed(cell)
    for name in PARTS:
        content = (cell / name).read_bytes()
        assert content and _starts(name, content)
        for at in _starts(name, content):
            changed = bytearray(content)
            changed[at] ^= 1
            (cell / name).write_bytes(changed)
            with pytest.raises(Damaged):
                examine(cell)
        (cell / name).write_bytes(content)
    assert examine(cell).sealed


def _starts(name, content):
    """Where the numbers of a file begin; of vectors a hundred."""
    if name.endswith(".safetensors"):
        return range(0, len(content), max(8, len(content) // 100))
    return [found.start() for found in re.finditer(rb"(?<![\w.-])\d", content)]
