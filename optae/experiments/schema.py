"""What each field of an experiment means to a comparison: its role, from which all lists of fields follow.

problem  What is solved: the data, the network and its start, the noise, the loss. With the seed they fix the
         first vector and what the referee measures, so methods are compared where all of them agree.
method   Who solves it: the method's name and its options, together its label.
how      How it is solved: the engine, compiled epochs, when noise is drawn. The referee's number does not
         depend on these, for it draws noise that no run has seen; and some follow from the method: noise is
         fresh for adam and frozen for lm. So two methods of one comparison may differ in them, and the
         comparison says so; runs of one method that differ in them are told apart.
budget   Where it ends. Treated as `how` is.
seed     Which of several equal tries. Runs that differ in nothing else are pooled, and no others are.
"""

from dataclasses import field, fields
from types import NoneType
from typing import Any, get_args

ROLES = ("problem", "method", "how", "budget", "seed")


def role(name: str, default: Any) -> Any:
    """A field of a dataclass with that role and that default."""
    assert name in ROLES, name
    return field(default=default, metadata={"role": name})


def named(schema: type, *roles: str) -> tuple[str, ...]:
    """The names of its fields with one of these roles, in their order."""
    return tuple(field.name for field in fields(schema) if field.metadata["role"] in roles)


def numeric(schema: type) -> tuple[str, ...]:
    """The names of its fields that hold a number or nothing."""
    kinds = {field.name: set(get_args(field.type) or (field.type,)) for field in fields(schema)}
    return tuple(name for name, kind in kinds.items() if kind <= {int, float, NoneType})
