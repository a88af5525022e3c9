"""A grid is the product of axes; each axis is a field of an experiment with one or more values."""

import math
from collections.abc import Iterable, Mapping
from functools import reduce
from itertools import product
from operator import or_
from typing import Any

from ..registry import unknown
from . import fields
from .experiment import Experiment
from .readers import is_whole
from .schema import Words, facts, named, numeric

READERS = {name: known.read for name, known in facts(Experiment).items() if known.read}
TOGETHER = tuple(name for name, read in READERS.items() if read is fields.an_activation)
ALIASES = {known.option: name for name, known in facts(Experiment).items() if known.option}
AXES = (*READERS, "activations")
LIMITS = tuple(name for name in named(Experiment, "budget") if name in numeric(Experiment))
LARGEST = 1_000_000  # most experiments of one grid


def grid(**axes: Any) -> list[Experiment]:
    """Return every combination of the axes, which are fields of `Experiment`, each a value or a list.

    A seed of 10 means 0 to 9. Raises ValueError for an unknown name, a value of the wrong type, a missing
    budget, or more than `LARGEST` experiments.

    >>> [(e.method, e.seed) for e in grid(method=["powell", "adam:lr=3e-3"], seed=2, max_seconds=1)]
    [('adam', 0), ('powell', 0), ('adam', 1), ('powell', 1)]
    """
    check_names(axes, (*AXES, *ALIASES))
    axes = {ALIASES.get(name, name): value for name, value in axes.items()}
    choices = [_read(name, axes[name]) for name in AXES if name in axes]  # activations last, as they override
    if (size := math.prod(map(len, choices))) > LARGEST:
        raise ValueError(f"a grid of {size:,} experiments: {LARGEST:,} is the most")
    experiments = in_order(Experiment(**reduce(or_, words, {})) for words in product(*choices))
    if any(min(vars(one)[name] for name in LIMITS) == math.inf for one in experiments):
        raise ValueError(f"there is no budget: add one of {', '.join(f'`{name}`' for name in LIMITS)}")
    return list(experiments)


def _read(name: str, value: Any) -> list[Words]:
    """Return an axis as the words of each of its values."""
    counted = name == "seed" and is_whole(value)
    values = value if _is_many(name, value) else [value]
    many = max(value, 0) if counted else len(values)
    if not many:
        raise ValueError(f"{name} has no value: give at least one, or leave it out")
    if many > LARGEST:
        raise ValueError(f"{name} has {many:,} values: {LARGEST:,} is the most")
    values = range(value) if counted else values
    read = _activations if name == "activations" else READERS[name]
    return [words for one in values for words in read(name, one)]


def _is_many(name: str, value: object) -> bool:
    """Return whether this is a list of values; a list of widths is one architecture."""
    if not isinstance(value, list | tuple | range):
        return False
    return name != "arch" or not value or not all(is_whole(width) for width in value)


def _activations(name: str, value: Any) -> list[Words]:
    """Return the words of activations that vary together."""
    if not isinstance(value, Mapping):
        raise ValueError(f'`{name}` = {value!r}: write a list such as [{{encoder = "relu"}}]')
    check_names(value, TOGETHER)
    return [reduce(or_, (READERS[key](key, word)[0] for key, word in value.items()), {})]


def in_order(experiments: Iterable[Experiment]) -> tuple[Experiment, ...]:
    """Return the experiments seed by seed, in an order that does not depend on the order of words.

    Experiments that are the same once resolved appear once.
    """
    kept: dict[Experiment, Experiment] = {}
    for one in sorted(
        set(experiments), key=lambda e: (e.seed, repr(sorted(e.words.items(), key=str)), repr(e))
    ):
        kept.setdefault(one.resolved, one)
    return tuple(kept.values())


def check_names(words: Iterable[str], names: Iterable[str]) -> None:
    """Raise ValueError, with a suggestion, for a word that is not among the names."""
    for name in words:
        if name not in names:
            raise ValueError(unknown("word", name, names))
