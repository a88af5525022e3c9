"""Whether a stored run reproduces: it is run again from its recipe, and the two vectors are compared.

On the same processor, system and versions the vector must be the same bit for bit; a run that was trained
together with other seeds is trained with them again, for the sums of a group round in an order of their own.
Elsewhere sums round otherwise, and a long run may carry that far: there the two values may differ by
`TOLERANCE` of what the run gained. No clock strikes twice at the same evaluation, so a run that its seconds,
its user or its target ended is run again for as many evaluations as it had, without clock and target.

A run whose random numbers came from an older numbering of the streams cannot be run again; it is said so.
"""

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

from ..datasets import Dataset
from ..experiments.experiment import Experiment
from ..experiments.identity import cell, renumbered
from ..experiments.schema import Words
from ..storage.environment import environment
from ..storage.run import Run, load_run
from ..streams import NUMBERING, numbering_of
from . import jobs, workers
from .runner import refusal

VECTOR = "theta.safetensors"
TOLERANCE = 0.01  # of start - value
BY_THE_CLOCK = frozenset({"max_seconds", "interrupted", "target"})
OTHER_STREAMS = f"its random numbers are of another version's streams; today's have numbering {NUMBERING}"
PLACE = ("processor", "system", "python", "versions")


@dataclass(frozen=True)
class Reproduction:
    """What a second run says of the first."""

    reproduces: bool
    same_vector: bool
    elsewhere: tuple[str, ...]  # what differs between the two places
    stored: Words  # record of the first
    again: Words  # record of the second

    @property
    def sentence(self) -> str:
        """The verdict in a line, with the numbering of the streams that the stored run drew from."""
        return f"{self._words} (random streams: numbering {numbering_of(self.stored)})"

    @property
    def _words(self) -> str:
        verb = "reproduces" if self.reproduces else "does not reproduce"
        if "value" not in self.again:
            return f"{verb}: {self.again['message']}"
        if self.same_vector:
            return f"{verb}: the same vector, bit for bit"
        a, b = self.stored["value"], self.again["value"]
        where = f"elsewhere ({', '.join(self.elsewhere)})" if self.elsewhere else "same machine and versions"
        return f"{verb}: {where}, another vector; {self.stored['loss']} {a} then, {b} now"


def verify(path: str | Path, tolerance: float = TOLERANCE) -> Reproduction:
    """Runs a stored cell or run again, on as many threads as then.

    Raises ValueError where there is no such run, its data are gone or changed, or it has no vector.
    """
    run = load_run(path)
    elsewhere, refused = _elsewhere(run.record["environment"]), run.record["status"] == "refused"
    if not refused and numbering_of(run.record) != NUMBERING and renumbered(run.experiment.words):
        return Reproduction(False, False, elsewhere, run.record, {"message": OTHER_STREAMS})
    data = run.data
    if refused:
        reason = refusal(run.experiment, data)
        again = {"message": reason or "it is refused no more"}
        same = _bare(reason or "") == _bare(run.record["message"])
        return Reproduction(same, False, elsewhere, run.record, again)
    if not (run.path / VECTOR).is_file():
        raise ValueError(f"'{path}' has no vector to compare with: {run.record['message']}")
    same, again = _run_again(run, data)
    close = bool(elsewhere) and _close(run.record, again, tolerance)
    return Reproduction(same or close, same, elsewhere, run.record, again)


def _bare(reason: str) -> str:
    """A reason by its words; records of version 0.2 name options where fields stand today."""
    return reason.replace("`", "").replace("--", "").replace("_", "-")


def by_count(run: Run) -> Experiment:
    """The run's recipe, ended by what no clock decides."""
    experiment = replace(run.experiment, max_seconds=math.inf)
    if run.record["status"] not in BY_THE_CLOCK:
        return experiment
    return replace(experiment, max_evaluations=_calls(run), target=None)


def _run_again(run: Run, data: Dataset) -> tuple[bool, Words]:
    """Whether the vector is the same, and the record of the second run, in a fresh process."""
    if not _calls(run):  # it ended where it began
        problem = run.experiment.problem(data)
        value = problem.referee()(problem.start())
        return bool((problem.start() == run.theta).all()), {"value": value, "calls": 0}
    job, place = _job(run, data)
    where = run.record["environment"]
    job = replace(job, threads=where.get("blas_threads", where["threads"]))
    rows = next(arrival[1] for arrival in workers.run([job], 1, where["threads"]) if arrival)
    files = rows[place]
    facts = json.loads(files["run.json"])
    if VECTOR not in files:
        raise ValueError(f"the second run came to nothing: {facts['message']}")
    return files[VECTOR] == (run.path / VECTOR).read_bytes(), facts


def _job(run: Run, data: Dataset) -> tuple[jobs.Job, int]:
    """The run by count, with the seeds that it was trained together with, and its place among them."""
    again = by_count(run)
    seeds = run.record.get("together") or [again.seed]
    cells = [cell(replace(again, seed=seed), data) for seed in seeds]
    job = replace(jobs.job(cells[0], data), others=tuple(cells[1:]))
    return job, seeds.index(again.seed)


def _calls(run: Run) -> float:
    return run.record["calls"] if "calls" in run.record else float(run.trace.evaluations.iloc[-1])


def _elsewhere(then: Words) -> tuple[str, ...]:
    """What differs between the two places, in words."""
    now: Words = environment()
    return tuple(f"another {name.removesuffix('s')}" for name in PLACE if then.get(name) != now[name])


def _close(stored: Words, again: Words, tolerance: float) -> bool:
    if stored["value"] is None or again["value"] is None:
        return stored["value"] == again["value"]
    return abs(stored["value"] - again["value"]) <= tolerance * abs(stored["start"] - stored["value"])
