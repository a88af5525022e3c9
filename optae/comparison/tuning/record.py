"""What is kept of a tuning, in `tuning.json` beside the trials and beside the cells that it chose for."""

import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...experiments.experiment import Experiment
from ...experiments.problems import toml
from ...files import whole_file
from ...text import counted, jsonable
from ..targets import name as target_name
from ..yardstick import Yardstick
from .trials import Trial, Tuning

FILE = "tuning.json"
FORMAT = 1


@dataclass(frozen=True)
class Row:
    """One trial: what was drawn, its name in tables, its score and those of its runs, and its seeds."""

    drawn: dict[str, Any]
    label: str
    score: float | None  # None if it has none, as when no run reached the target
    each: list[float | None]
    seeds: int

    @property
    def hits(self) -> int:
        """The number of runs with a score."""
        return sum(score is not None for score in self.each)

    @property
    def runs(self) -> int:
        """The number of runs."""
        return len(self.each)


@dataclass(frozen=True, repr=False)
class Tuned:
    """The tuning of one method. The first trial is the method as given; `chosen` is a place among them."""

    method: str
    given: str  # its label
    ranges: dict[str, str]
    measure: str  # what the score is, in words
    larger_is_better: bool
    trials: tuple[Row, ...]
    chosen: int
    seeds: tuple[int, ...]
    problems: tuple[str, ...]  # each as a spec has it

    def __repr__(self) -> str:
        tried = f"the best of {counted(len(self.drawn), 'trial')}" if self.chosen else "kept as given"
        return f"<Tuned {self.given}: {self.best.label}, {tried}>"

    @classmethod
    def of(cls, tuning: Tuning) -> "Tuned":
        """Return what is to be kept of a tuning."""
        rows = tuple(_row(tuning, trial) for trial in tuning.trials)
        return cls(
            tuning.given.method,
            rows[0].label,
            {name: str(values) for name, values in tuning.ranges.items()},
            measure(tuning.yardstick),
            tuning.yardstick.value(1.0) < 0,
            rows,
            tuning.trials.index(tuning.chosen),
            tuple(map(tuning.protocol.seed, range(tuning.protocol.seeds))),
            tuple(map(toml, tuning.problems)),
        )

    @property
    def key(self) -> tuple[object, ...]:
        """What was tuned for what, without the outcome."""
        return self.given, self.measure, self.problems, tuple(self.ranges.items()), self.seeds

    @property
    def datasets(self) -> tuple[str, ...]:
        """The data sets of its problems."""
        words = (tomllib.loads(problem) for problem in self.problems)
        return tuple(dict.fromkeys(one.get("dataset", Experiment.dataset) for one in words))

    @property
    def best(self) -> Row:
        """The chosen trial."""
        return self.trials[self.chosen]

    @property
    def drawn(self) -> tuple[Row, ...]:
        """The trials without the method as given."""
        return self.trials[1:]

    @property
    def runs(self) -> int:
        """The number of runs of all trials."""
        return sum(row.runs for row in self.trials)


def measure(yardstick: Yardstick) -> str:
    """Return what a score is, in words."""
    if yardstick.target is None:
        return f"{yardstick.metric} at the end of a run"
    return f"expected {yardstick.cost} to {target_name(yardstick.target)}"


def save(folder: Path, tuned: Sequence[Tuned]) -> Path:
    """Write the tunings into a folder's file, beside those of other methods or problems; return its path."""
    path, keys = folder / FILE, {one.key for one in tuned}
    every = [*(one for one in load(folder) if one.key not in keys), *tuned]
    words = {"format": FORMAT, "methods": [asdict(one) for one in every]}
    with whole_file(path) as file:
        file.write((json.dumps(jsonable(words, keep_none=True), indent=1) + "\n").encode())
    return path


def load(folder: Path) -> list[Tuned]:
    """Return the tunings in a folder, none without the file. Raises ValueError if it cannot be read."""
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        words = json.loads(path.read_bytes())
        if words["format"] != FORMAT:
            raise ValueError(f"it has the format {words['format']}, and this version reads {FORMAT}")
        return [_read(one) for one in words["methods"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"'{path}' is not the file of a tuning ({error}): tune again") from None


def _row(tuning: Tuning, trial: Trial) -> Row:
    yardstick = tuning.yardstick
    each = [_known(yardstick.value(outcome.score)) for outcome in trial.outcomes.values()]
    score = _known(yardstick.value(trial.score(yardstick)))
    return Row(dict(trial.drawn), tuning.label(trial), score, each, trial.seeds)


def _known(score: float) -> float | None:
    return score if math.isfinite(score) else None


def _read(words: dict[str, Any]) -> Tuned:
    rows = tuple(Row(**row) for row in words["trials"])
    found = Tuned(
        **{**words, "trials": rows, "seeds": tuple(words["seeds"]), "problems": tuple(words["problems"])}
    )
    if not 0 <= found.chosen < len(found.trials):
        raise ValueError("the chosen trial is missing")
    return found
