"""The problem and the method in an experiment's words, apart from each other."""

import json
from collections.abc import Iterable
from dataclasses import replace

from .experiment import Experiment
from .labels import options_text
from .schema import Words, facts, named


def read_method(word: str) -> list[Words]:
    """Return a method's word, such as "adam:lr=3e-3", as the fields of an experiment. Raises ValueError."""
    read = facts(Experiment)["method"].read
    assert read is not None
    return read("method", word)


NO_METHOD: Words = {name: vars(Experiment())[name] for name in named(Experiment, "method", "seed")}


def problem_of(experiment: Experiment) -> Experiment:
    """Return the problem of an experiment as it was asked: its method and seed are those of a default."""
    return replace(experiment, **NO_METHOD)


def method_word(experiment: Experiment) -> str:
    """Return the method with its options as it is typed.

    >>> method_word(Experiment(method="adam", options=(("lr", 0.003),)))
    'adam:lr=0.003'
    """
    options = ",".join(options_text(dict(experiment.options)))
    return f"{experiment.method}:{options}" if options else experiment.method


def toml(problem: Experiment) -> str:
    """Return the lines of a spec that describe a problem: the fields that are not at their defaults.

    >>> print(toml(Experiment(arch=(35, 3, 2), max_seconds=3.0)))
    arch = "35,3,2"
    max_seconds = 3.0
    """
    default = vars(Experiment())
    words = {name: vars(problem)[name] for name, known in facts(Experiment).items() if known.read}
    given = {name: word for name, word in words.items() if word != default[name] and name not in NO_METHOD}
    return "\n".join(f"{name} = {_toml(word)}" for name, word in given.items())


def _toml(word: object) -> str:
    """Return a value as TOML has it, which writes texts, numbers and truth as JSON does."""
    return json.dumps(",".join(map(str, word)) if isinstance(word, tuple) else word, ensure_ascii=False)


def problems_of(experiments: Iterable[Experiment]) -> list[Experiment]:
    """Return the problems of the experiments, each once, in their order."""
    return list(dict.fromkeys(map(problem_of, experiments)))
