"""Engines: array libraries that differentiate a model's loss and take many steps over it.

Only an engine knows which array library it uses. An engine is a module that satisfies `contract.Engine`.
"""

from collections.abc import Callable

from ..registry import lookup
from .arrays import Array as Array
from .arrays import Library as Library
from .arrays import Tree as Tree
from .contract import Engine as Engine


def _numpy() -> Engine:
    from . import numpy

    return numpy


def _autograd() -> Engine:
    from . import autograd

    return autograd


def _jax() -> Engine:
    from . import jax

    return jax


# Each engine is imported only when it is used, so NumPy runs without JAX.
ENGINES: dict[str, Callable[[], Engine]] = {"numpy": _numpy, "autograd": _autograd, "jax": _jax}


def engine(name: str | Engine) -> Engine:
    """Return the engine of that name, or the given engine itself. Raises ValueError with a suggestion."""
    return lookup("engine", name, ENGINES)() if isinstance(name, str) else name


class EngineField:
    """A dataclass field that takes an engine or its name and reads as the engine; the default is numpy."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._place = f"_{name}"

    def __get__(self, instance: object | None, owner: type | None = None) -> Engine:
        return engine("numpy") if instance is None else vars(instance)[self._place]

    def __set__(self, instance: object, value: str | Engine) -> None:
        vars(instance)[self._place] = engine(value)
