"""Schedules of a rule's rate: frozen dataclasses that return its factor at a time in epochs.

To add one, write a dataclass with a `__call__`, and give it a line in `SCHEDULES`.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Protocol

import numpy as np

from ...engines import Array, Library

FIRST, LAST = 1 / 25, 4e-6  # factors of the rate at the ends of one cycle
SHORTEST = 1e-9  # least length in epochs of the fall after a warm-up, which may take the whole run


class Schedule(Protocol):
    """A factor of a rule's rate, as a function of time."""

    @property
    def ends(self) -> bool:
        """Whether it needs the number of epochs of the run."""

    def __call__(self, epoch: Array, epochs: float, xp: Library = np) -> Array:
        """Return the factor at a time in epochs, such as 1.5, of a run of `epochs`."""


@dataclass(frozen=True)
class Constant:
    """The factor 1, after a linear rise over `warmup` epochs."""

    warmup: float = 0.0
    ends = False

    def __post_init__(self) -> None:
        _check_warmup(self.warmup)

    def __call__(self, epoch: Array, epochs: float, xp: Library = np) -> Array:
        return _rise(epoch, self.warmup, xp)


@dataclass(frozen=True)
class Cosine:
    """The factor (1 + cos(pi t)) / 2 at a share t of the run, after a rise (Loshchilov & Hutter, 2017).

    >>> [round(float(Cosine()(epoch, 4.0)), 3) for epoch in (0, 1, 2, 4)]
    [1.0, 0.854, 0.5, 0.0]
    """

    warmup: float = 0.0
    ends = True

    def __post_init__(self) -> None:
        _check_warmup(self.warmup)

    def __call__(self, epoch: Array, epochs: float, xp: Library = np) -> Array:
        fall = (1 + xp.cos(xp.pi * _share(epoch, self.warmup, epochs, xp))) / 2
        return _rise(epoch, self.warmup, xp) * fall


@dataclass(frozen=True)
class Linear:
    """The factor 1 - t at a share t of the run, after a linear rise."""

    warmup: float = 0.0
    ends = True

    def __post_init__(self) -> None:
        _check_warmup(self.warmup)

    def __call__(self, epoch: Array, epochs: float, xp: Library = np) -> Array:
        return _rise(epoch, self.warmup, xp) * (1 - _share(epoch, self.warmup, epochs, xp))


@dataclass(frozen=True)
class OneCycle:
    """A factor from `FIRST` up to 1 in a share `rise` of the run, then down to `LAST` (Smith & Topin, 2018).

    Both ends are those of PyTorch and optax: a 25th of the rate, and a 10,000th of that.
    """

    rise: float = 0.3
    ends = True

    def __post_init__(self) -> None:
        if not 0 < self.rise < 1:
            raise ValueError(f"one-cycle rises for a share of the run, between 0 and 1, not {self.rise:g}")

    def __call__(self, epoch: Array, epochs: float, xp: Library = np) -> Array:
        top = self.rise * epochs
        up = (1 - xp.cos(xp.pi * xp.minimum(epoch / top, 1.0))) / 2
        down = (1 + xp.cos(xp.pi * xp.clip((epoch - top) / (epochs - top), 0.0, 1.0))) / 2
        return xp.where(epoch < top, FIRST + (1 - FIRST) * up, LAST + (1 - LAST) * down)


def _check_warmup(warmup: float) -> None:
    if not (isfinite(warmup) and warmup >= 0):
        raise ValueError(f"the warm-up takes 0 epochs or more, not {warmup:g}")


def _rise(epoch: Array, warmup: float, xp: Library) -> Array:
    """Return the factor of the rise; times are the middles of steps, so the first step moves too."""
    return xp.minimum(epoch / warmup, 1.0) if warmup else 1.0


def _share(epoch: Array, warmup: float, epochs: float, xp: Library) -> Array:
    """Return the elapsed share of the run after the warm-up, from 0 to 1."""
    return xp.clip((epoch - warmup) / max(epochs - warmup, SHORTEST), 0.0, 1.0)


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "cosine": Cosine,
    "linear": Linear,
    "one-cycle": OneCycle,
}
