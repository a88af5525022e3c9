"""The command that runs a stored cell again."""

import math
import shlex

from ..experiments.experiment import Experiment
from ..experiments.labels import options_text
from ..experiments.sameness import BUDGET, FIELDS
from ..methods import method_spec

OWN = ("arch", "bias", "bottleneck", "options")  # said in words of their own
LIMITS = tuple(name for name in BUDGET if name != "target")
PRESET = ("encoder", "decoder", "engine", "precision")  # what --model vae would choose otherwise


def rerun(experiment: Experiment) -> str:
    """`optae train` with every word that is no default.

    Raises ValueError for what no option says: a variational model's epochs that are not compiled, or without
    batches.

    >>> rerun(Experiment(method="adam", options=(("lr", 0.003),), seed=2, max_evaluations=100.0, bias=False))
    'optae train --no-bias --seed 2 --max-evaluations 100 --option lr=0.003'
    >>> rerun(Experiment(bottleneck="gaussian:0.5", method="l-bfgs", max_iterations=9.0))[:60]
    'optae train --model vae --kl-weight 0.5 --encoder tanh --dec'
    """
    _check(experiment)
    plain, words = Experiment(method=experiment.method).words, experiment.words
    parts = ["optae", "train"]
    if experiment.arch:
        parts += ["--arch", ",".join(map(str, experiment.arch))]
    parts += ["--no-bias"] * (not experiment.bias)
    plain["method"] = Experiment().method
    kind, _, weight = (experiment.bottleneck or "").partition(":")
    vae = kind == "gaussian"
    parts += ["--model", "vae"] * vae + ["--kl-weight", weight] * bool(weight)
    for name in (name for name in FIELDS if name not in OWN):
        if words[name] is not None and (words[name] != plain[name] or (vae and name in PRESET)):
            parts += [f"--{name.replace('_', '-')}", _spelled(words[name])]
    if all(getattr(experiment, name) == math.inf for name in LIMITS):
        parts += ["--max-seconds", "inf"]
    for text in options_text(words["options"]):
        parts += ["--option", text]
    return shlex.join(parts)


def _check(experiment: Experiment) -> None:
    """Raises ValueError where --model vae would choose what was not chosen."""
    if experiment.bottleneck is None or not method_spec(experiment.method).batch.endswith("stochastic"):
        return
    if experiment.precision is None or "batch" not in dict(experiment.options):
        raise ValueError("`optae train --model vae` compiles epochs of batches; put the recipe in a grid")


def _spelled(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)
