"""A grid is the product of axes; each axis is a field of an experiment with one or more values."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from operator import or_
from typing import Any, overload

from ..registry import unknown
from . import fields
from .build import natural_loss
from .classics import read_problem
from .experiment import Experiment
from .readers import is_whole
from .schema import Words, facts, named, numeric

READERS = {name: known.read for name, known in facts(Experiment).items() if known.read}
TOGETHER = tuple(name for name, read in READERS.items() if read is fields.an_activation)
ALIASES = {known.option: name for name, known in facts(Experiment).items() if known.option}
AXES = ("problem", *READERS, "activations")  # a problem by its name comes first: others override it
LIMITS = tuple(name for name in named(Experiment, "budget") if name in numeric(Experiment))
LARGEST = 1_000_000  # most experiments of one grid


@dataclass(frozen=True)
class Grid(Sequence[Experiment]):
    """Many experiments, each made when it is asked for: a million take little memory."""

    families: tuple[Experiment, ...]  # at seed 0
    places: tuple[tuple[int, int], ...]  # seed, and place of the family

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> Experiment: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Experiment]: ...
    def __getitem__(self, at: int | slice) -> Experiment | Sequence[Experiment]:
        if isinstance(at, slice):
            return replace(self, places=self.places[at])
        seed, place = self.places[at]
        return self.families[place].at_seed(seed)

    def __add__(self, other: Iterable[Experiment]) -> list[Experiment]:
        return [*self, *other]

    def __radd__(self, other: Iterable[Experiment]) -> list[Experiment]:
        return [*other, *self]


def grid(**axes: Any) -> Grid:
    """Return every combination of the axes, which are fields of `Experiment`, each a value or a list.

    A seed of 10 means 0 to 9. Raises ValueError for an unknown name, a value of the wrong type, a missing
    budget, or more than `LARGEST` experiments.

    >>> [(e.method, e.seed) for e in grid(method=["powell", "adam:lr=3e-3"], seed=2, max_seconds=1)]
    [('adam', 0), ('powell', 0), ('adam', 1), ('powell', 1)]
    """
    check_names(axes, (*AXES, *ALIASES))
    axes = {ALIASES.get(name, name): value for name, value in axes.items()}
    seeds = _seeds(axes.get("seed", [Experiment().seed]))
    others = [name for name in AXES if name in axes and name != "seed"]  # activations last, as they override
    choices = [_read(name, axes[name]) for name in others]
    if (size := math.prod(map(len, choices)) * len(seeds)) > LARGEST:
        raise ValueError(f"a grid of {size:,} experiments: {LARGEST:,} is the most")
    families = [Experiment(**reduce(or_, words, {})) for words in product(*choices)]
    if not axes.keys() & {"loss", "problem"}:
        families = [_with_its_loss(one) for one in families]
    if any(min(vars(one)[name] for name in LIMITS) == math.inf for one in families):
        raise ValueError(f"there is no budget: add one of {', '.join(f'`{name}`' for name in LIMITS)}")
    return in_order(family.at_seed(seed) for seed in seeds for family in families)


def _with_its_loss(family: Experiment) -> Experiment:
    """Return an experiment whose loss, if its network predicts, is that of its targets."""
    if family.network != "mlp":
        return family
    return replace(family, loss=natural_loss(family.data()))


def _seeds(value: Any) -> Sequence[int]:
    """Return the seeds of an axis."""
    values = _values("seed", value)
    if isinstance(values, range):
        return values
    return [words["seed"] for one in values for words in READERS["seed"]("seed", one)]


def _read(name: str, value: Any) -> list[Words]:
    """Return an axis as the words of each of its values."""
    read = {"problem": read_problem, "activations": _activations}.get(name) or READERS[name]
    return [words for one in _values(name, value) for words in read(name, one)]


def _values(name: str, value: Any) -> Sequence[Any]:
    """Return the values of an axis; a single seed means so many. Raises ValueError for none or too many."""
    counted = name == "seed" and is_whole(value)
    values = value if _is_many(name, value) else [value]
    many = max(value, 0) if counted else len(values)
    if not many:
        raise ValueError(f"{name} has no value: give at least one, or leave it out")
    if many > LARGEST:
        raise ValueError(f"{name} has {many:,} values: {LARGEST:,} is the most")
    return range(value) if counted else values


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


def in_order(experiments: Iterable[Experiment]) -> Grid:
    """Return the experiments seed by seed, in an order that does not depend on the order of words.

    Experiments that are the same once resolved appear once.
    """
    found: dict[tuple[Any, ...], tuple[Experiment, set[int]]] = {}
    for one in experiments:
        family = one.family
        if family not in found:
            found[family] = one.at_seed(0), set()
        found[family][1].add(one.seed)
    kept: dict[Experiment, tuple[Experiment, set[int]]] = {}
    for head, seeds in sorted(found.values(), key=lambda family: _order(family[0])):
        kept.setdefault(head.resolved, (head, set()))[1].update(seeds)
    places = sorted((seed, place) for place, (_, seeds) in enumerate(kept.values()) for seed in seeds)
    return Grid(tuple(head for head, _ in kept.values()), tuple(places))


def _order(head: Experiment) -> tuple[str, str]:
    return repr(sorted(head.words.items(), key=str)), repr(head)


def check_names(words: Iterable[str], names: Iterable[str]) -> None:
    """Raise ValueError, with a suggestion, for a word that is not among the names."""
    for name in words:
        if name not in names:
            raise ValueError(unknown("word", name, names))
