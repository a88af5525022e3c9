"""What a denoising autoencoder must undo (Vincent et al., 2008): frozen words of the model.

Each takes x (n, d) in [0, 1] and a NumPy generator, and returns the corrupted copy. The target stays clean.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Corruption(Protocol):
    """A random map of images."""

    def __call__(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n, d) -> (n, d), the argument untouched."""


@dataclass(frozen=True)
class Masking:
    """Sets each pixel to 0 with probability p (Vincent et al., 2008); ink is lost, paper never inked."""

    p: float = 0.25

    def __call__(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return x * (rng.random(x.shape) >= self.p)


@dataclass(frozen=True)
class GaussianNoise:
    """Adds N(0, std^2) to every pixel, not clipped."""

    std: float = 0.1

    def __call__(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return x + self.std * rng.standard_normal(x.shape)
