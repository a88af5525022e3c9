"""Samplers: what to try next, as options drawn from ranges.

To add one, write a class with `ask` and `tell`, and give it a line in `SAMPLERS`.
"""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from ...engines.streams import TUNING, stream
from ...methods.ranges import Choice, Range
from ...methods.spec import Option

if TYPE_CHECKING:
    import optuna

Options = dict[str, Option]
TOGETHER = 4  # trials between two of an Optuna sampler's decisions, whatever the number of processes
LAST = 1 - 1e-9  # the largest share of a range
PATIENCE = 20  # draws for each trial, before ranges with few values count as used up


class Sampler(Protocol):
    """Draws trials, and may learn from the scores of those before."""

    def ask(self, many: int) -> list[Options]:
        """Return up to `many` new trials, all different; fewer if the ranges are used up."""

    def tell(self, options: Options, score: float) -> None:
        """Take the score of a trial, smaller is better, inf if it failed."""


class Halton:
    """The scrambled sequence of Halton (1960), which covers the ranges evenly, however many trials follow."""

    def __init__(self, ranges: Mapping[str, Range]) -> None:
        from scipy.stats import qmc

        self._ranges = ranges
        self._points = qmc.Halton(len(ranges), rng=stream(0, TUNING))
        self._met: set[tuple[Option, ...]] = set()

    def ask(self, many: int) -> list[Options]:
        """Return the next points of the sequence that are new."""
        found: list[Options] = []
        for _ in range(PATIENCE * many):
            if len(found) == many:
                break
            shares = self._points.random(1)[0].tolist()
            options = {name: one.at(u) for (name, one), u in zip(self._ranges.items(), shares, strict=True)}
            if (key := tuple(options.values())) not in self._met:
                self._met.add(key)
                found.append(options)
        return found

    def tell(self, options: Options, score: float) -> None:
        """Learn nothing."""


class Optuna:
    """A sampler of Optuna (Akiba et al., 2019), which learns from scores. Raises ValueError without it."""

    def __init__(self, ranges: Mapping[str, Range], make: str) -> None:
        try:
            import optuna
        except ImportError:
            raise ValueError(
                "this `sampler` is Optuna's: install optae[tune], or leave it out for halton"
            ) from None
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        seed = int(stream(0, TUNING).integers(2**31))
        self._study = optuna.create_study(sampler=getattr(optuna.samplers, make)(seed=seed))
        self._ranges = ranges
        self._asked: list[tuple[Options, optuna.Trial]] = []

    def ask(self, many: int) -> list[Options]:
        """Return the next trials, a few at a time. Raises ValueError if its sampler lacks a package."""
        try:
            trials = [self._study.ask() for _ in range(min(many, TOGETHER))]
            self._asked = [(self._drawn(trial), trial) for trial in trials]
        except ImportError as error:
            raise ValueError(f"this `sampler` of Optuna's needs a package: {error}") from None
        return [options for options, _ in self._asked]

    def tell(self, options: Options, score: float) -> None:
        """Pass the score on; a failure is told as one."""
        from optuna.trial import TrialState

        (trial,) = [trial for known, trial in self._asked if known is options]
        if math.isfinite(score):
            self._study.tell(trial, score)
        else:
            self._study.tell(trial, state=TrialState.FAIL)

    def _drawn(self, trial: "optuna.Trial") -> Options:
        """Return a trial's options: words as they are, numbers by their share of the range."""
        return {
            name: trial.suggest_categorical(name, values.values)
            if isinstance(values, Choice)
            else values.at(trial.suggest_float(name, 0.0, LAST))
            for name, values in self._ranges.items()
        }


SAMPLERS: dict[str, Callable[[Mapping[str, Range]], Sampler]] = {
    "halton": Halton,
    "tpe": lambda ranges: Optuna(ranges, "TPESampler"),
    "gp": lambda ranges: Optuna(ranges, "GPSampler"),
    "cmaes": lambda ranges: Optuna(ranges, "CmaEsSampler"),
}
