"""Ranges of a method's options, from which trials draw: `1e-4..1e-1`, `3..30`, `exact,lsmr`.

A range is read with its scale. Numbers are spread by their logarithm if the ends are positive and at least
ten times apart, else evenly. Ends such as 0.9..0.9999, which are near 1, are spread by the logarithm of their
distance to 1. A scale behind an @ says otherwise: `0.1..1@linear`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ..registry import lookup
from ..text import quoted, shortest
from .spec import Option, read_option

FAR = 10.0  # the ratio of the ends from which a range is logarithmic
DIGITS = 3  # significant digits of a drawn number


class Range(Protocol):
    """The values that an option may take."""

    def at(self, share: float) -> Option:
        """Return the value at a share in [0, 1) of the range."""


@dataclass(frozen=True)
class Interval:
    """Numbers from `low` to `high`, both included, evenly spread on a scale; `whole` ones are integers."""

    low: float
    high: float
    scale: str = "linear"
    whole: bool = False

    def __post_init__(self) -> None:
        lookup("scale", self.scale, dict.fromkeys(SCALES))
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"the range {self} does not rise: write LOW..HIGH")
        if self.scale == "log" and not self.low > 0:
            raise ValueError(f"the range {self} is logarithmic: begin it above 0")
        if self.scale == "complement" and not self.high < 1:
            raise ValueError(f"the range {self} is of distances to 1: end it below 1")
        if self.whole and (self.low != int(self.low) or self.high != int(self.high)):
            raise ValueError(f"the range {self} is of a whole number: give whole numbers")

    def __str__(self) -> str:
        ends = f"{shortest(self.low)}..{shortest(self.high)}"
        return ends if self.scale == natural(self.low, self.high) else f"{ends}@{self.scale}"

    def at(self, share: float) -> Option:
        """Return the number at a share of the range, with `DIGITS` significant digits."""
        room = 0.5 if self.whole else 0.0  # so that the ends are as likely as the others
        low, high = (self._scaled(end) for end in (self.low - room, self.high + room))
        value = self._unscaled(low + share * (high - low))
        if self.whole:
            return int(min(max(round(value), self.low), self.high))
        return min(max(self._rounded(value), self.low), self.high)

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.scale == "log" else -math.log1p(-value) if self._tail else value

    def _unscaled(self, value: float) -> float:
        return math.exp(value) if self.scale == "log" else -math.expm1(-value) if self._tail else value

    @property
    def _tail(self) -> bool:
        return self.scale == "complement"

    def _rounded(self, value: float) -> float:
        if self._tail:  # the digits of the distance to 1 are the ones that matter
            distance = float(f"{1 - value:.{DIGITS}g}")
            return float(f"{1 - distance:.15g}")
        return float(f"{value:.{DIGITS}g}")


@dataclass(frozen=True)
class Choice:
    """One of these values."""

    values: tuple[Option, ...]

    def __post_init__(self) -> None:
        if len({*self.values}) < 2:
            raise ValueError(f"the range {self} has one value: give several, such as a,b")

    def __str__(self) -> str:
        return ",".join(shortest(value) for value in self.values)

    def at(self, share: float) -> Option:
        """Return the value at a share; all are equally likely."""
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]


SCALES = ("linear", "log", "complement")


def natural(low: float, high: float) -> str:
    """Return the scale on which numbers between two ends are spread if none is given.

    >>> natural(1e-4, 1e-1), natural(0.9, 0.9999), natural(0.2, 0.8)
    ('log', 'complement', 'linear')
    """
    if low > 0 and high / low >= FAR:
        return "log"
    return "complement" if 0.5 <= low < high < 1 and (1 - low) / (1 - high) >= FAR else "linear"


def read_range(name: str, text: str, default: Option) -> Range:
    """Return the range of an option with this default. Raises ValueError with a remedy.

    >>> read_range("lr", "1e-4..1e-1", 1e-3)
    Interval(low=0.0001, high=0.1, scale='log', whole=False)
    >>> read_range("tr_solver", "exact,lsmr", "exact")
    Choice(values=('exact', 'lsmr'))
    """
    try:
        if ".." not in text:
            return Choice(tuple(read_option(name, part.strip(), default) for part in text.split(",")))
        ends, at, scale = text.partition("@")
        if isinstance(default, bool | str):
            raise ValueError("it is a word: list some, with commas")
        low, high = (float(end) for end in ends.split(".."))
        whole = default is None or isinstance(default, int)
        return Interval(low, high, scale.strip() if at else natural(low, high), whole)
    except ValueError as error:
        reason = str(error)
        if "could not convert" in reason or "unpack" in reason:
            reason = "write LOW..HIGH, such as 1e-4..1e-1, or values with commas"
        raise ValueError(f"{name}={quoted(text)}: {reason}") from None


def read_ranges(texts: Mapping[str, str], options: Mapping[str, Option]) -> dict[str, Range]:
    """Return the ranges of a method's options. Raises ValueError for an option it does not have."""
    return {name: read_range(name, text, lookup("option", name, options)) for name, text in texts.items()}
