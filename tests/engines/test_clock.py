"""Solving, compiling and pauses add up to the wall's time, whatever nests, in a terminal and in a pipe."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from threading import Barrier, Thread

import jax
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from optae.cli.main import main

import optae
from optae import METHODS, Autoencoder, Problem
from optae.datasets.csv_lines import exactly
from optae.engines.clock import _RUNNING, SOLVING, Clock, compiling, waiting
from optae.engines.jax import Compiled
from optae.methods.redrawn import Redrawn
from optae.training.fit import fit_together

LAG = 0.05  # seconds that a sleep may be late on a busy machine


def jax_problem(x, seed=0, width=6, **words):
    return Problem(Autoencoder([35, width, 2], **words), x, engine="jax", seed=seed)


def total(seconds):
    return seconds["solve"] + seconds["compile"] + seconds["paused"]


# one clock


def test_a_pause_inside_a_pause_counts_once():
    clock = Clock()
    with clock.paused(), clock.paused():
        time.sleep(0.1)
    assert 0 <= clock.seconds < LAG and 0.1 <= clock.paused_seconds < 0.1 + LAG


NESTS = {  # who is around whom, and who is charged
    "compiling in a pause": (("paused", "compiling"), "compile_seconds"),
    "a pause in compiling": (("compiling", "paused"), "paused_seconds"),
    "compiling in a pause in compiling": (("compiling", "paused", "compiling"), "compile_seconds"),
    "waiting in compiling in a pause": (("paused", "compiling", "waiting"), "paused_seconds"),
}


class Hands:
    """A clock's `time`, which passes only by sleep."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now

    process_time = perf_counter

    def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize("name", NESTS)
def test_whatever_nests_each_moment_is_charged_once(name, monkeypatch):
    nest, charged = NESTS[name]
    hands = Hands()
    monkeypatch.setattr("optae.engines.clock.time", hands)
    clock, readings = Clock(), []
    parts = {"paused": clock.paused, "compiling": compiling, "waiting": waiting}
    with clock.running():
        with ExitStack() as stack:
            for part in nest:
                stack.enter_context(parts[part]())
            for _ in range(5):
                hands.sleep(0.01)
                readings.append(clock.seconds)
        hands.sleep(0.02)
    spent = {name: getattr(clock, name) for name in ("seconds", "compile_seconds", "paused_seconds")}
    assert spent.pop("seconds") == pytest.approx(0.02, abs=1e-12) and readings == [0.0] * 5
    assert spent.pop(charged) == pytest.approx(0.05, abs=1e-12) and [*spent.values()] == [0.0]


def test_a_stopped_clock_does_not_advance():
    clock = Clock()
    with clock.running():
        pass
    before = clock.seconds
    time.sleep(0.02)
    assert clock.seconds == before and clock.compile_seconds == clock.paused_seconds == 0


def test_compilation_is_charged_to_the_run_around_the_call_alone():
    clocks, both = [Clock(), Clock()], Barrier(2)

    def run(clock, compiles):
        with clock.running():
            both.wait()
            if compiles:
                with compiling():
                    time.sleep(0.1)
            both.wait()

    threads = [Thread(target=run, args=(clock, i == 0)) for i, clock in enumerate(clocks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clocks[0].compile_seconds >= 0.1 and clocks[1].compile_seconds == 0 and clocks[1].seconds >= 0.1


def test_a_fit_inside_a_fit_is_charged_to_both(x):
    inner = []

    def look(_):
        if not inner:
            inner.append(optae.fit(jax_problem(x, width=7), METHODS["adam"](), max_iterations=2))

    outer = optae.fit(
        Problem(Autoencoder([35, 6, 2]), x), METHODS["adam"](), max_iterations=5, on_progress=look
    )
    assert (
        outer.seconds["compile"] == pytest.approx(inner[0].seconds["compile"], rel=0.05)
        and outer.seconds["solve"] < 1
    )


# whole runs


RUNS = {
    "adam": lambda: METHODS["adam"](),
    "batches": lambda: METHODS["adam"](batch=8),
    "l-bfgs": lambda: METHODS["l-bfgs"](),
    "trust-krylov": lambda: METHODS["trust-krylov"](),
    "lm": lambda: METHODS["lm"](),
    "redrawn": lambda: Redrawn(METHODS["l-bfgs"](), 2),
    "optax": lambda: optae.methods.method_spec("optax:adam")(),
}


HEARD = []  # what clocks said while XLA compiled or traced something


@pytest.fixture(scope="module")
def listener():
    """JAX 0.8 cannot take a listener away again, so there is one."""

    def heard(event, seconds, **_):
        if "compile" in event:
            HEARD.append((event, [clock._dial for clock in _RUNNING.get()]))

    jax.monitoring.register_event_duration_secs_listener(heard)


@pytest.fixture
def compilations(listener):
    HEARD.clear()
    return HEARD


@pytest.mark.parametrize("name", RUNS)
def test_compilation_is_never_on_the_clock(name, x, compilations):
    width = 20 + list(RUNS).index(name)  # of a network that nobody compiled before
    optae.fit(jax_problem(x, width=width), RUNS[name](), max_iterations=3)
    assert compilations and all(SOLVING not in dials for _, dials in compilations), compilations


def test_a_group_compiles_off_the_clock_and_its_parts_add_up(x, compilations):
    began = time.perf_counter()
    results = fit_together(
        [jax_problem(x, seed, width=9) for seed in range(3)], METHODS["adam"](), max_iterations=50
    )
    wall = time.perf_counter() - began
    assert all(SOLVING not in dials for _, dials in compilations)
    assert 0.8 * wall < sum(total(result.seconds) for result in results) <= wall
    for result in results:
        assert min(result.seconds.values()) >= 0 and np.diff([row.seconds for row in result.rows]).min() >= 0


def test_every_run_adds_up_with_a_look_that_pauses_and_measures(x):
    """The live line of a terminal: paused by the trace, it measures, which pauses again."""
    for engine in ("numpy", "jax"):

        def look(trace):
            time.sleep(0.02)
            with trace.paused():
                time.sleep(0.02)

        problem = Problem(Autoencoder([35, 8, 2]), x, engine=engine)
        began = time.perf_counter()
        result = optae.fit(problem, METHODS["adam"](), max_seconds=0.3, on_progress=look)
        wall = time.perf_counter() - began
        assert min(result.seconds.values()) >= 0 and total(result.seconds) <= wall
        assert result.seconds["paused"] >= 0.08 and 0.3 <= result.seconds["solve"] < 0.3 + LAG
        assert np.diff([row.seconds for row in result.rows]).min() >= 0


def test_threads_that_share_a_function_compile_it_once(x):
    problems = [jax_problem(x, seed, width=11) for seed in range(4)]
    results, began = [None] * 4, time.perf_counter()

    def run(i):
        results[i] = optae.fit(problems[i], METHODS["adam"](), max_iterations=300)

    threads = [Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - began
    for result in results:
        assert result.status == "max_iterations" and min(result.seconds.values()) >= 0
        assert total(result.seconds) <= wall and np.diff([row.seconds for row in result.rows]).min() >= 0
    alone = optae.fit(jax_problem(x, 9, width=12), METHODS["adam"](), max_iterations=1).seconds["compile"]
    assert sum(result.seconds["compile"] for result in results) < 4 * alone


def test_an_executable_is_called_for_each_kind_of_arguments():
    calls = []

    def double(a):
        calls.append(a.dtype)
        return 2 * a

    f = Compiled(double)
    for a in (np.ones(2), np.ones(3), np.ones(2, np.float32), 1.0, 2, np.float64(1), f(np.ones(2))):
        twice, a = np.asarray(f(a)), np.asarray(a)
        assert_array_equal(twice, 2 * a)
        assert twice.dtype == a.dtype
    assert len(calls) == 6  # the last is a vector as the first was


# processor time


def test_processor_seconds_are_those_of_solving_alone():
    clock = Clock()
    _busy(0.2)
    with clock.paused():
        _busy(0.2)
    assert 0.1 < clock.processor_seconds < 0.5 and clock.processor_seconds <= clock.seconds + LAG


def _busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_time_without_a_processor_is_noted():
    clock = Clock()
    _busy(0.3)
    time.sleep(0.5)
    assert 0.45 < clock.lost_seconds <= clock.seconds - 0.25 and "no processor" in clock.note
    paused = Clock()
    with paused.paused():
        time.sleep(0.3)
    assert paused.lost_seconds < 0.05 and not paused.note


SUSPENDED = """
import os, signal
import optae

class Stops:  # while it solves: a stop in a look at the metrics is off the clock
    def refuses(self, problem):
        return None

    def run(self, problem, theta, trace):
        f = trace.watch(problem.objective())
        while True:
            f(theta)
            if trace.calls == 1000:
                os.kill(os.getpid(), signal.SIGSTOP)

problem = optae.Problem(optae.Autoencoder([35, 6, 2]), optae.load_dataset("font2").x)
result = optae.fit(problem, Stops(), max_seconds=1.5)
print(result.seconds["solve"], result.seconds["processor"], result.clock_note)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX signals")
def test_a_run_that_was_suspended_says_so():
    with subprocess.Popen([sys.executable, "-c", SUSPENDED], stdout=subprocess.PIPE, text=True) as run:
        os.waitpid(run.pid, os.WUNTRACED)
        time.sleep(1)
        run.send_signal(signal.SIGCONT)
        solve, processor, note = run.communicate()[0].split(maxsplit=2)
    assert float(solve) >= 1.5 and float(processor) < float(solve) - 0.9
    assert "the run had no processor" in note and "suspended" in note


# the command line


@pytest.fixture(params=["terminal", "pipe"])
def stderr(request, monkeypatch):
    """A real terminal, or a pipe, in the place of stderr."""
    there, here = pty.openpty() if request.param == "terminal" else os.pipe()
    reader = Thread(target=_drain, args=(there,), daemon=True)
    reader.start()
    with open(here, "w", encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stderr", file)
        assert file.isatty() == (request.param == "terminal")
        yield file
    reader.join()
    os.close(there)


def _drain(end):
    with suppress(OSError):  # a terminal that is closed
        while os.read(end, 65536):
            pass


WORDS = {
    "vae": "--model vae --dataset emoji:60 --arch 400,64,2 --batch 20 --epochs 12",
    "l-bfgs": "--method l-bfgs --dataset emoji:60 --arch 400,64,2 --max-seconds 0.5",
}


@pytest.mark.parametrize("words", WORDS)
def test_a_stored_run_adds_up_in_a_terminal_and_in_a_pipe(words, stderr, tmp_path, monkeypatch):
    monkeypatch.setattr("optae.figures.run.draw", lambda *_: None)
    began = time.perf_counter()
    with pytest.raises(SystemExit, match="0"):
        main(["train", *WORDS[words].split(), "--out", str(tmp_path / "run")])
    wall = time.perf_counter() - began
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    rows = pd.read_csv(tmp_path / "run" / "trace.csv", **exactly(pd.__version__))
    assert min(record["seconds"].values()) >= 0 and total(record["seconds"]) <= wall
    assert rows.seconds.min() >= 0 and rows.seconds.diff().min() >= 0
    assert rows.seconds.iloc[-1] == record["seconds"]["solve"] > 0
    if "max-seconds" in WORDS[words]:
        assert 0.5 <= record["seconds"]["solve"] < 0.5 + 4 * LAG
