"""Corruptions of the input that a denoising autoencoder must undo (Vincent et al., 2008).

Each takes x (n, d) in [0, 1], with ink 1 and paper 0, and a NumPy generator, and returns a corrupted copy;
the target stays clean. Compiled epochs pass JAX arrays and a generator on the device, so corruptions use only
operators and methods of arrays. To add one, write a frozen dataclass with a `__call__`, and give it a line in
`CORRUPTIONS`.
"""

from dataclasses import dataclass, replace
from math import isfinite
from typing import Protocol

import numpy as np

from ..engines.contract import Noise
from ..registry import Open, parse, spell
from ..text import shortest
from . import own


class Corruption(Protocol):
    """A random map of images."""

    @property
    def strength(self) -> str:
        """The name of the field that sets the strength of the noise; 0 is no noise."""

    @property
    def pixels(self) -> int:
        """The least number of pixels of an image."""

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        """Return a corrupted copy of x (n, d). Raises ValueError for values outside [0, 1]."""


@dataclass(frozen=True)
class Shift:
    """With probability p, moves a pixel by U(0, range) toward the opposite colour, but not beyond it.

    This is deck A's "noise". Up to range 0.5 every pixel stays on its side of 0.5, unlike after `flip`.
    """

    p: float = 0.1
    range: float = 0.5
    strength, pixels = "p", 1

    def __post_init__(self) -> None:
        _check_probability("p", self.p)
        if not (isfinite(self.range) and self.range >= 0):
            raise ValueError(f"range={self.range:g}: give a number from 0, such as 0.5")

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        x = _unit(x)
        step = (rng.random(x.shape) < self.p) * rng.uniform(0, self.range, x.shape)
        return (x + step * (1 - 2 * (x > 0.5))).clip(0, 1)


@dataclass(frozen=True)
class FlipExactly:
    """Turns x into 1 - x at exactly k random pixels of every image; every set of k is equally likely.

    This is deck B's noise, with k = int(level d). `flip` turns as many on average, but sometimes none.
    """

    k: int | None = None
    level: float | None = None

    def __post_init__(self) -> None:
        if self.k is not None and self.level is not None:
            raise ValueError(f"k={self.k} and level={self.level:g} say the same: give one of them")
        if self.level is not None:
            _check_probability("level", self.level)
        elif self.k is None:
            object.__setattr__(self, "k", 3)
        elif not (isfinite(self.k) and self.k >= 0 and self.k == int(self.k)):
            raise ValueError(f"k={shortest(self.k)}: give a whole number of pixels from 0")

    @property
    def strength(self) -> str:
        """The one of the two fields that is given."""
        return "k" if self.level is None else "level"

    @property
    def pixels(self) -> int:
        """The number of flipped pixels if it is fixed, else 1."""
        return int(self.k or 1)

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        x = _unit(x)
        check_pixels(self, x.shape[1])
        k = int((self.level or 0) * x.shape[1] if self.k is None else self.k)
        rank = rng.random(x.shape).argsort(axis=1).argsort(axis=1)
        return x + (rank < k) * (1 - 2 * x)


@dataclass(frozen=True)
class Flip:
    """Turns each pixel x into 1 - x with probability p, independently: a binary symmetric channel."""

    p: float = 0.1
    strength, pixels = "p", 1

    def __post_init__(self) -> None:
        _check_probability("p", self.p)

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        x = _unit(x)
        return x + (rng.random(x.shape) < self.p) * (1 - 2 * x)


@dataclass(frozen=True)
class SaltPepper:
    """Sets each pixel, with probability p, to 0 or 1 by a fair coin, whatever its value.

    So only a share p / 2 of black and white pixels changes. Elsewhere the name also stands for `flip`.
    """

    p: float = 0.1
    strength, pixels = "p", 1

    def __post_init__(self) -> None:
        _check_probability("p", self.p)

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        x = _unit(x)
        hit = rng.random(x.shape) < self.p
        return x * ~hit + hit * (rng.random(x.shape) < 0.5)


@dataclass(frozen=True)
class Masking:
    """Sets each pixel to 0 with probability p (Vincent et al., 2008): ink is lost, and none is added.

    Unlike `dropout`, it does not scale the other pixels up.
    """

    p: float = 0.25
    strength, pixels = "p", 1

    def __post_init__(self) -> None:
        _check_probability("p", self.p)

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        x = _unit(x)
        return x * (rng.random(x.shape) >= self.p)


@dataclass(frozen=True)
class Dropout:
    """Sets each pixel to 0 with probability p, and divides the others by 1 - p (Srivastava et al., 2014).

    So the first layer's sums are on average those of the clean image, which suits an encoder that is trained
    with noise and used without it.
    """

    p: float = 0.25
    strength, pixels = "p", 1

    def __post_init__(self) -> None:
        _check_probability("p", self.p)
        if self.p == 1:
            raise ValueError("p=1 drops every pixel: give a number below 1")

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        x = _unit(x)
        return x * (rng.random(x.shape) >= self.p) / (1 - self.p)


@dataclass(frozen=True)
class GaussianNoise:
    """Adds N(0, std^2) to every pixel, and clips to [0, 1] only if asked, unlike image libraries."""

    std: float = 0.1
    clip: bool = False
    strength, pixels = "std", 1

    def __post_init__(self) -> None:
        if not (isfinite(self.std) and self.std >= 0):
            raise ValueError(f"std={self.std:g}: give a number from 0, such as 0.1")

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        x = _unit(x)
        noisy = x + self.std * rng.standard_normal(x.shape)
        return noisy.clip(0, 1) if self.clip else noisy


CORRUPTIONS: Open[type[Corruption]] = Open(
    "noise",
    {
        "flip": Flip,
        "flip-exactly": FlipExactly,
        "shift": Shift,
        "salt-pepper": SaltPepper,
        "masking": Masking,
        "dropout": Dropout,
        "gaussian": GaussianNoise,
    },
    own.corruption,
    "optae.corruptions",
)


def corruption(word: str | Corruption | None) -> Corruption | None:
    """Read `flip:0.1` or `shift:p=0.2,range=0.5`; `none` and None mean no noise. Raises ValueError.

    >>> corruption("flip-exactly:level=0.1"), corruption("gaussian:0.2,clip=true")
    (FlipExactly(k=None, level=0.1), GaussianNoise(std=0.2, clip=True))
    """
    return None if word is None or word == "none" else parse("noise", word, CORRUPTIONS)


def spelled(noise: Corruption | None) -> str | None:
    """Return the text that `corruption` reads back, always with the strength."""
    if noise is None:
        return None
    text = spell(noise, CORRUPTIONS)
    return text if ":" in text else f"{text}:{level_of(noise):g}"


def at_level(noise: Corruption, level: float) -> Corruption:
    """Return the same kind of noise at another strength.

    >>> at_level(Shift(0.1, 0.3), 0.2)
    Shift(p=0.2, range=0.3)
    """
    return replace(noise, **{noise.strength: level})  # type: ignore[type-var]


def level_of(noise: Corruption) -> float:
    """Return the strength of a noise, in its own unit."""
    return float(getattr(noise, noise.strength))


def check_pixels(noise: Corruption, pixels: int) -> None:
    """Raise ValueError for noise that changes more pixels than an image has."""
    if noise.pixels > pixels:
        fault = f"flips {noise.pixels} pixels, and an image has {pixels}: give k from 0 to {pixels}"
        raise ValueError(f"noise '{spelled(noise)}' {fault}")


def _check_probability(name: str, p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"{name}={shortest(p)} is not a probability: give a number from 0 to 1")


def _unit(x: np.ndarray) -> np.ndarray:
    if isinstance(x, np.ndarray) and not (x.size and x.min() >= 0 and x.max() <= 1):
        raise ValueError("noise is defined for data in [0, 1]: scale them first")
    return x
