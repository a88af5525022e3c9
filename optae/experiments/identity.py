"""The identity of a cell: its recipe with every default resolved, and the hash of that recipe.

The hash is that of the recipe as canonical JSON. So the order of keys does not matter, and `adam` is the same
with its default rate written out. A data set counts by its file's name and content, not by its folder, and a
run that another starts from counts by its vector.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from operator import gt, lt
from typing import Any

from ..datasets import Dataset, load_dataset
from ..engines.streams import NUMBERING, SMALL
from ..evaluation.metrics import Target
from ..methods import recorded_spec
from ..model.chain import Chain
from ..text import Record, jsonable, pathless
from . import warm_start
from .build import HIDDEN
from .experiment import Experiment
from .schema import Words

DIGITS = 16  # of a cell's name


@dataclass(frozen=True)
class Cell:
    """An experiment with its recipe, and the recipe's hash as its name."""

    family: Experiment  # the same at some seed, shared by all cells that differ in their seed alone
    words: Words  # the recipe at that seed
    seed: int
    name: str  # 16 hex digits

    @property
    def experiment(self) -> Experiment:
        """The experiment."""
        return self.family.at_seed(self.seed)

    @property
    def identity(self) -> Words:
        """The recipe."""
        return {**self.words, "seed": self.seed}


def cell(experiment: Experiment, data: Dataset) -> Cell:
    """Return the cell of an experiment on these data. Raises ValueError for unknown words."""
    return Families().cell(experiment, data)


def cell_names(experiments: Iterable[Experiment]) -> list[str]:
    """Return the names of the experiments' cells; each data set is read once."""
    read, families = cache(load_dataset), Families()
    return [families.cell(one, read(one.dataset)).name for one in experiments]


class Families:
    """Make cells; what those that differ in their seed alone have in common is found once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], _Family] = {}

    def cell(self, experiment: Experiment, data: Dataset) -> Cell:
        """Return the cell of an experiment on these data. Raises ValueError for unknown words."""
        key = experiment.family, data.sha256, experiment.seed >= SMALL
        if (family := self._known.get(key)) is None:
            family = self._known[key] = _Family(experiment, identity(experiment, data))
        return family.cell(experiment.seed)


class _Family:
    """An experiment with its recipe, and the hash of the recipe's canonical JSON as far as the seed."""

    def __init__(self, head: Experiment, words: Words) -> None:
        self._head, self._words = head, words
        before, after = ({key: words[key] for key in words if sign(key, "seed")} for sign in (lt, gt))
        self._start = sha256(f'{_canonical(before)[:-1]},"seed":'.encode())
        self._rest = f",{_canonical(after)[1:]}".encode() if after else b"}"

    def cell(self, seed: int) -> Cell:
        """Return the cell at this seed, named by the `content_hash` of its recipe."""
        digest = self._start.copy()
        digest.update(str(seed).encode() + self._rest)
        return Cell(self._head, self._words, seed, digest.hexdigest()[:DIGITS])


def identity(experiment: Experiment, data: Dataset) -> Words:
    """Return the words that a run depends on, with every default resolved and without those that are None."""
    words, full = experiment.words, experiment.method_spec.options
    model = words_of_model(replace(experiment, scale=None), data)  # standards follow from data and seed
    model.pop("corruption", None)  # the same as the noise
    name = pathless(experiment.dataset)
    if words["warm_start"]:
        words["warm_start"] = warm_start.named(words["warm_start"])  # the same vector wherever it is kept
    target = None if experiment.target is None else Target.parse(str(experiment.resolved.target))
    words |= {
        **model,
        "options": jsonable({**full, **words["options"]}),
        "dataset": {"name": name, "sha256": data.sha256},
        "target": None if target is None else f"{target.metric}={target.value!r}",
    }
    if renumbered(experiment.words):
        words["streams"] = NUMBERING
    return jsonable(words)


def renumbered(words: Record) -> bool:
    """Return whether the random numbers of a run, in an experiment's words, differ from numbering 1.

    They do for methods that draw random numbers, for compiled epochs, and for seeds of more than 32 bits.
    """
    compiled = words.get("precision") is not None and words["options"].get("batch") is not None
    spec = recorded_spec(words["method"], words.get("method_source"))
    return compiled or words.get("seed", 0) >= SMALL or spec.random


def words_of_model(experiment: Experiment, data: Dataset) -> Words:
    """Return the resolved words of the model, even if its loss does not suit its output."""
    words = model_of(experiment, data).words | {"loss": experiment.resolved.loss}
    drawn = {} if experiment.binarize is None else {"binarize": experiment.binarize}
    return {"arch": words.pop("widths"), **words, **drawn}


def model_of(experiment: Experiment, data: Dataset) -> Chain:
    """Return the model, with another loss if its own does not suit its output."""
    if experiment.network is None:
        widths = experiment.arch or (data.x.shape[1], *HIDDEN)
        return replace(experiment, arch=widths, loss="half_sse", binarize=None).model(data)
    try:
        return experiment.model(data)
    except ValueError:
        return replace(experiment, loss="half_sse").model(data)


def content_hash(words: Words) -> str:
    """Return 16 hex digits that do not depend on the order of keys.

    >>> content_hash({"seed": 1, "lr": 1.0}) == content_hash({"lr": 1, "seed": 1})
    True
    """
    return stored_hash(jsonable(words))


def stored_hash(words: Words) -> str:
    """Return the hash of words that a file of JSON has given, as `content_hash` does."""
    return sha256(_canonical(words).encode()).hexdigest()[:DIGITS]


def _canonical(words: Words) -> str:
    return json.dumps(words, sort_keys=True, separators=(",", ":"), allow_nan=False)


def data_as_then(dataset: str, sha256: str, since: str, place: str = "") -> Dataset:
    """Return the data set if it has the stored content; `since` says in words when that was stored.

    It is read at the `place` where it was then, or by its word if it is not there any more. Raises ValueError
    if the data cannot be read or have changed.
    """
    if place and (data := _still_there(dataset, place)) and data.sha256 == sha256:
        return data
    data = load_dataset(dataset)
    if data.sha256 != sha256:
        raise ValueError(f"data set '{data.name}' has changed since {since}")
    return data


def _still_there(dataset: str, place: str) -> Dataset | None:
    try:
        return load_dataset(dataset, place)
    except ValueError:
        return None
