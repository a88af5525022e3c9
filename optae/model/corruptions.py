"""What a denoising autoencoder must undo (Vincent et al., 2008): frozen words of the model.

Each takes x (n, d) in [0, 1], ink 1 and paper 0, and a NumPy generator, and returns the corrupted copy; the
target stays clean. Compiled epochs give JAX's arrays and a generator of theirs, so only operators and methods
of arrays serve. To add one: a frozen dataclass with a call, and a line of `CORRUPTIONS`.
"""

from dataclasses import dataclass, replace
from math import isfinite
from typing import Protocol

import numpy as np

from ..engines.contract import Noise
from ..registry import parse, spell


class Corruption(Protocol):
    """A random map of images."""

    @property
    def strength(self) -> str:
        """The field that says how strong the noise is; 0 is none."""

    @property
    def pixels(self) -> int:
        """How many pixels an image needs at least."""

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        """(n, d) -> (n, d), the argument untouched. Raises ValueError for values outside [0, 1]."""


@dataclass(frozen=True)
class Shift:
    """With probability p a pixel moves by U(0, range) toward the opposite colour, and never beyond it.

    Deck A's "noise": up to range 0.5 a letter stays readable by its sides of 0.5, unlike after `flip`.
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
    """Turns x to 1 - x at exactly k pixels of every image, each set of k as likely: deck B's noise.

    k is given, or int(level d), as deck B has it; `flip` turns about as many, but now and then none.
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
        elif self.k < 0 or self.k != int(self.k):
            raise ValueError(f"k={self.k:g}: give a whole number of pixels from 0")
        else:
            object.__setattr__(self, "k", int(self.k))

    @property
    def strength(self) -> str:
        """Whichever of the two is given."""
        return "k" if self.level is None else "level"

    @property
    def pixels(self) -> int:
        """As many as are flipped, where that is a fixed number."""
        return self.k or 1

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        x = _unit(x)
        check_pixels(self, x.shape[1])
        k = int((self.level or 0) * x.shape[1]) if self.k is None else self.k
        rank = rng.random(x.shape).argsort(axis=1).argsort(axis=1)
        return x + (rank < k) * (1 - 2 * x)


@dataclass(frozen=True)
class Flip:
    """Turns x to 1 - x with probability p, every pixel by itself: a binary symmetric channel."""

    p: float = 0.1
    strength, pixels = "p", 1

    def __post_init__(self) -> None:
        _check_probability("p", self.p)

    def __call__(self, x: np.ndarray, rng: Noise) -> np.ndarray:
        x = _unit(x)
        return x + (rng.random(x.shape) < self.p) * (1 - 2 * x)


@dataclass(frozen=True)
class SaltPepper:
    """Sets each pixel, with probability p, to 0 or 1 by a fair coin, whatever it was.

    So of black and white only p / 2 are wrong; elsewhere the name is also given to what is `flip` here.
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
    """Sets each pixel to 0 with probability p (Vincent et al., 2008): ink is lost, paper never inked.

    Unlike `dropout` it leaves the other pixels as they are, not scaled up.
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
    """Masking whose other pixels grow by 1 / (1 - p) (Srivastava et al., 2014).

    So a clean image looks to the first layer as a noisy one does on average: for an encoder that is trained
    on noise and used without.
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
    """Adds N(0, std^2) to every pixel; clipped to [0, 1] on demand, where image libraries always do."""

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


CORRUPTIONS: dict[str, type[Corruption]] = {
    "flip": Flip,
    "flip-exactly": FlipExactly,
    "shift": Shift,
    "salt-pepper": SaltPepper,
    "masking": Masking,
    "dropout": Dropout,
    "gaussian": GaussianNoise,
}


def corruption(word: str | Corruption | None) -> Corruption | None:
    """`flip:0.1`, `shift:p=0.2,range=0.5`; `none` and None are no noise. Raises ValueError.

    >>> corruption("flip-exactly:level=0.1"), corruption("gaussian:0.2,clip=true")
    (FlipExactly(k=None, level=0.1), GaussianNoise(std=0.2, clip=True))
    """
    return None if word is None or word == "none" else parse("noise", word, CORRUPTIONS)


def spelled(noise: Corruption | None) -> str | None:
    """The text that `corruption` reads back, its strength always told."""
    if noise is None:
        return None
    text = spell(noise, CORRUPTIONS)
    return text if ":" in text else f"{text}:{level_of(noise):g}"


def at_level(noise: Corruption, level: float) -> Corruption:
    """The same kind of noise at another strength.

    >>> at_level(Shift(0.1, 0.3), 0.2)
    Shift(p=0.2, range=0.3)
    """
    return replace(noise, **{noise.strength: level})  # type: ignore[type-var]


def level_of(noise: Corruption) -> float:
    """How strong a noise is, in its own unit."""
    return float(getattr(noise, noise.strength))


def check_pixels(noise: Corruption, pixels: int) -> None:
    """Raises ValueError for noise that images of so many pixels cannot take."""
    if noise.pixels > pixels:
        raise ValueError(
            f"noise '{spelled(noise)}' flips {noise.pixels} pixels, and an image has {pixels}:"
            f" give k from 0 to {pixels}"
        )


def _check_probability(name: str, p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"{name}={p:g} is no probability: give a number from 0 to 1")


def _unit(x: np.ndarray) -> np.ndarray:
    if isinstance(x, np.ndarray) and not (x.size and x.min() >= 0 and x.max() <= 1):
        raise ValueError("noise is defined for data in [0, 1]: scale them first")
    return x
