"""How a rule's rate moves over a run: frozen words that give its factor at a time, counted in epochs.

To add one: a dataclass with a `__call__`, and a line of `SCHEDULES`.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol

import numpy as np

from ...engines import Array


class Schedule(Protocol):
    """The factor of a rule's rate."""

    @property
    def ends(self) -> bool:
        """Whether it needs to know how many epochs there will be."""

    def __call__(self, epoch: Array, epochs: float, xp: Any = np) -> Array:
        """At a time such as 1.5 of so many epochs."""


@dataclass(frozen=True)
class Constant:
    """1, after a linear rise over `warmup` epochs."""

    warmup: float = 0.0
    ends = False

    def __post_init__(self) -> None:
        _check_warmup(self.warmup)

    def __call__(self, epoch: Array, epochs: float, xp: Any = np) -> Array:
        return _rise(epoch, self.warmup, xp)


@dataclass(frozen=True)
class Cosine:
    """(1 + cos(pi t)) / 2, t the share that is over, after a linear rise (Loshchilov & Hutter, 2017).

    >>> [round(float(Cosine()(epoch, 4.0)), 3) for epoch in (0, 1, 2, 4)]
    [1.0, 0.854, 0.5, 0.0]
    """

    warmup: float = 0.0
    ends = True

    def __post_init__(self) -> None:
        _check_warmup(self.warmup)

    def __call__(self, epoch: Array, epochs: float, xp: Any = np) -> Array:
        fall = (1 + xp.cos(xp.pi * _share(epoch, self.warmup, epochs, xp))) / 2
        return _rise(epoch, self.warmup, xp) * fall


@dataclass(frozen=True)
class Linear:
    """1 - t, t the share that is over, after a linear rise."""

    warmup: float = 0.0
    ends = True

    def __post_init__(self) -> None:
        _check_warmup(self.warmup)

    def __call__(self, epoch: Array, epochs: float, xp: Any = np) -> Array:
        return _rise(epoch, self.warmup, xp) * (1 - _share(epoch, self.warmup, epochs, xp))


@dataclass(frozen=True)
class OneCycle:
    """From 1/25 up to 1 in the first `rise` of the run, then down to almost nothing (Smith & Topin, 2018)."""

    rise: float = 0.3
    ends = True

    def __post_init__(self) -> None:
        if not 0 < self.rise < 1:
            raise ValueError(f"one-cycle rises for a share of the run, between 0 and 1, not {self.rise:g}")

    def __call__(self, epoch: Array, epochs: float, xp: Any = np) -> Array:
        top = self.rise * epochs
        up = (1 - xp.cos(xp.pi * xp.minimum(epoch / top, 1.0))) / 2
        down = (1 + xp.cos(xp.pi * xp.clip((epoch - top) / (epochs - top), 0.0, 1.0))) / 2
        return xp.where(epoch < top, 0.04 + 0.96 * up, 4e-6 + (1 - 4e-6) * down)


def _check_warmup(warmup: float) -> None:
    if not (isfinite(warmup) and warmup >= 0):
        raise ValueError(f"the warm-up takes 0 epochs or more, not {warmup:g}")


def _rise(epoch: Array, warmup: float, xp: Any) -> Array:
    """A step's middle counts, so that the first step moves too."""
    return xp.minimum(epoch / warmup, 1.0) if warmup else 1.0


def _share(epoch: Array, warmup: float, epochs: float, xp: Any) -> Array:
    return xp.clip((epoch - warmup) / max(epochs - warmup, 1e-9), 0.0, 1.0)


SCHEDULES: dict[str, type] = {"constant": Constant, "cosine": Cosine, "linear": Linear, "one-cycle": OneCycle}
