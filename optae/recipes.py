"""What makes two runs the same cell: the recipe, every default resolved, and its hash.

The hash is of the recipe as canonical JSON: the order of keys does not matter, nor does `adam` with its
default rate spelled out; the data set counts by its file's name and its content, not by where it lies.
"""

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

from .autoencoder import Autoencoder
from .datasets import Dataset, load_dataset
from .experiments import HIDDEN, Experiment
from .methods import recipe as find_method
from .methods.recipe import Recipe
from .metrics import Target
from .streams import NUMBERING, SMALL


@dataclass(frozen=True)
class Cell:
    """An experiment with its recipe, and the recipe's hash as its name."""

    experiment: Experiment
    recipe: dict[str, Any]
    name: str  # 16 hex digits


def cell(experiment: Experiment, data: Dataset) -> Cell:
    """The cell of an experiment on these data. Raises ValueError for words that are none."""
    words = recipe(experiment, data)
    return Cell(experiment, words, content_hash(words))


def recipe(experiment: Experiment, data: Dataset) -> dict[str, Any]:
    """What a run depends on, in words with every default resolved; what is None is left out."""
    words, full = experiment.words, known_method(experiment.method).options
    model = words_of_model(experiment, data)
    model.pop("corruption", None)  # which is the noise
    name = re.split(r"[/\\]", experiment.dataset)[-1]
    target = None if experiment.target is None else Target.parse(experiment.target)
    words |= {
        **model,
        "options": plain({**full, **words["options"]}),
        "dataset": {"name": name, "sha256": data.sha256},
        "target": None if target is None else f"{target.metric}={target.value!r}",
    }
    if renumbered(experiment.words):
        words["streams"] = NUMBERING
    return plain(words)


def renumbered(words: Mapping[str, Any]) -> bool:
    """Whether the random numbers of a run, in an experiment's words, differ from those of numbering 1.

    They do for methods that draw by themselves and for compiled epochs, and for seeds of more than 32 bits.
    """
    compiled = words.get("precision") is not None and words["options"].get("batch") is not None
    return compiled or words.get("seed", 0) >= SMALL or known_method(words["method"]).random


def words_of_model(experiment: Experiment, data: Dataset) -> dict[str, Any]:
    """Widths and words of the model, resolved; also of a model whose loss does not suit its output."""
    words = model_of(experiment, data).words
    return {"arch": words.pop("widths"), **words, "loss": experiment.loss}


def model_of(experiment: Experiment, data: Dataset) -> Autoencoder:
    """The model but for its loss, which may not suit its output."""
    widths = experiment.arch or (data.x.shape[1], *HIDDEN)
    return replace(experiment, arch=widths, loss="half_sse").model(data)


def content_hash(words: dict[str, Any]) -> str:
    """16 hex digits that no order of keys changes.

    >>> content_hash({"seed": 1, "lr": 1.0}) == content_hash({"lr": 1, "seed": 1})
    True
    """
    text = json.dumps(plain(words), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=256)
def known_method(name: str) -> Recipe:
    """The method's entry; optax's take a while to look up."""
    return find_method(name)


def data_of(dataset: str) -> Dataset:
    """The data set, environment variables in its path replaced. Raises ValueError where there is none."""
    path = os.path.expandvars(dataset)
    if unset := re.search(r"\$\{?(\w+)", path):
        raise ValueError(f"data set '{dataset}': set the environment variable {unset[1]}")
    return load_dataset(path)


def label(method: str, options: dict[str, Any]) -> str:
    """A method with those of its options that differ from the defaults.

    >>> label("adam", {"lr": 0.001, "batch": 8})
    'adam batch=8'
    """
    defaults = known_method(method).options if options else {}
    own = {key: value for key, value in in_order(method, options).items() if value != defaults.get(key)}
    return " ".join([method, *options_text(own)])


def in_order(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options in the order in which the method names them."""
    if not options or method.startswith("optax:"):
        return options
    order = [*known_method(method).options, *options]
    return dict(sorted(options.items(), key=lambda item: order.index(item[0])))


def options_text(options: dict[str, Any]) -> list[str]:
    """key=value, as a person types them."""
    return [f"{key}={spell(value)}" for key, value in options.items()]


def spell(value: Any) -> str:
    """A value as a person types it, different for different values."""
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def plain(value: Any, keep_none: bool = False) -> Any:
    """As JSON keeps it: whole numbers are integers, the infinite is None; else what is None is left out."""
    if isinstance(value, dict):
        items = {str(key): plain(item, keep_none) for key, item in value.items()}
        return {key: item for key, item in items.items() if keep_none or item is not None}
    if isinstance(value, list | tuple):
        return [plain(item, keep_none) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return (
            int(value)
            if value.is_integer() and abs(value) < 2**53
            else value
            if math.isfinite(value)
            else None
        )
    return value
