"""Options of other libraries that are tuples of numbers: each number is an option, `betas_1`, `betas_2`."""

from collections.abc import Mapping
from typing import Any

Defaults = dict[str, Any]  # options by name, each a number, a truth or a tuple of numbers


def numeric(default: Any) -> bool:
    """Whether a default is a number, a truth or a tuple of these.

    >>> numeric(0.9), numeric((0.9, 0.999)), numeric("sps"), numeric(())
    (True, True, False, False)
    """
    parts = default if isinstance(default, tuple) else (default,)
    return bool(parts) and all(isinstance(part, bool | int | float) for part in parts)


def flat(defaults: Defaults) -> Defaults:
    """Return options whose tuples are an option for each number.

    >>> flat({"lr": 0.1, "betas": (0.9, 0.999)})
    {'lr': 0.1, 'betas_1': 0.9, 'betas_2': 0.999}
    """
    options: Defaults = {}
    for option, default in defaults.items():
        if isinstance(default, tuple):
            options |= {f"{option}_{i}": value for i, value in enumerate(default, start=1)}
        else:
            options[option] = default
    return options


def gathered(defaults: Defaults, given: Mapping[str, Any]) -> Defaults:
    """Return flat options as keyword arguments, tuples as tuples; one that is not given is None.

    >>> gathered({"lr": 0.1, "betas": (0.9, 0.999)}, {"lr": 0.1, "betas_1": 0.8, "betas_2": 0.99})
    {'lr': 0.1, 'betas': (0.8, 0.99)}
    """
    return {
        option: tuple(given[f"{option}_{i}"] for i in range(1, len(default) + 1))
        if isinstance(default, tuple)
        else given.get(option)
        for option, default in defaults.items()
    }
