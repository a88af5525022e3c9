"""Run the cells of a grid that are not yet done, and write each as soon as it arrives.

Every arrival is written at once, so killing the command at any moment loses only the cells that are running.
Finished cells are found on disk, so a second command, on this machine or another, runs only those that are
missing or damaged. A cell that is running is claimed, so commands that run at the same time on one folder
share its cells.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..engines.threads import cores
from ..experiments.schema import Words
from ..files import prepare, sync_folder
from ..storage.cells import Files, without_run, write_cells
from ..storage.claims import Claims
from ..text import counted
from ..training.signals import SIGNALS
from . import cluster as clusters
from . import jobs as work
from . import workers
from .plan import Plan
from .shared import Shared
from .tally import Tally

Finished = tuple[work.Job, list[Files]]


def run_plan(
    todo: Plan,
    folder: Path,
    *,
    jobs: int | None = None,
    threads: int | None = None,
    cluster: str | None = None,
    together: bool = True,
    on_progress: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Run the plan in `jobs` processes (by default one for each core), or on a Dask cluster.

    A run uses `threads` BLAS threads, by default those of `thread_rule`, at most its process's share of the
    cores. Cells that differ only in the seed train `together` if the method and the engine can.
    `on_progress` is called a few times a second. Other processes may run the same plan at the same time: each
    cell is run by one of them, and each process returns when all cells are done. Raises ValueError if no cell
    can run or be written; finished cells are kept, also after a KeyboardInterrupt.
    """
    tally = Tally(todo)
    prepare(folder)
    _keep(folder, [_refused(*refusal) for refusal in todo.refused], tally)
    jobs = jobs or max(1, cores() // (threads or 1))
    asked = [replace(job, threads=threads) for job in todo.jobs]
    bundles = work.bundles(asked, 1 if cluster else jobs) if together else asked
    many, share = min(jobs, len(bundles)), threads or max(1, cores() // jobs)
    run_stream(bundles, folder, tally, many, share, cluster, on_progress, partial(_interrupted, tally))
    sync_folder(folder)
    return tally


def run_stream(
    jobs: Iterable[work.Job | None],
    folder: Path,
    tally: Tally,
    many: int,
    threads: int = 1,
    cluster: str | None = None,
    on_progress: Callable[[Tally], None] = lambda tally: None,
    how_to_go_on: Callable[[], str] = lambda: "interrupted",
) -> None:
    """Run jobs, `many` at a time, and write each as soon as it arrives.

    None among the jobs means that more come later, so that later jobs may depend on the cells of earlier
    ones. `how_to_go_on` is what a signal that ends the run says.
    """
    with Claims(folder) as claims:
        shared = Shared(jobs, folder, claims, tally.find)
        todays = clusters.run(shared, cluster) if cluster else workers.run(shared, many, threads)
        with closing(todays) as arrivals:
            for look in _looks(arrivals):
                claims.release(_keep(folder, look, tally))
                SIGNALS.check(how_to_go_on())
                tally.in_work_elsewhere = shared.elsewhere
                on_progress(tally)


def seconds_spent(facts: Words) -> float:
    """Return the seconds of solving and compiling; 0 for a cell without a run."""
    return sum(facts["seconds"].get(kind, 0.0) for kind in ("solve", "compile"))


def _interrupted(tally: Tally) -> str:
    return f"interrupted: {_how_to_go_on(tally)}"


def _how_to_go_on(tally: Tally) -> str:
    return f"{tally.done:,} of {tally.size:,} cells are done; the same command goes on from there"


def _looks(arrivals: Iterable[work.Arrival]) -> Iterator[list[Finished]]:
    """Yield the jobs that have arrived at each look, and the rest at the end."""
    look: list[Finished] = []
    for arrival in arrivals:
        if arrival is None:
            yield look
            look = []
        else:
            look.append(arrival)
    yield look


def _refused(job: work.Job, reason: str) -> Finished:
    return job, [without_run(job.cell, work.data_for(job), "refused", reason)]


def _keep(folder: Path, finished: Iterable[Finished], tally: Tally) -> list[str]:
    """Write the cells of finished jobs together, count them, and return their names.

    If they do not fit on the disk together, those that fit are written one by one. Raises OSError for the
    others.
    """
    cells = {cell.name: files for job, rows in finished for cell, files in zip(job.cells, rows, strict=True)}
    try:
        write_cells(folder, cells)
    except (OSError, ValueError) as error:
        kept = [name for name, files in cells.items() if _fits(folder, name, files)]
        _count(tally, [cells[name] for name in kept])
        reason = str(error)
        if isinstance(error, OSError):
            reason = f"cannot write to '{folder}': {error.strerror or error}"
        lost = counted(len(cells) - len(kept), "finished cell")
        raise OSError(f"{reason}; {lost} did not fit and will run again; {_how_to_go_on(tally)}") from None
    _count(tally, cells.values())
    return list(cells)


def _fits(folder: Path, name: str, files: Files) -> bool:
    """Return whether the cell could be written."""
    try:
        write_cells(folder, {name: files})
    except (OSError, ValueError):
        return False
    return True


def _count(tally: Tally, cells: Iterable[Files]) -> None:
    for files in cells:
        facts = json.loads(files["run.json"])
        tally.count(facts["method"], facts["status"], seconds_spent(facts))
