"""The registry's entry of a method: what it needs, its options, and how it is made (see `kinds`)."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ..registry import unknown
from ..text import quoted
from ..training.contract import Method
from .restarts import Restarted

Option = bool | int | float | str | None  # the default None marks an optional whole number, nan another one
LARGEST = 10**9  # of an option that is a whole number
RATES = ("lr", "learning_rate")
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
Builder = Callable[..., Method]


@dataclass(frozen=True)
class MethodSpec:
    """One line of the registry; called with options, it makes the method."""

    build: Builder
    options: Mapping[str, Option]  # name to default
    needs: str  # value, gradient, Hessian product, Hessian, residuals
    scale: str  # number of parameters up to which it is a sensible choice
    source: str
    batch: str = "full"  # "full or stochastic" for methods of epochs, "full or batches" if asked to
    random: bool = False  # whether the method draws random numbers besides those of start and noise
    engine: str = "numpy"  # the engine that it runs on by default
    own: str = ""  # of a user's own method: its kind, and the digest of its file
    ranges: Mapping[str, str] = field(default_factory=dict)  # of options that are worth tuning, as text
    later: tuple[str, ...] = ()  # options that recipes name only if they are given, as older ones lack them

    def __call__(self, **options: Option) -> Method:
        """Return the method. Raises ValueError for an unknown option or a value that does not fit."""
        for name, value in options.items():
            if name not in self.options:
                raise ValueError(
                    unknown("option", name, self.options) if self.options else f"no option '{name}'"
                )
            _check_kind(name, value, self.options[name])
        given = {name: _whole(value, self.options[name]) for name, value in options.items()}
        return self.build(**{**self.options, **given})

    def varying(self, **ranges: str) -> "MethodSpec":
        """Return the same entry with the ranges from which `optae tune` draws, by option."""
        return replace(self, ranges=ranges)

    def read(self, texts: Mapping[str, str]) -> dict[str, Option]:
        """Return typed options, each converted to the type of its default. Raises ValueError."""
        for name in texts:
            if name not in self.options:
                raise ValueError(unknown("option", name, self.options))
        return {name: read_option(name, text, self.options[name]) for name, text in texts.items()}


def restartable(spec: MethodSpec) -> MethodSpec:
    """Return the entry of a method that ends by itself, with an option for fresh starts, by default none."""

    def build(restarts: int | None, **options: Option) -> Method:
        method = spec.build(**options)
        return Restarted(method, restarts) if restarts else method

    return replace(spec, build=build, options={**spec.options, "restarts": None})


def rates(options: Mapping[str, Option]) -> dict[str, str]:
    """Return the range of a learning rate among a method's options, two decades to each side of its default.

    >>> rates({"lr": 1e-3, "batch": None}), rates({"damping": 1.0})
    ({'lr': '1e-05..0.1'}, {})
    """
    found = {name: value for name, value in options.items() if name in RATES and isinstance(value, float)}
    return {name: f"{value / 100:g}..{value * 100:g}" for name, value in found.items() if value > 0}


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """Return the name and the options of a method as typed. Raises ValueError.

    >>> split_options("adam:lr=3e-3,batch=8"), split_options("mine.py:Lion")
    (('adam', {'lr': '3e-3', 'batch': '8'}), ('mine.py:Lion', {}))
    """
    name, _, tail = text.rpartition(":") if "=" in text.rpartition(":")[2] else (text, "", "")
    parts = [part.strip() for part in tail.split(",") if part.strip()]
    for part in parts:
        if not name or "=" not in part:
            remedy = "write name:key=value,key=value, such as adam:lr=3e-3,batch=8"
            raise ValueError(f"method {quoted(text)}: {remedy}")
    halves = [part.partition("=") for part in parts]
    return name, {key.strip(): value.strip() for key, _, value in halves}


def read_option(name: str, text: str, default: Option) -> Option:
    """Return the value of an option from text, as its default is typed. Raises ValueError."""
    try:
        if isinstance(default, bool):
            return TRUTH[text.lower()]
        if isinstance(default, str):
            return text
        return int(text) if default is None or isinstance(default, int) else float(text)
    except (ValueError, KeyError):
        raise ValueError(f"option {name}={quoted(text)}: give {_kind(default)}") from None


def _check_kind(name: str, value: Option, default: Option) -> None:
    if not _fits(value, default):
        raise ValueError(f"option {name}={value!r}: give {_kind(default)}")


def _fits(value: Option, default: Option) -> bool:
    """Return whether a value has the type of its option's default."""
    if isinstance(default, bool | str):
        return isinstance(value, type(default))
    if default is None and value is None:
        return True
    whole = int | np.integer
    if isinstance(value, bool) or not isinstance(
        value, whole if default is None else whole | float | np.floating
    ):
        return False
    if isinstance(default, float):
        return abs(value) <= sys.float_info.max
    return abs(value) <= LARGEST and value == int(value)


def _whole(value: Option, default: Option) -> Option:
    """Return a whole number as an int if the option takes one."""
    wanted = isinstance(default, int) and not isinstance(default, bool)
    return int(value) if wanted and isinstance(value, float) else value


def _kind(default: Option) -> str:
    if isinstance(default, bool):
        return "true or false"
    if isinstance(default, str):
        return f"a word such as '{default}'"
    if default is None or isinstance(default, int):
        return f"a whole number up to {LARGEST:,}"
    return "a number" if default != default else f"a number such as {default:g}"
