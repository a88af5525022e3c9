"""Check whether a stored run reproduces: run its recipe again and compare all measurements.

On the same processor, system and versions, the vector must be the same bit for bit, and so must the value,
the metrics, the counts, the status and the history (see `differences` for what is not compared). A run that
was trained together with other seeds is trained with them again, because a group rounds its sums differently.

On other machines sums round differently, and the difference may grow in a long run. There the stored value
must be that of the stored vector, and may differ from the second run's by `TOLERANCE` of the decrease of the
loss.

A clock never stops two runs at the same evaluation. So a run that ended by its limit of seconds, its user or
its target is run again for as many evaluations as it had, without clock and target.

A run that drew its random numbers from an older numbering of the streams cannot be run again, and the verdict
says so.
"""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from ..datasets import Dataset
from ..engines.streams import NUMBERING, numbering_of
from ..experiments.experiment import Experiment
from ..experiments.identity import cell, renumbered
from ..experiments.schema import Words
from ..experiments.warm_start import split
from ..methods.imported import PREFIX
from ..methods.relay import ends_by_count
from ..storage.cells import Files
from ..storage.environment import environment
from ..storage.run import TABLES, Run, load_run
from ..storage.seals import RECORD, VECTOR
from ..storage.tensors import vector_of
from ..text import jsonable, listed
from . import jobs, workers
from .differences import differences
from .plan import refusal

SHOWN = 4  # most differing numbers in the verdict
TOLERANCE = 0.01  # share of start - value
NO_CLOCK = sys.float_info.max  # seconds that no run reaches
BY_THE_CLOCK = frozenset({"max_seconds", "interrupted", "target"})
OTHER_STREAMS = f"its random numbers are of another version's streams; today's have numbering {NUMBERING}"
PLACE = ("processor", "system", "python", "versions")


@dataclass(frozen=True)
class Reproduction:
    """The verdict on a stored run after a second run."""

    reproduces: bool
    same_vector: bool
    elsewhere: tuple[str, ...]  # differences between the two machines and their versions
    stored: Words  # the record of the first run
    again: Words  # the record of the second run
    sealed: bool = True  # whether the first carries digests
    differing: tuple[str, ...] = ()  # a line for each number that differs

    @property
    def sentence(self) -> str:
        """The verdict in one line, with the numbering of the stored run's random streams."""
        unsealed = "" if self.sealed else "; unsealed: an older version wrote it without digests"
        return f"{self._words} (random streams: numbering {numbering_of(self.stored)}{unsealed})"

    @property
    def _words(self) -> str:
        verb = "reproduces" if self.reproduces else "does not reproduce"
        if "value" not in self.again:
            return f"{verb}: {self.again['message']}"
        if self.same_vector:
            but = f", but {listed(self.differing, SHOWN)}" if self.differing else ""
            return f"{verb}: the same vector, bit for bit{but}"
        a, b = self.stored["value"], self.again["value"]
        where = f"elsewhere ({', '.join(self.elsewhere)})" if self.elsewhere else "same machine and versions"
        lines = [f"{where}, another vector", f"{self.stored['loss']} {a} then, {b} now", *self.differing]
        return f"{verb}: {'; '.join(lines)}"


def verify(path: str | Path, tolerance: float = TOLERANCE) -> Reproduction:
    """Run a stored cell or run again, with the same number of threads.

    Raises ValueError if there is no such run, its data are missing or changed, or it has no vector.
    """
    run = load_run(path)
    elsewhere, refused = _elsewhere(run.record["environment"]), run.record["status"] == "refused"
    if not refused and numbering_of(run.record) != NUMBERING and renumbered(run.experiment.words):
        return Reproduction(False, False, elsewhere, run.record, {"message": OTHER_STREAMS}, run.sealed)
    data = run.data
    if refused:
        reason = refusal(run.experiment, data)
        again = {"message": reason or "it is refused no more"}
        same = _bare(reason or "") == _bare(run.record["message"])
        return Reproduction(same, False, elsewhere, run.record, again, run.sealed)
    if not (run.path / VECTOR).is_file():
        raise ValueError(f"'{path}' has no vector to compare with: {run.record['message']}")
    if run.record["method"].startswith(PREFIX):
        raise ValueError(f"'{path}' was imported from a file: no method trained it, so none can run again")
    _check_recipe(run, data)
    return _judged(run, data, elsewhere, tolerance)


def by_count(run: Run) -> Experiment:
    """Return the run's recipe with an end that no clock decides: its evaluations, or its starting target."""
    experiment = replace(run.experiment, max_seconds=NO_CLOCK, warm_start=_start(run))
    if run.record.get("legs"):
        ends = {**dict(experiment.options), **ends_by_count(run.record["legs"])}
        experiment = replace(experiment, options=tuple(ends.items()))
    if run.record["status"] not in BY_THE_CLOCK:
        return experiment
    if calls := _calls(run):
        return replace(experiment, max_evaluations=calls, target=None)
    return replace(experiment, target=f"{sys.float_info.max!r}")


def _start(run: Run) -> str | None:
    """Return the word of the run that this one started from: by its place if it is not where it was named."""
    word, place = run.experiment.warm_start, run.record["environment"].get("start")
    if word is None or place is None or Path(split(word)[0]).exists():
        return word
    return f"{place}@{split(word)[1]}"


def _judged(run: Run, data: Dataset, elsewhere: tuple[str, ...], tolerance: float) -> Reproduction:
    """Return the verdict on a run that has a vector."""
    now, then = _run_again(run, data), _files(run.path)
    again = json.loads(now[RECORD])
    if vector_of(now[VECTOR], run.model.layout, VECTOR).tobytes() == run.theta.tobytes():
        by_the_clock = run.record["status"] in BY_THE_CLOCK
        if run.record.get("legs"):
            now = {**now, RECORD: json.dumps({**again, **_of_legs(run.record, again)}).encode()}
        differing = tuple(differences(then, now, by_the_clock, same_version=not elsewhere))
        return Reproduction(not differing, True, elsewhere, run.record, again, run.sealed, differing)
    differing = tuple(_of_own_vector(run, data, tolerance))
    close = bool(elsewhere) and not differing and _close(run.record, again, tolerance)
    return Reproduction(close, False, elsewhere, run.record, again, run.sealed, differing)


def _of_legs(then: Words, again: Words) -> Words:
    """Return what the second run has only because its legs were ended by count, as the first has it."""
    ends = zip(then["legs"], again["legs"], strict=False)
    found = {"legs": [{**now, "status": leg["status"]} for leg, now in ends]}
    return found | {name: then[name] for name in ("options", "label") if name in again and name in then}


def _files(folder: Path) -> dict[str, bytes]:
    """Return the files of a stored run that a second run writes too."""
    names = (RECORD, *(path.name for path in folder.glob("*.csv") if path.name in TABLES))
    return {name: (folder / name).read_bytes() for name in names}


def _of_own_vector(run: Run, data: Dataset, tolerance: float) -> list[str]:
    """Return a line if the stored value is not that of the stored vector, up to the tolerance."""
    value = jsonable(float(run.experiment.problem(data).referee()(run.theta)), keep_none=True)
    if _close(run.record, {"value": value}, tolerance):
        return []
    return [f"{run.record['loss']} {run.record['value']} is stored, and the stored vector has {value}"]


def _check_recipe(run: Run, data: Dataset) -> None:
    """Raise ValueError if a cell's fields differ from those of the recipe in its name."""
    name = run.record.get("cell")
    if name and cell(run.experiment, data).name != name:
        raise ValueError(f"'{run.path}' is not what it is called: its fields are not those of its recipe")


def _bare(reason: str) -> str:
    """Return a reason without the marks of names; records of version 0.2 name options instead of fields."""
    return reason.replace("`", "").replace("--", "").replace("_", "-")


def _run_again(run: Run, data: Dataset) -> Files:
    """Return the files of the second run, made in a fresh process."""
    job, place = _job(run, data)
    where = run.record["environment"]
    job = replace(job, threads=where.get("blas_threads", where["threads"]))
    rows = next(arrival[1] for arrival in workers.run([job], 1, where["threads"]) if arrival)
    files = rows[place]
    if VECTOR not in files:
        raise ValueError(f"the second run failed: {json.loads(files[RECORD])['message']}")
    return files


def _job(run: Run, data: Dataset) -> tuple[jobs.Job, int]:
    """Return the job of the run `by_count`, with the seeds of its group, and its index among them."""
    again = by_count(run)
    seeds = run.record.get("together") or [again.seed]
    cells = [cell(replace(again, seed=seed), data) for seed in seeds]
    job = replace(jobs.job(cells[0], data), others=tuple(cells[1:]))
    return job, seeds.index(again.seed)


def _calls(run: Run) -> float:
    return run.record["calls"] if "calls" in run.record else float(run.trace.evaluations.iloc[-1])


def _elsewhere(then: Words) -> tuple[str, ...]:
    """Return the differences between the two machines and their versions, in words."""
    now: Words = environment()
    return tuple(f"another {name.removesuffix('s')}" for name in PLACE if then.get(name) != now[name])


def _close(stored: Words, again: Words, tolerance: float) -> bool:
    if stored["value"] is None or again["value"] is None:
        return stored["value"] == again["value"]
    return abs(stored["value"] - again["value"]) <= tolerance * abs(stored["start"] - stored["value"])
