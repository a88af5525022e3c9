"""A run that was paid for is kept: its place is reserved, and where that is lost another one is found."""

import errno
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from optae.cli.main import main

from optae.experiments.experiment import Experiment
from optae.files import CLAIM, HOST, SILENT, STALE, sweep, whole_file, whole_folder
from optae.storage.claims import Claims
from optae.storage.folders import keep_run, reserved
from optae.storage.run import load_run

SHORT = Experiment(arch=(35, 6, 2), max_iterations=5)
TRAIN = ["train", "--arch", "35,4,2", "--max-iterations", "3"]
DEAD = 2**22 + 12345  # above the largest number that a process may have
posix = pytest.mark.skipif(sys.platform == "win32", reason="asks POSIX for processes")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("optae.figures.run.draw", lambda *_: None)
    return tmp_path


@pytest.fixture(scope="module")
def result():
    return SHORT.run()


def train(*words):
    return CliRunner().invoke(main, [*TRAIN, *map(str, words)])


def during(monkeypatch, act):
    """Do something while a run trains."""
    run = Experiment.run

    def acting(*args, **kwargs):
        result = run(*args, **kwargs)
        act()
        return result

    monkeypatch.setattr(Experiment, "run", acting)


def test_two_runs_with_one_default_name_have_a_folder_each(here, monkeypatch):
    inner = []
    during(monkeypatch, lambda: inner or (inner.append(1), inner.append(train())))
    outer = train()
    assert outer.exit_code == inner[1].exit_code == 0, outer.output
    assert sorted(os.listdir("runs")) == ["font2-adam-0", "font2-adam-0-2"]


def test_a_folder_that_another_run_will_write_is_refused_at_the_start(here, monkeypatch):
    inner = []
    during(monkeypatch, lambda: inner or (inner.append(1), inner.append(train("--out", "a"))))
    assert train("--out", "a").exit_code == 0
    assert inner[1].exit_code == 2 and "another run" in inner[1].stderr and os.listdir() == ["a"]


@posix
def test_a_symbolic_link_leads_to_the_run_or_is_refused_at_the_start(here):
    os.symlink("there", "dangling")
    os.symlink("loop", "loop")
    Path("empty").mkdir()
    os.symlink("empty", "link")
    assert train("--out", "dangling").exit_code == 0 and load_run("there").theta.size
    assert train("--out", "link").exit_code == 0 and load_run("empty").theta.size
    refused = train("--out", "loop")
    assert refused.exit_code == 2 and "leads to itself" in refused.stderr


def test_a_folder_that_is_taken_meanwhile_is_left_alone(here, monkeypatch):
    def act():
        Path("a").mkdir()
        Path("a/mine").write_text("")

    during(monkeypatch, act)
    ended = train("--out", "a")
    assert ended.exit_code == 1 and "the run is kept in 'a-2'" in ended.stderr
    assert os.listdir("a") == ["mine"] and load_run("a-2").theta.size


def test_a_folder_above_that_is_deleted_meanwhile_is_made_again(here, monkeypatch):
    during(monkeypatch, lambda: shutil.rmtree("above"))
    assert train("--out", "above/a").exit_code == 0 and load_run("above/a").theta.size


def test_a_file_in_the_place_of_the_folder_above_costs_no_run(here, monkeypatch):
    def act():
        shutil.rmtree("above")
        Path("above").write_text("")

    during(monkeypatch, act)
    ended = train("--out", "above/a")
    (kept,) = [name for name in os.listdir() if name.startswith("a-")]
    assert ended.exit_code == 1 and load_run(kept).theta.size and str(here / kept) in ended.stderr


def full(monkeypatch, places):
    """A disk that is full in these folders."""
    write = Path.write_bytes

    def written(path, content):
        if any(os.fspath(path).startswith(place) for place in places):
            raise OSError(errno.ENOSPC, "No space left on device", os.fspath(path))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", written)


def test_a_full_disk_at_the_end_costs_no_run(tmp_path, monkeypatch, result):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    full(monkeypatch, [str(tmp_path / "runs")])
    place, reason = keep_run(tmp_path / "runs" / "a", SHORT, SHORT.data(), result)
    assert place.parent == tmp_path / "tmp" and (load_run(place).theta == result.theta).all()
    assert "runs/a': No space left on device" in reason and not os.listdir(tmp_path / "runs")


def test_a_run_that_cannot_be_stored_anywhere_says_so(tmp_path, monkeypatch, result):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    full(monkeypatch, [str(tmp_path)])
    with pytest.raises(OSError, match="No space left on device; no other folder"):
        keep_run(tmp_path / "a", SHORT, SHORT.data(), result)


def test_a_checkpoint_that_cannot_be_written_warns_once_and_training_goes_on(here, monkeypatch):
    def no_space(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("optae.training.checkpoint.np.savez", no_space)
    words = ["--engine", "jax", "--precision", "float32", "--option", "batch=8", "--checkpoint", "1"]
    ended = train(*words, "--out", "a")
    assert ended.exit_code == 0 and load_run("a").record["iterations"] == 3
    assert ended.stderr.count("Warning: no checkpoint in 'a.checkpoint.npz': No space left") == 1
    assert os.listdir() == ["a"]


def test_a_run_that_failed_exits_with_1(here, monkeypatch):
    def broken(*_, **__):
        raise ArithmeticError("no")

    monkeypatch.setattr("optae.methods.first_order.loop.FirstOrder.run", broken)
    ended = train("--out", "a")
    assert ended.exit_code == 1 and load_run("a").record["status"] == "failed"


# what killed processes leave


def claimed(folder, owner):
    with Claims(folder) as claims:
        assert claims.take("a")
        (path,) = folder.glob(f"{CLAIM}*")
        content = path.read_text()
    path.write_text(owner or content)
    return path


def test_a_claim_is_one_processs_until_it_is_released(tmp_path):
    with Claims(tmp_path) as mine, Claims(tmp_path) as others:
        assert mine.take("a") and not others.take("a") and others.take("b")
        others.release(["a"])
        assert not others.take("a")
        mine.release(["a"])
        assert others.take("a")
    assert not os.listdir(tmp_path)


@posix
def test_a_dead_processs_claim_is_free_at_once(tmp_path):
    claimed(tmp_path, f"{HOST}-{DEAD}-01234567")
    with Claims(tmp_path) as claims:
        assert claims.take("a")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("owner", ["elsewhere-1-01234567", "", None])
def test_a_claim_of_another_host_is_free_when_it_is_silent(tmp_path, owner):
    path = claimed(tmp_path, owner)
    if owner == "":
        path.write_text("")
    with Claims(tmp_path) as claims:
        assert not claims.take("a")
        long_ago = time.time() - 2 * SILENT
        os.utime(path, (long_ago, long_ago))
        assert claims.take("a")


def test_a_claim_shows_that_its_owner_lives(tmp_path, monkeypatch):
    monkeypatch.setattr("optae.storage.claims.BEAT", 0.01)
    with Claims(tmp_path) as claims:
        claims.take("a")
        (path,) = tmp_path.iterdir()
        os.utime(path, (0, 0))
        for _ in range(200):
            if path.stat().st_mtime:
                break
            time.sleep(0.01)
        assert path.stat().st_mtime


@posix
def test_train_removes_the_leftovers_of_killed_runs(here):
    Path("runs").mkdir()
    for name in (f".optae-{HOST}-{DEAD}-abcdefgh", f".optae-{HOST}-{os.getpid()}-abcdefgh", ".optae-young"):
        Path("runs", name).mkdir()
        Path("runs", name, "run.json").write_text("")
    Path("runs", f".optae-{HOST}-{DEAD}-0123abcd").write_text("a checkpoint")
    Path("runs", ".optae-old").mkdir()
    os.utime("runs/.optae-old", (time.time() - 2 * STALE,) * 2)
    assert train().exit_code == 0
    assert sorted(os.listdir("runs")) == [
        f".optae-{HOST}-{os.getpid()}-abcdefgh",
        ".optae-young",
        "font2-adam-0",
    ]


def test_one_process_sweeps_at_a_time_and_a_stale_lock_is_removed(tmp_path):
    claimed(tmp_path, "elsewhere-1-01234567")
    (path,) = tmp_path.iterdir()
    os.utime(path, (0, 0))
    (tmp_path / ".optae-sweeping").mkdir()
    sweep(tmp_path)
    assert path.exists()
    os.utime(tmp_path / ".optae-sweeping", (0, 0))
    sweep(tmp_path)
    assert not os.listdir(tmp_path)


def test_content_is_on_the_disk_before_it_is_renamed(tmp_path, monkeypatch):
    """Files and their folder, then the rename."""
    done, sync, replace = [], os.fsync, os.replace

    def note(number):
        sync(number)
        done.append(Path(os.readlink(f"/proc/self/fd/{number}")).name)

    def rename(a, b):
        done.append("rename")
        replace(a, b)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc")
    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(os, "replace", rename)
    with whole_folder(tmp_path / "a") as place:
        (place / "run.json").write_text("{}")
        (place / "theta").write_text("1")
    assert done[3:] == ["rename"] and set(done) == {"run.json", "theta", place.name, "rename"}
    done.clear()
    with whole_file(tmp_path / "b") as file:
        file.write(b"1")
    assert len(done) == 2 and done[0].startswith(".optae-") and done[1] == "rename"


def test_reserving_leaves_no_files(tmp_path):
    with reserved(SHORT, None, parent=tmp_path) as folder:
        assert folder == tmp_path / "font2-adam-0" and len(os.listdir(tmp_path)) == 1
    assert not os.listdir(tmp_path)
