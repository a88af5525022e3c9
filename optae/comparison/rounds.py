"""Run cells in rounds, where what comes next depends on the cells of the rounds before.

The cells on disk decide, so that the same words come to the same decisions after an interruption, and run
only what is missing.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from ..engines.threads import cores
from ..execution.jobs import Job
from ..execution.plan import Plan, plan
from ..execution.runner import run_stream
from ..execution.tally import Tally
from ..experiments.experiment import Experiment
from ..experiments.identity import cell_names
from ..files import prepare, sync_folder
from ..storage.cells import is_stored
from ..storage.frame import load_cells

T = TypeVar("T")
Cells = Iterator[Job | None]  # None means that later jobs wait for the cells of earlier ones


def collected(experiments: Sequence[Experiment], folder: Path) -> Generator[Job | None, None, pd.DataFrame]:
    """Yield the jobs of these experiments that are not done, None until they are; return their frame.

    Refused ones have no row. Raises ValueError for a cell that is damaged meanwhile.
    """
    todo = plan(experiments, folder)
    yield from todo.jobs
    refused = {job.cell.name for job, _ in todo.refused}
    names = [name for name in dict.fromkeys(cell_names(experiments)) if name not in refused]
    while not all(is_stored(folder, name) for name in names):
        yield None
    return _frame(folder, names)


def run_rounds(
    jobs: Iterable[Job | None],
    folder: Path,
    many: int,
    on_progress: Callable[[Tally], None],
    how_to_go_on: str,
    cluster: str | None = None,
) -> None:
    """Run a stream of jobs, `many` at a time, with the cores shared among them."""
    prepare(folder)
    tally = Tally(Plan((), (), ()))
    threads = max(1, cores() // many)
    run_stream(jobs, folder, tally, many, threads, cluster, on_progress, lambda: how_to_go_on)
    sync_folder(folder)


def merged(parts: Iterable[Generator[Job | None, None, Any]]) -> Cells:
    """Yield the jobs of several streams side by side; None only if all of them wait."""
    left = list(parts)
    while left:
        waiting = True
        for part in tuple(left):
            try:
                while (job := next(part)) is not None:
                    waiting = False
                    yield job
            except StopIteration:
                left.remove(part)
                waiting = False
        if waiting:
            yield None


def _frame(folder: Path, names: Iterable[str]) -> pd.DataFrame:
    """Return the rows of these cells. Raises ValueError for a cell that is damaged."""
    frame = load_cells([folder / name for name in names])
    if warnings := frame.attrs["warnings"]:
        raise ValueError(f"{warnings[0]}; remove it, and the same command runs it again")
    return frame
