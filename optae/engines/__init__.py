"""Ways to differentiate a model's loss, and to take many steps over it.

Only an engine knows which array library is at work. An engine is a module that satisfies `contract.Engine`.
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


# Each is imported when it is asked for: NumPy needs no JAX.
ENGINES: dict[str, Callable[[], Engine]] = {"numpy": _numpy, "autograd": _autograd, "jax": _jax}


def engine(name: str | Engine) -> Engine:
    """Return the engine of that name. Raises ValueError with a suggestion."""
    return lookup("engine", name, ENGINES)() if isinstance(name, str) else name


class EngineField:
    """A dataclass's field that is given an engine or its name, and read as the engine; numpy by default."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._place = f"_{name}"

    def __get__(self, instance: object | None, owner: type | None = None) -> Engine:
        return engine("numpy") if instance is None else vars(instance)[self._place]

    def __set__(self, instance: object, value: str | Engine) -> None:
        vars(instance)[self._place] = engine(value)
