"""The names of optax and optax.contrib: which are optimizers, their options, and why some cannot run."""

import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, get_args

from ...registry import unknown
from ...text import listed
from .tuples import Defaults, flat, gathered, numeric

MODULES = ("optax", "optax.contrib")
RATES = {"learning_rate", "max_learning_rate"}
BASES = {"optimizer", "base_optimizer"}  # of an optimizer in optax.contrib that changes another one
FIXED: dict[str, Defaults] = {
    "lbfgs": {"linesearch": None},  # no budget could end a line search inside a compiled step
    "noisy_sgd": {"key": 0, "seed": None},
}
REASONS = {"dpsgd": "needs the gradient of every sample by itself, and a step here has that of their mean"}
IN_A_FILE = "in a file of your own (optae new transformation mine.py)"


@dataclass(frozen=True)
class Named:
    """An optimizer of optax, made of its options by its name; equal ones share compiled code."""

    name: str

    def __call__(self, **options: Any) -> Any:
        """Return the optimizer."""
        return _entry(self.name)(**gathered(_defaults(self.name), options), **FIXED.get(self.name, {}))


@cache
def names() -> list[str]:
    """Return the names of optax's optimizers, without those of its gradient transformations."""
    return sorted({name for module in _modules() for name in vars(module) if _is_optimizer(module, name)})


def defaults(name: str) -> Defaults:
    """Return an optimizer's numeric options with their defaults; of a pair `betas`, `betas_1` and `betas_2`.

    The learning_rate is 1e-3 if optax has none. Where optax's default is None, it is None for a whole number
    and nan for another one. Raises ValueError for an unknown name.
    """
    return flat(_defaults(name))


def reason(name: str) -> str | None:
    """Return why an optimizer cannot be run by its name, or None if it can."""
    if name in REASONS:
        return f"optax:{name} {REASONS[name]}"
    given = {*_defaults(name), *FIXED.get(name, {})}
    lacking = [
        option
        for option, parameter in inspect.signature(_entry(name)).parameters.items()
        if parameter.default is parameter.empty and option not in given
    ]
    if BASES & set(lacking):
        return f"optax:{name} changes another optimizer: write both {IN_A_FILE}"
    return f"optax:{name} needs {listed(lacking)}: write it {IN_A_FILE}" if lacking else None


@cache
def _defaults(name: str) -> Defaults:
    found: Defaults = {}
    for option, parameter in inspect.signature(_entry(name)).parameters.items():
        default, kinds = parameter.default, get_args(parameter.annotation)
        if option == "learning_rate" and not isinstance(default, int | float):
            found[option] = 1e-3
        elif numeric(default):
            found[option] = default
        elif default is None and option not in FIXED.get(name, {}) and {int, float} & {*kinds}:
            found[option] = math.nan if float in kinds else None
    return found


def _entry(name: str) -> Callable[..., Any]:
    if name in names():
        return next(vars(module)[name] for module in _modules() if name in vars(module))
    if any(callable(vars(module).get(name)) for module in _modules()):
        raise ValueError(f"optax:{name} is no optimizer by itself: make one of it {IN_A_FILE}")
    raise ValueError(unknown("optimizer of optax", name, names()))


def _modules() -> Iterator[ModuleType]:
    yield from map(import_module, MODULES)


def _is_optimizer(module: ModuleType, name: str) -> bool:
    entry = vars(module)[name]
    if name.startswith(("_", "scale_by_")) or not callable(entry) or inspect.isclass(entry):
        return False
    try:
        parameters = inspect.signature(entry).parameters
    except (TypeError, ValueError):
        return False
    return bool((RATES | BASES if module.__name__ == "optax.contrib" else RATES) & set(parameters))
