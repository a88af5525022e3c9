"""The command that runs a stored cell again."""

import math
import shlex
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..experiments.experiment import Experiment
from ..experiments.grid import LIMITS
from ..experiments.labels import options_text
from ..experiments.schema import Words, facts
from ..storage.run import Run
from ..text import Record, shortest

DEFAULTS: Words = dict(vars(Experiment()))
TYPED = {name: word for name, word in DEFAULTS.items() if name == "options" or facts(Experiment)[name].read}


def rerun(experiment: Experiment) -> str:
    """Return the command `optae train` with exactly the options that the experiment needs.

    >>> rerun(Experiment(method="adam", options=(("lr", 0.003),), seed=2, max_evaluations=100.0, bias=False))
    'optae train --no-bias --option lr=0.003 --seed 2 --max-evaluations 100'
    >>> rerun(Experiment(bottleneck="gaussian:0.5", method="l-bfgs", max_iterations=9.0))
    'optae train --method l-bfgs --max-iterations 9 --bottleneck gaussian:0.5'
    >>> rerun(Experiment("iris", network="mlp", arch=(4, 3), max_iterations=9.0))
    'optae train --dataset iris --model mlp --arch 4,3 --max-iterations 9 --loss bce'
    """
    before, after = _around_seed(replace(experiment, seed=DEFAULTS["seed"]))
    seed = _option("seed", experiment.seed) if experiment.seed != DEFAULTS["seed"] else []
    return shlex.join(["optae", "train", *before, *seed, *after])


def rerun_or_reason(run: Run) -> str:
    """Return the command that runs a stored run again, or why there is none."""
    try:
        return rerun(run.experiment)
    except (ValueError, TypeError, KeyError) as error:
        return f"no command: {error}"


def public(environment: Record) -> dict[str, Any]:
    """Return the facts of a run's machine without the path of its data, which may be private."""
    data = {name: fact for name, fact in environment["data"].items() if name != "place"}
    return {**environment, "data": data}


@lru_cache(maxsize=256)
def _around_seed(experiment: Experiment) -> tuple[list[str], list[str]]:
    """Return the options before and after the seed's, which are the same for all seeds of a recipe."""
    words, names = typed(experiment), list(TYPED)
    first = {name for name in names[: names.index("seed")] if words.get(name, TYPED[name]) != TYPED[name]}
    before = [part for name in words if name in first for part in _option(name, words[name])]
    return before, [part for name in words if name not in first for part in _option(name, words[name])]


def typed(experiment: Experiment) -> Words:
    """Return the fields that `optae train` needs to be told of an experiment, by name."""
    needed = _shortest(experiment)
    words = {name: vars(needed)[name] for name, default in TYPED.items() if vars(needed)[name] != default}
    if needed.network is not None:  # here it follows from the targets
        words.setdefault("loss", needed.loss)
    if needed.precision is not None:  # `optae train` defaults to jax here
        words.setdefault("engine", needed.resolved.engine)
    if all(vars(needed)[name] == math.inf for name in LIMITS):
        words[LIMITS[0]] = math.inf
    return words


def _shortest(experiment: Experiment) -> Experiment:
    """Return the same experiment with as many fields as possible at their defaults."""
    for name in [name for name, default in TYPED.items() if vars(experiment)[name] != default]:
        with suppress(ValueError):  # a default that does not fit the other fields
            shorter = replace(experiment, **{name: TYPED[name]})
            experiment = shorter if shorter.resolved == experiment.resolved else experiment
    return experiment


def _option(name: str, value: object) -> list[str]:
    """Return a field's option and value as they are typed."""
    flag = f"--{(facts(Experiment)[name].option or name).replace('_', '-')}"
    match value:
        case bool():
            return [flag if value else f"--no-{name}"]
        case float():
            return [flag, shortest(value)]
        case tuple() if name == "options":
            return [word for text in options_text(dict(value)) for word in ("--option", text)]
        case tuple():
            return [flag, ",".join(map(str, value))]
    return [flag, str(value)]
