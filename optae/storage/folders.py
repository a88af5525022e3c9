"""The folder of a run: it is reserved at the start, and replaced by another if it is lost."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from ..datasets import Dataset
from ..experiments.experiment import Experiment
from ..files import free, prepare, remove_whole
from ..text import closed
from ..training.result import Result
from .claims import Claims
from .run import save_run

TRIES = 3  # names to try beside a folder that is lost
RUNS = Path("runs")


def default_folder(experiment: Experiment, parent: Path = RUNS) -> Path:
    """Return runs/font2-powell-0, or the first such name with a number that is free."""
    return next(_unused(first_folder(experiment, parent)))


def first_folder(experiment: Experiment, parent: Path = RUNS) -> Path:
    """Return runs/font2-powell-0, free or taken."""
    return parent / default_name(experiment)


def default_name(experiment: Experiment) -> str:
    """Return the name of a run's folder: data set, method and seed."""
    word = closed(experiment.dataset)
    stem = Path(word).name if Path(word).suffix or word != experiment.dataset else word
    name = f"{stem}-{experiment.method}-{experiment.seed}"
    return "".join(c if c.isalnum() or c in "._" else "-" for c in name)


def _never(folder: Path) -> bool:
    return False


@contextmanager
def reserved(
    experiment: Experiment,
    out: Path | None,
    goes_on: Callable[[Path], bool] = _never,
    parent: Path = RUNS,
) -> Iterator[Path]:
    """Yield the folder of a run, `out` or a default name, which no other run can take meanwhile.

    A folder is free if it does not exist, or holds an interrupted run that this run resumes. Raises
    ValueError if `out` is taken or cannot be written.
    """
    if out is not None and not goes_on(out):
        free(out)
    first = first_folder(experiment, parent) if out is None else Path(os.path.realpath(out))
    prepare(first.parent)
    with Claims(first.parent) as claims:
        if out is None:
            names = (name for name in _numbered(first) if not os.path.lexists(name) or goes_on(name))
            yield next(name for name in names if claims.take(name.name))
        elif claims.take(first.name):
            yield out
        else:
            raise ValueError(f"another run is about to write '{out}': choose another folder")


def keep_run(
    folder: Path,
    experiment: Experiment,
    data: Dataset,
    result: Result,
    goes_on: Callable[[Path], bool] = _never,
) -> tuple[Path, str]:
    """Save a run in its folder; if that is lost, beside it or in the system's temporary folder.

    The run replaces an interrupted run that it has resumed. Returns its folder, and why it is another one
    ("" if it is not). Raises OSError if no folder can be written.
    """
    if goes_on(folder):
        remove_whole(folder)
    reasons: list[str] = []
    for place in _places(folder):
        try:
            save_run(where := place(), experiment, data, result)
            return where, "".join(reasons[:1])
        except (OSError, ValueError) as error:
            reasons.append(_reason(folder, error))
    raise OSError(f"{reasons[0]}; no other folder can be written either")


def _numbered(folder: Path) -> Iterator[Path]:
    """Yield the folder, then its name followed by 2, 3, ..."""
    return (folder if i == 1 else folder.with_name(f"{folder.name}-{i}") for i in count(1))


def _unused(folder: Path) -> Iterator[Path]:
    """Yield the numbered names that do not exist."""
    return (name for name in _numbered(folder) if not os.path.lexists(name))


def _places(folder: Path) -> Iterator[Callable[[], Path]]:
    """Yield functions that return a folder for the run, the best one first."""
    beside = _unused(folder)
    yield lambda: folder
    for _ in range(TRIES):
        yield lambda: next(beside)
    yield lambda: Path(tempfile.mkdtemp(prefix=f"{folder.name}-"))


def _reason(folder: Path, error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"cannot write '{folder}': {error.strerror}"
    return str(error)
