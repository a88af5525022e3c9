"""A run that a signal ends is kept, and goes on: Ctrl-C, SIGTERM, SIGHUP, SIGKILL, at any moment."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pytest

import optae
from optae.storage.run import load_run
from optae.training.fit import fit
from optae.training.signals import SIGNALS, Interrupted

COMMAND = [sys.executable, "-c", "from optae.cli.main import main; main()"]
TRAIN = ["train", "--method", "powell", "--arch", "35,10,2", "--out", "r"]

if sys.platform == "win32":
    pytest.skip("sends POSIX signals", allow_module_level=True)


def start(*words, cwd, **kwargs):
    return subprocess.Popen(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **kwargs,
    )


def training(child, folder):
    """Wait until the run has claimed its folder, and a little longer."""
    while not list(folder.glob(".optae-claim-*")):
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)
    time.sleep(1)


def test_a_signal_keeps_the_best_vector(tmp_path, number=signal.SIGTERM):
    child = start(*TRAIN, cwd=tmp_path)
    training(child, tmp_path)
    child.send_signal(number)
    out, errors = child.communicate(timeout=30)
    assert child.returncode == 128 + number and f"stopped by {number.name}" in out and not errors
    record = load_run(tmp_path / "r").record
    assert record["status"] == "interrupted" and record["value"] < record["start"]
    assert os.listdir(tmp_path) == ["r"]


def test_ctrl_c_twice_keeps_the_best_vector(tmp_path):
    child = start(*TRAIN, cwd=tmp_path)
    training(child, tmp_path)
    while not (tmp_path / "r").exists() and child.poll() is None:
        child.send_signal(signal.SIGINT)
        time.sleep(0.001)
    child.communicate()
    assert child.returncode == 130 and load_run(tmp_path / "r").record["status"] == "interrupted"
    assert os.listdir(tmp_path) == ["r"]


def test_a_process_that_ignores_hang_ups_still_does():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with SIGNALS:
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_waits_while_a_result_is_stored_and_interrupts_a_running_method(number):
    before = signal.getsignal(number)
    with SIGNALS:
        with pytest.raises(Interrupted), SIGNALS.waiting():
            os.kill(os.getpid(), number)
            assert SIGNALS.came == number
            problem = optae.Problem(optae.Autoencoder([4, 2]), np.eye(4))
            result = fit(problem, optae.METHODS["adam"](), max_iterations=5)
            assert (result.status, result.iterations) == ("interrupted", 0) and SIGNALS.held
            SIGNALS.check()
        assert not SIGNALS.held
        with pytest.raises(Interrupted):
            os.kill(os.getpid(), number)
    assert SIGNALS.came is None and signal.getsignal(number) == before


# stopped at random moments, and gone on with

EPOCHS = ["train", "--arch", "35,6,2", "--engine", "jax", "--precision", "float32", "--option", "batch=8"]
EPOCHS += ["--max-iterations", "2000", "--checkpoint", "100", "--out", "r"]
ALL = (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP, signal.SIGINT)


def stopped(number, folder, wait):
    """Run a command that a signal to its group ends at some moment; whether it was ended."""
    child = start(*EPOCHS, cwd=folder, start_new_session=True)
    wait(child)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)
    child.communicate(timeout=60)
    assert child.returncode in (0, 128 + number, -number), number
    for _ in range(100):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, 0)
            time.sleep(0.1)
            continue
        return child.returncode != 0
    raise AssertionError("a process outlives its command")


def ends_as_in_peace(folder):
    """Go on to the end: the same vector as that of a run in peace, and nothing else."""
    if not load_run_at(folder):
        child = start(*EPOCHS, cwd=folder)
        _, errors = child.communicate(timeout=300)
        assert child.returncode == 0, errors
    run = load_run(folder / "r")
    assert (run.theta == run.experiment.run().theta).all() and run.record["status"] == "max_iterations"
    assert os.listdir(folder) == ["r"]


def load_run_at(folder):
    return (folder / "r").exists() and load_run(folder / "r").record["status"] == "max_iterations"


def test_training_that_was_interrupted_goes_on_from_its_checkpoint(tmp_path):
    def wait(child):
        while not (tmp_path / "r.checkpoint.npz").exists() and child.poll() is None:
            time.sleep(0.02)

    stopped(signal.SIGTERM, tmp_path, wait)
    ends_as_in_peace(tmp_path)


def test_training_that_was_interrupted_before_its_first_checkpoint_begins_again(tmp_path):
    late = [*EPOCHS[:-3], "2000", "--out", "r"]
    assert late[-4] == "--checkpoint"
    child = start(*late, cwd=tmp_path)
    training(child, tmp_path)
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=60)
    if load_run(tmp_path / "r").record["status"] != "interrupted":
        pytest.skip("it has ended in a second")
    assert os.listdir(tmp_path) == ["r"]
    other = start(*late[:-4], "--seed", "1", *late[-4:], cwd=tmp_path)
    _, errors = other.communicate(timeout=60)
    assert other.returncode == 2 and "'r' exists already" in errors  # another recipe replaces nothing
    ends_as_in_peace(tmp_path)


def test_training_stopped_at_any_moment_keeps_its_run(tmp_path, moments):
    if not (many := moments(0)):
        pytest.skip("long: give --hypothesis-profile nightly")
    seconds, folders = random.Random(0), (tmp_path / str(i) for i in range(many + 1))
    (folder := next(folders)).mkdir()
    for i in range(many):
        went_on = stopped(ALL[i % 4], folder, lambda child: time.sleep(seconds.uniform(0.5, 12)))
        if not went_on or load_run_at(folder):  # a signal may come when it is stored, and draws its pictures
            ends_as_in_peace(folder)
            (folder := next(folders)).mkdir()
    ends_as_in_peace(folder)


def test_a_report_that_is_stopped_leaves_a_whole_page_or_none(tmp_path, moments):
    grid = ["bench", "--arch", "35,4,2", "--method", "adam", "--seeds", "4", "--max-iterations", "5"]
    made = start(*grid, "--jobs", "1", "--out", "grid", cwd=tmp_path)
    _, errors = made.communicate(timeout=60)
    assert made.returncode == 0, errors
    before, seconds = sorted(os.listdir(tmp_path / "grid")), random.Random(2)
    for i in range(moments(2)):
        child = start("report", "grid", "-o", "page.html", cwd=tmp_path, start_new_session=True)
        time.sleep(seconds.uniform(0.2, 4))
        for _ in range(2):  # twice, as an impatient user does
            with suppress(ProcessLookupError):
                os.killpg(child.pid, ALL[i % 4])
        child.communicate(timeout=60)
        assert child.returncode in (0, 128 + ALL[i % 4], -ALL[i % 4])
        page = tmp_path / "page.html"
        assert not page.exists() or page.read_text(encoding="utf-8").rstrip().endswith("</html>")
        assert sorted(os.listdir(tmp_path / "grid")) == before
    assert {name for name in os.listdir(tmp_path) if not name.startswith(".optae-")} <= {"grid", "page.html"}
