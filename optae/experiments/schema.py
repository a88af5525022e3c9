"""The facts that each field of an experiment carries, from which every list of fields is derived.

A field has a role in a comparison, a group and a text in the help, and a reader for text or TOML. From these
follow the options of `optae train`, the axes of `optae bench`, the keys of a spec, the columns of the frame,
the command that runs a cell again, and the checks of fairness. Every field is part of a cell's identity.

The roles:

problem  What is solved: the data, the network and its start, the noise, the loss. With the seed these fix the
         first vector and the referee's measurements, so methods are compared only if all of them agree.
method   What solves it: the method's name and its options, together its label.
how      How it is solved: the engine, compiled epochs, when noise is drawn. The referee's number does not
         depend on these, because it draws noise that no run has seen. Some follow from the method: noise is
         fresh for adam and frozen for lm. So two methods of a comparison may differ in them, and the
         comparison says so; runs of one method that differ in them are separate series.
budget   Where it ends; treated like `how`.
seed     Which of several equal tries it is. Only runs that differ in nothing else are pooled.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from types import NoneType
from typing import Any, get_args

Words = dict[str, Any]  # fields of an experiment by name, as typed or as stored
Reader = Callable[
    [str, Any], list[Words]
]  # a field's name and a value as typed, to the experiments it asks for


@dataclass(frozen=True)
class Vocabulary:
    """Reads a word: the help offers `names`, and `check` raises ValueError for an unknown one."""

    names: tuple[str, ...]
    check: Callable[[str, str], object]

    def __call__(self, name: str, value: object) -> list[Words]:
        """Return the field with this word."""
        if not isinstance(value, str):
            raise ValueError(f"`{name}` = {value!r}: give a word in quotation marks, or a list of words")
        self.check(name, value)
        return [{name: value}]


ROLES = ("problem", "method", "how", "budget", "seed")
GROUPS = {
    "method": "Method",
    "data": "Data",
    "network": "Network",
    "budget": "Budget",
    "noise": "Noise",
    "variational": "Variational autoencoder",
    "hardware": "Numbers and hardware",
    "output": "Output",
}
ALWAYS, IF_GIVEN, IF_VARYING = "always", "if given", "if varying"  # when a field is part of a problem's name


@dataclass(frozen=True)
class Facts:
    """The facts of one field for a comparison, the command line and a spec."""

    role: str
    group: str
    help: str  # one sentence
    read: Reader | None = None  # None if it is not an axis or option by itself
    metavar: str | None = None
    unset: str = ""  # the meaning of an empty default, in words
    option: str = ""  # its option, if it has another name
    axis: str = ""  # the option of `optae bench` if it has another name
    several: str = ""  # how several values are written, if that needs a sentence
    in_name: str = IF_VARYING
    only: str = ""  # the kind of network that alone has it

    def __post_init__(self) -> None:
        if self.role not in ROLES or self.group not in GROUPS:
            raise ValueError(f"a field has no role '{self.role}' or no group '{self.group}'")


def fact(role: str, group: str, default: Any, read: Reader | None, help: str, **more: str) -> Any:
    """Return a dataclass field with these facts; {} in its help stands for the names of its reader."""
    if isinstance(read, Vocabulary):
        help = help.format(", ".join(read.names))
    return field(default=default, metadata={"facts": Facts(role, group, help, read, **more)})


def facts(schema: type) -> dict[str, Facts]:
    """Return the facts of every field by name, in order."""
    return {field.name: field.metadata["facts"] for field in fields(schema)}


def named(schema: type, *roles: str) -> tuple[str, ...]:
    """Return the names of the fields with one of these roles, in order."""
    return tuple(name for name, known in facts(schema).items() if known.role in roles)


def grouped(schema: type, *groups: str) -> tuple[str, ...]:
    """Return the names of the fields in one of these groups of the help, in order."""
    return tuple(name for name, known in facts(schema).items() if known.group in groups)


def naming(schema: type, when: str) -> tuple[str, ...]:
    """Return the names of the fields that are part of a problem's name `ALWAYS` or `IF_GIVEN`."""
    return tuple(name for name, known in facts(schema).items() if known.in_name == when)


@cache
def of_other_networks(schema: type, network: str) -> tuple[str, ...]:
    """Return the names of its fields that this kind of network does not have, in their order."""
    return tuple(name for name, known in facts(schema).items() if known.only not in ("", network))


def kind(schema: type, name: str) -> type:
    """Return the type of a field's values besides None: int, float, bool, str or tuple."""
    (declared,) = (field.type for field in fields(schema) if field.name == name)
    kinds = [part for part in get_args(declared) or (declared,) if part is not NoneType]
    return kinds[0] if isinstance(kinds[0], type) and len(kinds) == 1 else tuple


def numeric(schema: type) -> tuple[str, ...]:
    """Return the names of the fields that hold a number or None."""
    return tuple(name for name in facts(schema) if kind(schema, name) in (int, float))


def texts(schema: type) -> tuple[str, ...]:
    """Return the names of the fields that hold a word whatever the network is."""
    declared = {field.name: field.type for field in fields(schema)}
    return tuple(name for name, known in facts(schema).items() if declared[name] is str and not known.only)
