"""The description of one run in words and numbers, as on the command line, in a record and in a grid."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from functools import cached_property
from operator import attrgetter
from typing import Any

from ..datasets import Dataset, load_dataset
from ..evaluation import own
from ..evaluation.metrics import Target
from ..evaluation.own import OwnMetric
from ..methods import method_spec, recorded_spec
from ..methods.redrawn import Redrawn
from ..methods.relay import Relay, relay_names
from ..methods.spec import MethodSpec
from ..model.chain import Chain
from ..plugins import Source, is_own, source_of, split
from ..registry import versioned
from ..training.budget import Budget
from ..training.checkpoint import Checkpoint
from ..training.contract import LockstepMethod, Method
from ..training.fit import fit, fit_together, refuse
from ..training.problem import Problem
from ..training.result import Result
from ..training.trace import Trace
from . import build, readers, warm_start
from .description import Description
from .epoch_options import EpochOptions
from .noise_regime import check_used, resolved
from .schema import Words, facts, of_other_networks


@dataclass(frozen=True)
class Experiment(Description):
    """A description that runs: `run` trains and returns a `Result`.

    Fields hold what the user wrote; `resolved` fills in every default that does not depend on the data.
    """

    def __post_init__(self) -> None:
        object.__setattr__(self, "arch", tuple(self.arch))
        object.__setattr__(self, "options", tuple(sorted(dict(self.options).items())))
        if self.network == "autoencoder":
            object.__setattr__(self, "network", None)
        object.__setattr__(self, "l2", self.l2 or None)
        self._check_network()
        self._regime()  # raises for unknown words

    def _check_network(self) -> None:
        """Raise ValueError for widths that are not this network's, and for words of the other kind."""
        if self.network is None:
            readers.check_half(self.arch)
        for name in self.unused:
            if vars(self)[name] != getattr(type(self), name):
                only = facts(Experiment)[name].only
                raise ValueError(f"`{name}` {vars(self)[name]} is for `model` {only}: leave one of them out")

    @property
    def unused(self) -> tuple[str, ...]:
        """The names of the fields that this kind of network does not have."""
        return of_other_networks(Experiment, self.network or "autoencoder")

    @property
    def family(self) -> tuple[Any, ...]:
        """Every field but the seed, in their order."""
        return FAMILY(self)

    def at_seed(self, seed: int) -> "Experiment":
        """Return the same experiment with another seed: `replace` without reading the words again."""
        if seed == self.seed:
            return self
        other = object.__new__(Experiment)
        for name in NAMES:
            object.__setattr__(other, name, seed if name == "seed" else getattr(self, name))
        return other

    def _regime(self) -> Words:
        return resolved(self.method, self.noise, self.regime, self.copies, self.redraw, self.method_source)

    def check_regime(self) -> None:
        """Raise ValueError for a given field of the noise regime that has no effect here."""
        check_used(self.method, vars(self), self._regime())

    @cached_property
    def resolved(self) -> "Experiment":
        """The same experiment with the defaults of its engine and noise regime filled in."""
        spec = recorded_spec(self.method, self.method_source)
        known: Words = {"loss": versioned(self.loss), "engine": self.engine or spec.engine}
        if self.measure:
            known["measure"] = ",".join(map(own.versioned, self.measure.split(",")))
        if self.warm_start:
            known["warm_start"] = warm_start.versioned(self.warm_start)
        if (target := self._target) and is_own(target.metric):
            known["target"] = f"{target.versioned().metric}={target.value!r}"
        return replace(self, **known, method_source=spec.own or None, **self._regime())

    def data(self) -> Dataset:
        """Load the data set. Raises ValueError if there is none of that name."""
        return load_dataset(self.dataset)

    def model(self, data: Dataset) -> Chain:
        """Return the model for these data. Raises ValueError for fields that do not fit together."""
        return build.model(self, data)

    def problem(self, data: Dataset) -> Problem:
        """Return the problem that the method solves. Raises ValueError if data and network do not fit."""
        return build.problem(self, data)

    def check(self, problem: Problem) -> None:
        """Raise ValueError for an impossible combination, before anything runs or is written."""
        if problem.first is not None:
            problem.start()
        refuse(problem, self._method(), self._budget())

    @property
    def method_spec(self) -> MethodSpec:
        """The method's entry. Raises ValueError if the file of one's own method is gone or has changed."""
        spec = method_spec(self.method)
        if self.method_source and spec.own != self.method_source:
            raise ValueError(
                f"the file of method '{self.method}' has changed: it was {self.method_source},"
                f" and is {spec.own or 'none'}"
            )
        return spec

    @property
    def sources(self) -> tuple[Source, ...]:
        """The files of one's own that its words name, each with its content."""
        apart = ("dataset", "measure")
        named = (word for name, word in vars(self).items() if name not in apart and isinstance(word, str))
        legs = [*(name for word in named for name in relay_names(word)), *self._own_metrics]
        words = {split(word)[0] for word in legs if is_own(word)}
        return tuple(map(source_of, sorted(words)))

    def _method(self) -> Method:
        words = {field.name: vars(self)[field.name] for field in fields_of(EpochOptions)}
        method = self.method_spec(**dict(self.options))
        method = EpochOptions(**words).method(method, self.max_iterations)
        redraw = self.resolved.redraw
        if redraw and isinstance(method, Relay):
            raise ValueError("methods one after another take one frozen draw: leave out `redraw` and fresh")
        return Redrawn(method, redraw) if redraw else method

    def _budget(self) -> Budget:
        return Budget(self.max_seconds, self.max_evaluations, self.max_iterations, self.resolved._target)

    @property
    def _target(self) -> Target | None:
        return None if self.target is None else Target.parse(self.target)

    @property
    def _own_metrics(self) -> list[str]:
        """The words of metrics of one's own, the target's among them."""
        words = self.measure.split(",") if self.measure else []
        return words + [target.metric for target in [self._target] if target and is_own(target.metric)]

    @property
    def own_metrics(self) -> tuple[OwnMetric, ...]:
        """The metrics of one's own, whose files are run as code. Raises ValueError of one line."""
        return own.own_metrics(self._own_metrics)

    def run(
        self,
        problem: Problem | None = None,
        on_progress: Callable[[Trace], None] | None = None,
        snapshots: bool = False,
        checkpoint: Checkpoint | None = None,
        threads: int | None = None,
    ) -> Result:
        """Train within the budget and return the result."""
        words: Words = {"on_progress": on_progress, "snapshots": snapshots, "checkpoint": checkpoint}
        problem = problem or self.problem(self.data())
        return fit(problem, self._method(), threads=threads, **words, **vars(self._budget()))

    def suits(self, problem: Problem) -> bool:
        """Return whether several seeds of this experiment train faster together."""
        method = self._method()
        return isinstance(method, LockstepMethod) and method.suits(problem)

    def run_together(
        self, seeds: Sequence[int], data: Dataset, snapshots: bool = False, threads: int | None = None
    ) -> list[Result]:
        """Train every seed in one compiled loop, each as `run` does."""
        method = self._method()
        if not isinstance(method, LockstepMethod):
            raise ValueError(f"method '{self.method}' trains one seed at a time: run each alone")
        problems = [replace(self, seed=seed).problem(data) for seed in seeds]
        return fit_together(problems, method, snapshots=snapshots, threads=threads, **vars(self._budget()))

    @property
    def words(self) -> Words:
        """Every field, resolved, as JSON keeps it; an unlimited budget is None."""
        words = {name: vars(self.resolved)[name] for name in facts(Experiment)}
        words |= {"arch": list(self.arch), "options": dict(self.options)}
        words |= dict.fromkeys(self.unused)
        return {name: None if value == math.inf else value for name, value in words.items()}

    @classmethod
    def from_words(cls, words: Words) -> "Experiment":
        """Return the experiment that has these `words`."""
        given = {name: words[name] for name in facts(cls) if words.get(name) is not None}
        return replace(cls(), **given | {"options": tuple(dict(given.get("options", {})).items())})


NAMES = tuple(field.name for field in fields_of(Experiment))
FAMILY = attrgetter(*(name for name in NAMES if name != "seed"))
