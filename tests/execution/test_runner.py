"""Cells run once, whatever dies: the runner, its workers, `optae bench`."""

import gc
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose
from optae.cli.bench import progress_line
from optae.cli.main import main

from optae.execution.jobs import failed
from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.execution.tally import Tally
from optae.execution.workers import Worker
from optae.experiments.grid import grid
from optae.files import STALE
from optae.storage.cells import is_stored, write_cells
from optae.storage.claims import Claims
from optae.storage.frame import load_cells

TIMES = [
    "path",
    "seconds",
    "compile_seconds",
    "processor_seconds",
    "clock_note",
    "reached",
]  # of two equal runs
COMMAND = [sys.executable, "-c", "from optae.cli.main import main; main()", "bench"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")


def quick(seeds, **axes):
    return grid(**{"arch": "35,4,2", "method": ["adam", "l-bfgs"], "max_iterations": 3, **axes}, seed=seeds)


def table(folder):
    """Cell for cell, without times and what a clock decides: when wrong pixels were looked at."""
    frame = load_cells(folder)
    assert not frame.attrs["warnings"]
    return frame.drop(columns=TIMES).sort_values("cell").reset_index(drop=True)


def run(*arguments):
    return CliRunner().invoke(main, ["bench", *map(str, arguments)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid") / "out"
    experiments = (
        quick(3)
        + quick(1, arch="64,4,2")
        + quick(1, method="backprop:lr=1e300", loss="mse", output="identity", max_iterations=2000)
    )
    tally = run_plan(plan(experiments, folder), folder, jobs=2)
    return folder, experiments, tally


def test_every_cell_is_a_row(finished):
    folder, experiments, tally = finished
    frame = load_cells(folder)
    assert len(frame) == len(experiments) == tally.done == tally.size
    assert dict(frame.status.value_counts()) == dict(tally.statuses)
    assert set(frame.threads[frame.status == "max_iterations"]) == {1}
    refused, diverged = frame[frame.status == "refused"], frame[frame.status == "diverged"]
    assert len(refused) == 2 and refused.message.str.contains("begin `arch` with 35").all()
    assert (
        len(diverged) == 1
        and "loss" in diverged.message.iloc[0]
        and diverged.value.iloc[0] == diverged.start.iloc[0]
    )


def test_a_finished_grid_has_nothing_to_run(finished):
    folder, experiments, _ = finished
    again = plan(experiments, folder)
    assert len(again.done) == again.size == len(experiments) and not again.jobs and not again.refused


def test_only_missing_cells_run(finished, tmp_path):
    folder, experiments, _ = finished
    shutil.copytree(folder, tmp_path / "out")
    gone = sorted(path.name for path in (tmp_path / "out").iterdir())[:2]
    kept = {
        path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir() if path.name not in gone
    }
    for name in gone:
        shutil.rmtree(tmp_path / "out" / name)
    todo = plan(experiments, tmp_path / "out")
    assert sorted(job.cell.name for job in (*todo.jobs, *(job for job, _ in todo.refused))) == gone
    run_plan(todo, tmp_path / "out", jobs=1)
    assert table(tmp_path / "out").equals(table(folder))
    assert all((tmp_path / "out" / name).stat().st_mtime_ns == then for name, then in kept.items())


def test_shards_partition(tmp_path):
    experiments = quick(10)
    parts = [plan(experiments, tmp_path, (part, 3)) for part in (1, 2, 3)]
    names = [job.cell.name for part in parts for job in part.jobs]
    assert len(names) == len(set(names)) == plan(experiments, tmp_path).size == 20
    alone = plan(quick(4), tmp_path, (2, 3))  # a cell stays in its shard when the grid grows
    assert {job.cell.name for job in alone.jobs} <= {job.cell.name for job in parts[1].jobs}


def test_a_shard_without_cells_says_so_and_advises_no_command_that_fails(tmp_path):
    words = ["--method", "adam", "--arch", "35,4,2", "--max-iterations", 1, "--out", tmp_path / "a"]
    sizes = [plan(quick(1, method="adam", max_iterations=1), tmp_path, (k, 2)).size for k in (1, 2)]
    said = [run(*words, "--shard", f"{k}/2") for k in (1, 2)]
    assert sorted(sizes) == [0, 1] and [one.exit_code for one in said] == [0, 0]
    empty, full = (said[sizes.index(size)].output for size in (0, 1))
    assert "optae table" not in empty and "has none of the grid's cells" in empty
    assert "next: optae table" in full


def test_two_writers_of_one_cell(tmp_path):
    (job, _) = plan(quick(1), tmp_path).jobs
    for reason in ("first", "second"):
        (files,) = failed(job, reason)
        write_cells(tmp_path, {job.cell.name: files})
    assert load_cells(tmp_path).message.tolist() == ["first"] and os.listdir(tmp_path) == [job.cell.name]


def test_old_leftovers_are_swept_and_young_ones_are_not(tmp_path):
    for name in (".optae-old", ".optae-young"):
        (tmp_path / name).mkdir()
    long_ago = time.time() - 2 * STALE
    os.utime(tmp_path / ".optae-old", (long_ago, long_ago))
    run_plan(plan([], tmp_path), tmp_path)
    assert os.listdir(tmp_path) == [".optae-young"]


def test_a_cell_that_another_process_has_mended_meanwhile_stays(tmp_path):
    (job, _) = plan(quick(1), tmp_path).jobs
    (files,) = failed(job, "no")
    place = tmp_path / job.cell.name
    for kept in (True, False):
        write_cells(tmp_path, {job.cell.name: files})
        if not kept:
            (place / "run.json").write_bytes(b"")
        then = place.stat().st_ino
        write_cells(tmp_path, {job.cell.name: files})
        assert (place.stat().st_ino == then) == kept and is_stored(tmp_path, job.cell.name)
    assert os.listdir(tmp_path) == [job.cell.name]


@posix
def test_a_worker_killed_midway_costs_its_cell_a_retry(tmp_path):
    (job,) = plan(quick(1, method="powell", max_iterations=1000, max_seconds=1), tmp_path).jobs
    worker = Worker(1)
    try:
        worker.send(job)
        pid = worker.hello.result()
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        assert worker.future.exception() and worker.take() is None
        assert worker.hello.result() != pid and worker.future.exception() is None
        back, (files,) = worker.take()
        assert back is job and b'"max_seconds"' in files["run.json"] and "trace.csv" in files
    finally:
        worker.close()


@posix
def test_a_cell_that_kills_its_workers_is_a_row(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'autograd':\n"
        "            import os; os.kill(os.getpid(), 9)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    experiments = quick(1, method="adam", engine=["numpy", "autograd"])
    todo = plan(experiments, tmp_path / "out")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    tally = run_plan(todo, tmp_path / "out", jobs=1)
    assert dict(tally.statuses) == {"failed": 1, "max_iterations": 1}
    frame = load_cells(tmp_path / "out").set_index("engine")
    assert "died 3 times" in frame.message["autograd"] and frame.status["numpy"] == "max_iterations"


def test_an_error_in_a_cell_is_a_row(tmp_path):
    (job,) = plan(quick(1, method="adam"), tmp_path).jobs
    (files,) = failed(job, "KeyError: 'no\nsuch'")
    write_cells(tmp_path, {job.cell.name: files})
    row = load_cells(tmp_path).iloc[0]
    assert (row.status, row.message) == ("failed", "KeyError: 'no such'")


# killed and resumed

GRIDS = {
    "apart": "--arch 35,6,2 --method adam --method l-bfgs --method cobyqa --seeds 8 --max-iterations 200",
    "together": "--arch 35,6,2 --method adam:batch=8 --engine jax --seeds 9 --max-iterations 300",
}


@pytest.fixture(scope="module", params=GRIDS)
def peace(request, tmp_path_factory):
    """A grid, its cells' table after one run in peace, and how long that takes."""
    folder, words = tmp_path_factory.mktemp("peace") / "out", GRIDS[request.param].split()
    started = time.monotonic()
    subprocess.run([*COMMAND, *words, "--jobs", "2", "--out", str(folder)], check=True, capture_output=True)
    return words, table(folder), time.monotonic() - started


def same(found, expected):
    """Whether tables agree: to the last bit, or up to rounding if seeds trained together, now fewer."""
    if (expected["together"] == 1).all():
        return found.equals(expected)
    numbers = found.select_dtypes("number").columns.drop(["together", "threads"])
    assert_allclose(found[numbers], expected[numbers], rtol=1e-6)
    words = found.columns.difference([*numbers, "together", "threads"])
    return found[words].equals(expected[words]) and (found["together"] > 1).any()


@posix
def test_stopped_at_random_moments_and_resumed(peace, tmp_path, moments):
    """SIGKILL strikes the parent alone; the others all its processes, as a terminal and a batch system do.

    Ctrl-C comes twice, as from an impatient user.
    """
    words, expected, took = peace
    seconds, before = random.Random(1), 0
    for i in range(moments(4 if "jax" not in words else 2)):
        command = [*COMMAND, *words, "--jobs", str(1 + i % 2), "--out", str(tmp_path / "out")]
        child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(seconds.uniform(0.3, 0.9) * took)
        number = (signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)[i % 4]
        for _ in range(1 + (number == signal.SIGINT)):
            with suppress(ProcessLookupError):
                (os.kill if number == signal.SIGKILL else os.killpg)(child.pid, number)
            time.sleep(seconds.uniform(0, 0.1))
        assert child.wait() in (0, 128 + number, -number)
        nobody_is_left(child.pid)
        done = len(load_cells(tmp_path / "out")) if (tmp_path / "out").exists() else 0
        assert done >= before  # nothing that was done is lost
        before = done
    subprocess.run([*COMMAND, *words, "--out", str(tmp_path / "out")], check=True, capture_output=True)
    assert same(table(tmp_path / "out"), expected)
    assert not list((tmp_path / "out").glob(".*"))


def nobody_is_left(group):
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.killpg(group, 0)
            time.sleep(0.1)


@pytest.mark.parametrize("number", ["SIGINT", "SIGHUP"])
@posix
def test_a_signal_keeps_what_is_finished_and_ends_the_workers(tmp_path, number):
    number = signal.Signals[number]
    command = [*COMMAND, "--arch", "35,4,2", "--method", "adam", "--seeds", "500", "--max-seconds", "0.3"]
    child = subprocess.Popen(
        [*command, "--jobs", "1", "--out", "out"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while len(list(tmp_path.glob("out/*/run.json"))) < 2:
        time.sleep(0.1)
    os.killpg(child.pid, number)  # as a terminal does: parent and workers
    _, errors = child.communicate(timeout=30)
    done = len(load_cells(tmp_path / "out"))
    assert child.returncode == 128 + number
    said = f"{done} of 500 cells are done; the same command goes on from there"
    assert errors.strip() == f"Error: interrupted: {said}"
    assert set(load_cells(tmp_path / "out").status) == {"max_seconds"}
    nobody_is_left(child.pid)


# several processes


@posix
def test_four_commands_on_one_folder_run_every_cell_once_though_one_is_killed(tmp_path):
    """Each trains its cells in this process's order; every start of a cell is noted."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os\n"
        "from optae.execution import jobs\n"
        "run = jobs.run_job\n"
        "def noted(job):\n"
        f"    with open({str(tmp_path / 'started')!r}, 'a') as file:\n"
        "        file.write(''.join(f'{cell.name} {os.getppid()}\\n' for cell in job.cells))\n"
        "    return run(job)\n"
        "from optae.execution import workers\n"
        "workers.run_job = noted\n"
        "noted.__module__, noted.__qualname__ = 'sitecustomize', 'noted'\n"
    )
    command = [*COMMAND, "--arch", "35,4,2", "--method", "l-bfgs", "--method", "adam", "--seeds", "30"]
    command += ["--max-iterations", "200", "--jobs", "1", "--out", "out"]
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    four = [
        subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    started = tmp_path / "started"
    while not started.exists() or f" {four[0].pid}\n" not in started.read_text():
        time.sleep(0.01)
    four[0].kill()
    outputs = [child.communicate(timeout=120)[0] for child in four]
    assert [child.returncode for child in four] == [-signal.SIGKILL, 0, 0, 0]
    runs = [line.split() for line in started.read_text().splitlines()]
    lost = [cell for cell, by in runs if by == str(four[0].pid)][-1:]  # it had one in work
    names = [cell for cell, _ in runs]
    assert len(set(names)) == 60 and len(names) - 60 <= len(lost)
    assert len({by for _, by in runs}) >= 3 and all("done by other processes" in text for text in outputs[1:])
    frame = load_cells(tmp_path / "out")
    assert len(frame) == 60 and not frame.attrs["warnings"]
    assert not list((tmp_path / "out").glob(".optae-*"))


def test_cells_in_work_elsewhere_are_waited_for(tmp_path):
    experiments, seen = quick(1), []
    todo = plan(experiments, tmp_path)
    first = todo.jobs[0].cell.name
    with Claims(tmp_path) as others:
        assert others.take(first)

        def finish(tally):
            if tally.in_work_elsewhere and tally.done == 1:
                seen.append(progress_line(tally))
                run_plan(plan(experiments, tmp_path / "other"), tmp_path / "other", jobs=1)
                shutil.copytree(tmp_path / "other" / first, tmp_path / first)
                others.release([first])

        tally = run_plan(todo, tmp_path, jobs=1, on_progress=finish)
    assert (tally.done, tally.elsewhere) == (2, 1) and "1 running in other processes" in seen[0]


# a cluster


@posix
def test_a_dask_cluster_that_loses_a_worker(tmp_path):
    pytest.importorskip("distributed", reason="needs dask.distributed: pip install 'optae[cluster]'")
    python, programs = [sys.executable, "-W", "ignore", "-m"], []
    try:
        address = f"tcp://127.0.0.1:{_free_port()}"
        port = address.rpartition(":")[2]
        scheduler = [
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            port,
            "--no-dashboard",
        ]
        worker = ["distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard"]
        for words in (scheduler, worker, worker):
            programs.append(subprocess.Popen([*python, *words], cwd=tmp_path, stderr=subprocess.DEVNULL))
        todo, killed = plan(quick(6, method="adam", max_iterations=1500), tmp_path / "out"), []

        def kill_one(tally):
            if tally.done >= 2 and not killed:
                programs[2].kill()
                killed.append(tally.done)

        tally = run_plan(todo, tmp_path / "out", cluster=address, on_progress=kill_one)
    finally:
        for program in reversed(programs):
            program.kill()
            program.wait()
    frame = load_cells(tmp_path / "out")
    assert killed and killed[0] < 6 and len(frame) == 6 == tally.statuses["max_iterations"] == tally.done
    assert set(frame.threads) == {1} and frame.cell.is_unique


def _free_port():
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_missing_cluster_is_one_plain_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = run(
        "--method", "adam", "--max-iterations", 1, "--cluster", "tcp://127.0.0.1:1", "--out", tmp_path / "a"
    )
    assert result.exit_code == 2 and "optae[cluster]" in result.stderr and result.stderr.count("\n") == 1


# the command


def test_bench_ends_with_a_table_and_the_next_command(tmp_path):
    grid = [
        "--arch",
        "35,4,2",
        "--method",
        "adam",
        "--method",
        "cobyqa",
        "--method",
        "adam:lr=1e-3",
        "--seeds",
        "2",
    ]
    first = run(*grid, "--max-iterations", 2, "--out", tmp_path / "a", "--dry-run")
    assert first.exit_code == 0 and "to run" in first.stdout and not (tmp_path / "a").exists()
    assert "refused 2 of cobyqa: COBYQA works for at most 400 parameters" not in first.stdout  # 387: it runs
    result = run(*grid, "--max-iterations", 2, "--out", tmp_path / "a", "--jobs", 1)
    assert result.exit_code == 0 and "optae table" in result.stdout, result.output
    assert len(load_cells(tmp_path / "a")) == 4  # adam's default rate spelled out is adam
    again = run(*grid, "--max-iterations", 2, "--out", tmp_path / "a")
    assert re.search(r"done before +4", again.stdout)


def test_the_progress_line_has_all_its_parts(tmp_path):
    tally = Tally(plan(quick(2), tmp_path))
    assert progress_line(tally).startswith("0 of 4 cells")
    tally.count("adam", "target", 2.0)
    line = progress_line(tally)
    assert line.startswith("1 of 4 cells  1 target") and line.endswith("left")


WRONG = {
    "nothing to run": ([], "nothing to run"),
    "no budget": (["--method", "adam"], "no budget"),
    "an unknown method": (["--method", "adamm", "--max-seconds", 1], "did you mean 'adam'"),
    "an unknown option": (["--method", "adam:lrr=1", "--max-seconds", 1], "did you mean 'lr'"),
    "a missing spec": (["missing.toml"], "missing.toml"),
    "a spec and axes": (["spec.toml", "--method", "adam"], "spec.toml"),
    "a wrong spec": (["wrong.toml"], "did you mean 'method'"),
    "missing data": (["--dataset", "none.csv", "--max-seconds", 1], "none.csv"),
    "an unset variable": (["--dataset", "$NO_SUCH_PLACE/a.h:Font1", "--max-seconds", 1], "NO_SUCH_PLACE"),
    "a shard that is none": (["--max-seconds", 1, "--shard", "6/5"], "6/5"),
    "a shard of words": (["--max-seconds", 1, "--shard", "half"], "half"),
    "no jobs": (["--max-seconds", 1, "--jobs", 0], "0"),
    "no seeds": (["--max-seconds", 1, "--seeds", 0], "seed"),
    "seeds that are none": (["--max-seconds", 1, "--seeds", "few"], "few"),
    "a file as folder": (["--max-seconds", 1, "--out", "spec.toml"], "spec.toml"),
    "a file above the folder": (["--max-seconds", 1, "--out", "spec.toml/a"], "spec.toml"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_one_plain_line(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("spec.toml").write_text("max_seconds = 1")
    Path("wrong.toml").write_text("max_seconds = 1\nmetod = 'adam'")
    arguments, words = WRONG[name]
    result = run(*arguments, *([] if "--out" in arguments else ["--out", "out"]))
    assert result.exit_code == 2, result.output
    assert re.fullmatch(r"Error: [^\n]+\n", result.stderr) and words in result.stderr, result.stderr
    assert result.stdout == "" and sorted(os.listdir()) == ["spec.toml", "wrong.toml"]


def _dies_in_the_midst(job):
    """Begin to send a result, as the worker's own process does, and die."""
    ends = (thing for thing in gc.get_objects() if isinstance(thing, SimpleQueue))
    for queue in ends:
        if not queue._writer.closed:
            os.write(queue._writer.fileno(), struct.pack("!i", 100_000) + b"half of it")
            os.kill(os.getpid(), signal.SIGKILL)


@posix
def test_a_worker_that_dies_while_sending_a_result_is_noticed():
    worker = Worker(1)
    try:
        worker.hello.result()
        future = worker._executor.submit(_dies_in_the_midst, None)
        with pytest.raises(BrokenExecutor):
            future.result(30)
    finally:
        worker.close()
