"""The trials of one method: what each came to, and the one that is chosen."""

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean, geometric_mean, median

from ...execution.jobs import Job
from ...experiments.experiment import Experiment
from ...experiments.identity import cell_names
from ...experiments.labels import label
from ...methods.ranges import Range
from ...statistics.targets import ert
from ..rounds import collected
from ..yardstick import Outcome, Yardstick
from .protocol import Protocol
from .samplers import SAMPLERS, Options

MISS = Outcome(math.inf, 0.0, math.inf)  # of a run that was refused


@dataclass(eq=False)
class Trial:
    """One setting of the options, with the outcome of each of its runs by problem and seed of tuning."""

    drawn: Options  # empty for the method as given
    outcomes: dict[tuple[int, int], Outcome] = field(default_factory=dict)

    @property
    def seeds(self) -> int:
        """The number of seeds on which it ran."""
        return len({rung for _, rung in self.outcomes})

    def score(self, yardstick: Yardstick) -> float:
        """Return its score, smaller is better: over seeds, then over problems.

        With a target, the score on a problem is the expected running time (Hansen et al., 2016), else the
        median of the metric; over problems it is the geometric mean, or the mean if the metric may be
        negative. It is inf if some problem is never solved, or if nothing has run.
        """
        problems = sorted({problem for problem, _ in self.outcomes})
        scores = [_of_problem(self._of(problem), yardstick) for problem in problems]
        if not scores or math.inf in scores:
            return math.inf
        if len(scores) == 1:
            return scores[0]
        return geometric_mean(scores) if min(scores) > 0 else fmean(scores)

    def rank(self, yardstick: Yardstick) -> tuple[float, int, float]:
        """Return what trials are ordered by: the score, then runs that hit, then how close the others end."""
        outcomes = self.outcomes.values()
        hits = sum(math.isfinite(outcome.score) for outcome in outcomes)
        ends = [outcome.end for outcome in outcomes]
        return self.score(yardstick), -hits, fmean(ends) if ends else math.inf

    def _of(self, problem: int) -> list[Outcome]:
        return [outcome for (at, _), outcome in self.outcomes.items() if at == problem]


@dataclass(eq=False)
class Tuning:
    """The tuning of one method on some problems; the first trial is the method as given."""

    given: Experiment  # the method with its options, on the first problem
    ranges: Mapping[str, Range]
    problems: Sequence[Experiment]
    yardstick: Yardstick
    protocol: Protocol
    trials: list[Trial] = field(default_factory=lambda: [Trial({})])
    over: bool = False

    @property
    def runs(self) -> int:
        """The number of runs so far."""
        return sum(len(trial.outcomes) for trial in self.trials)

    @property
    def most(self) -> int:
        """The most runs that it can take."""
        given, left, runs = 1, self.protocol.trials, 0
        for _ in range(self.protocol.seeds):
            runs += given + left
            left = (left + 1) // 2 if self.halves else left
        return runs * len(self.problems)

    @property
    def halves(self) -> bool:
        """Whether only the better half of the trials goes on; samplers that learn see all trials whole."""
        return self.protocol.halving and self.protocol.sampler == "halton"

    @property
    def finalists(self) -> list[Trial]:
        """The trials that ran on all seeds, the method as given first."""
        most = max(trial.seeds for trial in self.trials)
        return [trial for trial in self.trials if trial.seeds == most]

    @property
    def chosen(self) -> Trial:
        """The best of the finalists; of equals, the method as given."""
        return min(self.finalists, key=lambda trial: trial.rank(self.yardstick))

    def options(self, trial: Trial) -> Options:
        """Return all options of a trial, those given and those drawn."""
        return {**dict(self.given.options), **trial.drawn}

    def label(self, trial: Trial) -> str:
        """Return a trial as the tables name it."""
        return label(self.given.method, self.options(trial))

    def experiment(self, trial: Trial, problem: int, seed: int) -> Experiment:
        """Return the experiment of a trial on a problem."""
        options = tuple(self.options(trial).items())
        return replace(self.problems[problem], method=self.given.method, options=options, seed=seed)

    def cells(self, folder: Path) -> Generator[Job | None, None, None]:
        """Yield the jobs of all trials, and take their outcomes from the folder."""
        sampler, waiting = SAMPLERS[self.protocol.sampler](self.ranges), self.trials[:1]
        while left := self.protocol.trials - (len(self.trials) - 1):
            drawn = [Trial(options) for options in sampler.ask(left)]
            if not drawn:
                break
            self.trials += drawn
            yield from self._seed_by_seed([*waiting, *drawn], folder)
            for trial in drawn:
                sampler.tell(trial.drawn, trial.score(self.yardstick))
            waiting = []
        self.over = True

    def _seed_by_seed(self, trials: list[Trial], folder: Path) -> Generator[Job | None, None, None]:
        for rung in range(self.protocol.seeds):
            runs = [(trial, problem) for trial in trials for problem in range(len(self.problems))]
            seed = self.protocol.seed(rung)
            experiments = [self.experiment(trial, problem, seed) for trial, problem in runs]
            frame = yield from collected(experiments, folder)
            outcomes = self.yardstick.outcomes(frame)
            for (trial, problem), name in zip(runs, cell_names(experiments), strict=True):
                trial.outcomes[problem, rung] = outcomes.get(name, MISS)
            if self.halves:
                trials = self._better_half(trials)

    def _better_half(self, trials: Sequence[Trial]) -> list[Trial]:
        """Return the better half of the drawn trials, with the method as given if it is among them."""
        given = [trial for trial in trials if not trial.drawn]
        drawn = [trial for trial in trials if trial.drawn]
        kept = sorted(drawn, key=lambda trial: trial.rank(self.yardstick))[: (len(drawn) + 1) // 2]
        return [*given, *(trial for trial in drawn if trial in kept)]


def _of_problem(outcomes: Sequence[Outcome], yardstick: Yardstick) -> float:
    """Return the score of a trial on one problem."""
    if yardstick.target is None:
        return median(outcome.score for outcome in outcomes)
    hits = [math.isfinite(outcome.score) for outcome in outcomes]
    spent = [one.score if hit else one.spent for one, hit in zip(outcomes, hits, strict=True)]
    return ert(spent, hits)
