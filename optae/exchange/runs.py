"""Stored runs written in the formats of other libraries, and runs made of such files."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets import Dataset
from ..experiments.experiment import Experiment
from ..experiments.schema import Words, named
from ..methods.imported import PREFIX, Imported
from ..model.chain import Chain
from ..plugins import is_own
from ..storage.folders import keep_run, reserved
from ..storage.run import Run, load_run
from ..text import quoted
from ..training.fit import fit
from ..training.problem import Problem
from .formats import load_network, save_network
from .network import Facts

RECIPE = (*named(Experiment, "problem"), "seed")  # fields of a recipe that a file keeps
NOT_KEPT = ("warm_start",)
DIGITS = 12  # of a file's digest


def export_run(
    run: Run | str | Path,
    path: str | Path,
    to: str | None = None,
    part: str = "whole",
    precision: str = "float64",
) -> list[Path]:
    """Write a stored run's network, or its encoder or decoder, as `save_network` does.

    Returns the files. Raises ValueError for what the format cannot hold, and writes nothing then.
    """
    run = run if isinstance(run, Run) else load_run(run)
    return save_network(run.model, run.theta, path, to, part, precision, _recipe(run.experiment))


def import_run(
    path: str | Path,
    out: str | Path | None = None,
    *,
    like: Run | str | Path | None = None,
    dataset: str | None = None,
) -> Run:
    """Make a run folder of the network in a file, and return the run.

    A file that optae has written says what it is; for any other file, `like` is a stored run of the same
    network. The data set is that of the file or of the run `like` unless it is given; the loss and all
    metrics are measured on it. Raises ValueError for a file that holds no network, or another one.
    """
    known = None if like is None else (like if isinstance(like, Run) else load_run(like))
    model, theta, facts = load_network(path, None if known is None else known.model)
    words = _words(model, facts) if known is None else _recipe(known.experiment)
    if dataset is not None or "dataset" not in words:
        words["dataset"] = _given(dataset, path)
    digest = sha256(Path(path).read_bytes()).hexdigest()[:DIGITS]
    experiment = Experiment.from_words({**words, "method": f"{PREFIX}{digest}"})
    data = experiment.data()
    problem = _problem(experiment, data, model, theta, str(path))
    with reserved(experiment, None if out is None else Path(out)) as folder:
        place, _ = keep_run(folder, experiment, data, fit(problem, Imported(Path(path).name)))
    return load_run(place)


def _recipe(experiment: Experiment) -> Words:
    """Return the fields of a recipe that say what the network is and what it was trained on."""
    words = experiment.words
    return {name: words[name] for name in RECIPE if words[name] is not None and name not in NOT_KEPT}


def _words(model: Chain, facts: Facts) -> Words:
    """Return the recipe in a file, or what its model says. Raises ValueError for code of somebody's own."""
    recipe = facts.get("recipe")
    if not isinstance(recipe, Mapping):
        renamed = {"widths": "arch", "corruption": "noise"}
        words = {renamed.get(name, name): word for name, word in model.words.items()}
        recipe = words | {"network": facts["kind"], "scale": "standard" if "standard_x" in words else None}
    words = {name: recipe[name] for name in RECIPE if name in recipe and name not in NOT_KEPT}
    if own := [word for word in words.values() if is_own(str(word))]:
        raise ValueError(f"the file names {quoted(str(own[0]))}, code of somebody's own: it is not read")
    return words


def _given(dataset: str | None, path: str | Path) -> str:
    if dataset is None:
        raise ValueError(f"{quoted(str(path))} names no data set: give `dataset`, to measure the network on")
    return dataset


def _problem(experiment: Experiment, data: Dataset, model: Chain, theta: np.ndarray, path: str) -> Problem:
    """Return the problem that begins, and ends, at theta. Raises ValueError if it is of another network."""
    problem = replace(experiment.problem(data), first=theta)
    if _plain(problem.model) != _plain(model):
        raise ValueError(f"{quoted(path)} holds a network that does not follow from its recipe on these data")
    return problem


def _plain(model: Chain) -> dict[str, Any]:
    return {name: word for name, word in model.words.items() if name not in ("loss", "init", "corruption")}
