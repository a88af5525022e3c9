"""Choose a method by a race whose rounds are cells of a folder, so that it can be stopped and resumed.

The cells on disk decide: started again with the same words, the race takes them round by round, comes to the
same decisions, and runs what is missing.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from ...datasets import load_dataset
from ...engines.streams import RACE, stream
from ...engines.threads import cores
from ...execution.plan import refusal
from ...experiments.experiment import Experiment
from ...experiments.labels import label
from ...experiments.problems import read_method
from ...methods import METHODS
from ..rounds import Cells, collected, run_rounds
from ..yardstick import Yardstick
from .race import Race, Rules

ROUNDS = 100  # at most, by default
USUAL = Rules()
ENDINGS = ("one", "equal", "rounds", "budget")


@dataclass
class Choice:
    """A race between methods on problems, and what it has come to so far."""

    race: Race
    problems: Sequence[Experiment]
    methods: Mapping[str, Experiment]  # by label, on the first problem
    refused: Mapping[str, str]  # reasons by label
    yardstick: Yardstick
    spent: float = 0.0  # seconds of solving and compiling in all rounds
    starved: int = 0  # runs whose seconds are too long, since they had no processor for a while
    failed: dict[str, int] = field(default_factory=dict)  # runs that failed or diverged, by label
    ending: str = ""  # one of `ENDINGS`

    @property
    def round(self) -> list[Experiment]:
        """The experiments of the next round: one for each method that is left."""
        order = [_problem(k, len(self.problems)) for k in range(len(self.race.rounds) + 1)]
        problem, seed = order[-1], order[:-1].count(order[-1])
        base = replace(self.problems[problem], seed=seed)
        chosen = (self.methods[name] for name in self.race.left)
        return [replace(base, method=one.method, options=one.options) for one in chosen]

    def take(self, frame: pd.DataFrame) -> None:
        """Add the round whose cells are the rows of a frame."""
        scores = self.yardstick.scores(frame)
        self.race.add(dict(zip(frame["label"], map(scores.__getitem__, frame["cell"]), strict=True)))
        self.spent += float(np.nansum(frame[["seconds", "compile_seconds"]].to_numpy(dtype=float)))
        self.starved += int((frame["clock_note"] != "").sum())
        for name in frame["label"][frame["status"].isin(("failed", "diverged"))]:
            self.failed[name] = self.failed.get(name, 0) + 1


def choose(
    problems: Sequence[Experiment],
    methods: Sequence[str] | None,
    folder: Path,
    *,
    yardstick: Yardstick,
    rules: Rules = USUAL,
    rounds: int = ROUNDS,
    budget: float = math.inf,
    jobs: int | None = None,
    on_progress: Callable[[Choice], None] = lambda choice: None,
    how_to_go_on: str = "interrupted",
) -> Choice:
    """Run rounds of all methods on the problems until the race is decided, and return the choice.

    `methods` are words such as "adam:lr=3e-3", by default all of the registry; those that some problem
    refuses take no part. A round is a problem drawn at random with its next seed, the same for all methods.
    `budget` is in seconds of solving and compiling, for as many runs at a time as there are `jobs`. Raises
    ValueError if every method is refused.
    """
    choice = entered(problems, methods, yardstick, rules)
    jobs = jobs or cores()
    cells = _rounds(choice, folder, rounds, budget * jobs)
    run_rounds(cells, folder, jobs, lambda _: on_progress(choice), how_to_go_on)
    return choice


def entered(
    problems: Sequence[Experiment], methods: Sequence[str] | None, yardstick: Yardstick, rules: Rules
) -> Choice:
    """Return the race before its first round, with the methods that no problem refuses."""
    read, first = cache(load_dataset), problems[0]
    candidates = {label(one.method, dict(one.options)): one for one in _candidates(first, methods)}
    refused = {}
    for name, one in candidates.items():
        for problem in problems:
            words = replace(problem, method=one.method, options=one.options)
            if reason := refusal(words, read(problem.dataset)):
                refused[name] = reason
                break
    taking_part = {name: one for name, one in candidates.items() if name not in refused}
    if not taking_part:
        name, reason = next(iter(refused.items()))
        raise ValueError(f"every method is refused; {name}: {reason}")
    return Choice(Race(list(taking_part), rules), problems, taking_part, refused, yardstick)


def _candidates(problem: Experiment, methods: Sequence[str] | None) -> Iterator[Experiment]:
    for word in METHODS if methods is None else methods:
        for words in read_method(word):
            yield replace(problem, **words)


def _problem(round: int, problems: int) -> int:
    """Return the problem of a round."""
    return int(stream(0, RACE, round).integers(problems))


def _rounds(choice: Choice, folder: Path, rounds: int, budget: float) -> Cells:
    """Yield the jobs of round after round; None while cells of a round are missing."""
    while not (why := _ending(choice, rounds, budget)):
        choice.take((yield from collected(choice.round, folder)))
    choice.ending = why


def _ending(choice: Choice, rounds: int, budget: float) -> str:
    """Return why the race ends before its next round, or "" if it does not."""
    return ending(choice.race, rounds) or ("budget" if choice.spent >= budget else "")


def ending(race: Race, rounds: float) -> str:
    """Return why a race ends here, or "" if it goes on; `rounds` is the most that it may have."""
    if len(race.left) == 1:
        return "one"
    if race.equal:
        return "equal"
    return "rounds" if len(race.rounds) >= rounds else ""
