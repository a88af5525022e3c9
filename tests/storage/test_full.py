"""A small disk, a read-only folder, a folder that is removed: nothing that was paid for is lost."""

import errno
import json
import os
import shutil
import subprocess
import sys

import pytest

from optae.execution import jobs as work
from optae.execution import runner
from optae.execution.plan import plan
from optae.execution.tally import Tally
from optae.experiments.grid import grid
from optae.storage import cells
from optae.storage.frame import load_cells
from optae.storage.run import load_run

COMMAND = [sys.executable, "-c", "from optae.cli.main import main; main()"]
TRAIN = ["train", "--arch", "35,4,2", "--max-iterations", "3"]
GRID = ["bench", "--arch", "35,60,50,30,2", "--method", "backprop", "--max-iterations", "1", "--jobs", "1"]


def run(*words, cwd, **env):
    words = [*COMMAND, *map(str, words)]
    return subprocess.run(
        words, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def disk(tmp_path, request):
    """A file system of 3 MB, or of few inodes."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        options = getattr(request, "param", "size=3m")
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the right to mount a file system")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("disk", ["size=3m", "size=3m,nr_inodes=60"], indirect=True)
def test_a_grid_on_a_disk_that_fills_up_keeps_its_cells_and_goes_on_elsewhere(disk, tmp_path):
    ended = run(*GRID, "--seeds", 30, "--out", disk / "out", cwd=tmp_path)
    done, line = load_cells(disk / "out"), ended.stderr.splitlines()[-1]
    assert (
        ended.returncode == 2 and f"Error: cannot write to '{disk / 'out'}': No space left on device" in line
    )
    assert "finished cell" in line and "did not fit and will run again" in line
    assert line.endswith(f"; {len(done)} of 30 cells are done; the same command goes on from there")
    assert 0 < len(done) < 30 and not done.attrs["warnings"]
    assert not list((disk / "out").glob(".*"))
    shutil.copytree(disk / "out", tmp_path / "out")
    more = run(*GRID, "--seeds", len(done) + 2, "--out", tmp_path / "out", cwd=tmp_path)
    assert more.returncode == 0 and len(load_cells(tmp_path / "out")) >= len(done) + 1


def cells_of(count, folder):
    """A plan of so many cells, and the files of each."""
    todo = plan(grid(arch="35,4,2", method="backprop", seed=count, max_iterations=1), folder)
    return todo, [(job, work.run_job(job)) for job in todo.jobs]


@pytest.mark.parametrize("full", ["bytes", "inodes"])
def test_of_cells_that_arrive_when_the_disk_fills_up_those_that_fit_are_kept(tmp_path, monkeypatch, full):
    todo, arrived = cells_of(5, tmp_path)
    lost = arrived[1][0].cells[0].name
    writing = cells.sealed

    def sealed(files):
        if json.loads(files["run.json"])["cell"] == lost:
            if full == "inodes":
                raise ValueError(f"cannot write to '{tmp_path}': No space left on device; choose another")
            raise OSError(errno.ENOSPC, "No space left on device")
        return writing(files)

    monkeypatch.setattr(cells, "sealed", sealed)
    tally = Tally(todo)
    with pytest.raises(OSError, match=r"No space left on device.*; 1 finished cell did not fit and will run"):
        runner._keep(tmp_path, arrived, tally)
    assert tally.done == 4 and len(load_cells(tmp_path)) == 4
    assert lost not in set(load_cells(tmp_path)["cell"]) and not list(tmp_path.glob(".*"))


def test_a_run_on_a_disk_that_is_full_is_kept_elsewhere(disk, tmp_path):
    (disk / "ballast").write_bytes(bytes(3 * 2**20 - 16384))
    (tmp_path / "tmp").mkdir()
    ended = run(*TRAIN, "--out", disk / "a", cwd=tmp_path, TMPDIR=str(tmp_path / "tmp"))
    (kept,) = (tmp_path / "tmp").glob("a-*")
    assert ended.returncode == 1 and f"kept in '{kept}'" in ended.stderr and load_run(kept).theta.size
    assert os.listdir(disk) == ["ballast"]


@pytest.mark.parametrize("words", [TRAIN, [*GRID, "--seeds", "2"]], ids=["train", "bench"])
def test_a_read_only_folder_is_refused_before_anything_runs(disk, tmp_path, words):
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    ended = run(*words, "--out", disk / "a", cwd=tmp_path)
    assert ended.returncode == 2 and not ended.stdout
    assert "cannot write to" in ended.stderr and ended.stderr.count("\n") == 1
