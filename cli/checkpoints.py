"""The checkpoint beside a run's folder: whether a run goes on from it, and when it is removed."""

from functools import cache
from pathlib import Path

from optae.datasets import Dataset
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell
from optae.storage.run import Run, load_run
from optae.training.checkpoint import Checkpoint

from .output import say, warn


def beside(every: int | None, folder: Path, experiment: Experiment, data: Dataset) -> Checkpoint | None:
    """Return the checkpoint beside the run folder. Raises ValueError if another run's is there."""
    if every is None:
        return None
    kept = _of(folder, every, cell(experiment, data).name)
    kept.check()
    if kept.path.exists():
        say(f"going on from {kept.path}", err=True)
    return kept


def _of(folder: Path, every: int, owner: str) -> Checkpoint:
    return Checkpoint(folder.with_name(f"{folder.name}.checkpoint.npz"), every, owner, cache(warn))


def goes_on(every: int | None, owner: str, data: Dataset, folder: Path) -> bool:
    """Return whether the folder holds an interrupted run that this run resumes.

    It goes on from the checkpoint, or begins again if the run was stopped before the first one.
    """
    if every is None or not (folder / "run.json").is_file():
        return False
    kept, run = _of(folder, every, owner), load_run(folder)
    anew = not kept.path.exists() and _same(run, owner, data)
    return run.record["status"] == "interrupted" and (anew or kept.ours)


def forget(every: int | None, owner: str, data: Dataset, folder: Path) -> None:
    """Remove the checkpoint of a finished run: a process that was killed after storing it has left both."""
    if every is None or not (folder / "run.json").is_file():
        return
    kept, run = _of(folder, every, owner), load_run(folder)
    if run.record["status"] != "interrupted" and kept.ours and _same(run, owner, data):
        kept.path.unlink(missing_ok=True)


def _same(run: Run, owner: str, data: Dataset) -> bool:
    """Return whether a stored run has the owner's recipe and data."""
    return run.digest == data.sha256 and cell(run.experiment, data).name == owner
