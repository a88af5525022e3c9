"""Words with a parameter, as people type them: `logistic:1.6`, `adam`, `flip:0.1`.

Every registry of the project is read through here, so a mistyped name always meets the same kind answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, TypeVar

T = TypeVar("T")


def unknown(kind: str, name: str, names: Iterable[str]) -> str:
    """The sentence for a name that is not there: it suggests the nearest, or lists them all.

    >>> unknown("loss", "bcee", ["bce", "mse"])
    "unknown loss 'bcee': did you mean 'bce'?"
    >>> unknown("loss", "hinge", ["bce", "mse"])
    "unknown loss 'hinge': choose one of bce, mse"
    """
    names = list(names)
    near = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    remedy = f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(names)}"
    return f"unknown {kind} '{name}': {remedy}"


def lookup(kind: str, name: str, registry: Mapping[str, T]) -> T:
    """The entry of that name. Raises ValueError with a suggestion where there is none."""
    if name not in registry:
        raise ValueError(unknown(kind, name, registry))
    return registry[name]


def parse(kind: str, word: Any, registry: Mapping[str, Any]) -> Any:
    """`name` or `name:parameter` as a frozen dataclass whose first field is that number.

    Raises ValueError for an unknown name, a parameter that is not a number, or one too many.
    """
    if not isinstance(word, str):
        if isinstance(word, tuple(registry.values())):
            return word
        raise ValueError(f"a {kind} is a name such as '{next(iter(registry))}', not {word!r}")
    name, colon, text = word.partition(":")
    entry = lookup(kind, name.strip(), registry)
    if not colon:
        return entry()
    if not fields(entry):
        raise ValueError(f"{kind} '{name}' takes no parameter; '{word}' gives it one")
    try:
        return entry(float(text))
    except ValueError as error:
        reason = "" if str(error).startswith("could not convert") else f" ({error})"
        raise ValueError(
            f"{kind} '{word}': '{text}' is not a parameter it takes{reason}; try '{name}:1.5'"
        ) from None


def spell(word: Any, registry: Mapping[str, Any]) -> str:
    """The shortest text that `parse` reads back as this word.

    >>> from optae.activations import ACTIVATIONS, Logistic
    >>> spell(Logistic(1.6), ACTIVATIONS), spell(Logistic(), ACTIVATIONS)
    ('logistic:1.6', 'logistic')
    """
    name = next(name for name, entry in registry.items() if type(word) is entry)
    if word == registry[name]():
        return name
    number = getattr(word, fields(registry[name])[0].name)
    return f"{name}:{number:g}" if float(f"{number:g}") == number else f"{name}:{number!r}"
