"""What the grid runner costs beside the cells' own work, and how fast stored runs are read.

    python benchmarks/runner_cost.py

1,000 trivial cells (one iteration of gradient descent) in one worker, and in one a core: what they take
beyond FEW cells, so that the workers' start is apart; less what the same work takes without a runner. Wall
time, and time of the processor, parent and workers together, which other processes on a busy machine do not
touch. Then 10,000 stored runs, copies of those under other hashes, read by `load_cells` and `optae table`,
without and with their index. Writes results/runner_cost.md.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path

import numpy as np
from stamp import write

from optae.engines.threads import cores
from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.experiments.identity import content_hash
from optae.storage import index
from optae.storage.frame import load_cells
from optae.storage.run import record_bytes
from optae.storage.seals import RECORD, SEAL, sealed

FEW, CELLS, STORED = 20, 1_000, 10_000


def trivial(count: int) -> list[Experiment]:
    """Cells that take next to nothing."""
    return grid(arch="35,2", method="backprop", seed=count, max_iterations=1)


def spent() -> tuple[float, float]:
    """Seconds of the wall, and of the processor in this process and the workers that ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), time.process_time() + children.ru_utime + children.ru_stime


def cost(work: Callable[[], object]) -> np.ndarray:
    """Milliseconds of wall and processor, (2,)."""
    before = np.array(spent())
    work()
    return 1e3 * (np.array(spent()) - before)


def alone(experiments: list[Experiment]) -> None:
    """The same work without a runner."""
    for experiment in experiments:
        experiment.run(experiment.problem(experiment.data()))


def in_workers(experiments: list[Experiment], folder: Path, jobs: int) -> None:
    """Plans and runs; the workers have ended when it returns."""
    run_plan(plan(experiments, folder), folder, jobs=jobs)
    for child in active_children():
        child.join()


def copied(folder: Path, place: Path) -> None:
    """STORED cells, by copying those there are under other seeds, and so other names."""
    sources = sorted(folder.iterdir())
    for i in range(STORED):
        files = {path.name: path.read_bytes() for path in sources[i % len(sources)].iterdir()}
        del files[SEAL]
        facts = json.loads(files[RECORD])
        facts["seed"] = facts["recipe"]["seed"] = CELLS + FEW + i
        facts["cell"] = content_hash(facts["recipe"])
        (place / facts["cell"]).mkdir(parents=True)
        for name, content in sealed({**files, RECORD: record_bytes(facts)}).items():
            (place / facts["cell"] / name).write_bytes(content)


def table(folder: Path) -> str:
    """What `optae table` takes of that folder, with its start."""
    words = "from optae.cli.main import main; main()", "table", str(folder), "--target", "max_pixel_error=0"
    before = time.perf_counter()
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", *words], os.environ)
    _, status, used = os.wait4(process, 0)
    assert status == 0
    wall, processor = time.perf_counter() - before, used.ru_utime + used.ru_stime
    return f"{wall:.1f} s, {processor:.1f} s of the processor and {used.ru_maxrss / 1e3:.0f} MB"


def reading(folder: Path) -> list[str]:
    """What reading that folder takes, without and with its index."""
    time.sleep(index.SETTLED / 1e9)
    lines = []
    for how in ("without their index", "with it"):
        before = np.array(spent())
        frame = load_cells(folder)
        read = np.array(spent()) - before
        assert len(frame) == STORED
        if how.startswith("without"):
            (folder / index.FILE).unlink()
        lines += [
            f"`load_cells` reads {STORED:,} stored runs {how} in {read[0]:.1f} s, {read[1]:.1f} s of the",
            f"processor; `optae table` of them takes {table(folder)}, with its start.",
        ]
    return lines


def main() -> None:
    """Measures and writes the table."""
    alone(trivial(1))
    work, rows = cost(lambda: alone(trivial(CELLS))) / CELLS, []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for jobs in sorted({1, cores()}):
            start = cost(lambda jobs=jobs: in_workers(trivial(FEW), place / f"few{jobs}", jobs))
            whole = cost(lambda jobs=jobs: in_workers(trivial(FEW + CELLS), place / f"jobs{jobs}", jobs))
            rows.append((jobs, start[0] / 1e3, *((whole - start) / CELLS - work / (jobs, 1))))
        copied(place / "jobs1", place / "many")
        read = reading(place / "many")
    lines = [
        "# What the grid runner costs",
        "",
        f"{CELLS:,} trivial cells; the same work without a runner takes {work[0]:.1f} ms a cell.",
        "",
        f"| workers | start, {FEW} cells | own cost a cell, wall | own cost a cell, processor |",
        "| --: | --: | --: | --: |",
        *(f"| {jobs} | {start:.1f} s | {wall:.1f} ms | {cpu:.1f} ms |" for jobs, start, wall, cpu in rows),
        "",
        *read,
    ]
    print(write("runner_cost", "\n".join(lines), f"{cores()} cores").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
