"""Factors of a criterion's Hessian in the outputs, which is a matrix for each sample."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..engines import Array
from .stage import EVERY


class Factor(Protocol):
    """F (d, d) of each sample with F F^T = H, the criterion's Hessian in that sample's outputs."""

    @property
    def diagonal(self) -> bool:
        """Whether every F is diagonal."""

    def push(self, v: np.ndarray) -> np.ndarray:
        """Return F^T v of each sample, (n, d)."""

    def pull(self, v: np.ndarray) -> np.ndarray:
        """Return F v of each sample, (n, d)."""

    def solve(self, grad: Array) -> np.ndarray:
        """Return r (n, d) with F r = grad, the criterion's gradient in the outputs (n, d)."""

    def rows(self, at: slice = EVERY) -> np.ndarray:
        """Return F^T of these samples, (m, d, d)."""


@dataclass(frozen=True)
class Diagonal:
    """F = diag(roots)."""

    roots: np.ndarray  # (n, d), positive
    diagonal = True

    def push(self, v: np.ndarray) -> np.ndarray:
        return self.roots * v

    def pull(self, v: np.ndarray) -> np.ndarray:
        return self.roots * v

    def solve(self, grad: Array) -> np.ndarray:
        return grad / self.roots

    def rows(self, at: slice = EVERY) -> np.ndarray:
        return self.roots[at][:, :, None] * np.eye(self.roots.shape[1])


@dataclass(frozen=True)
class Simplex:
    """F = diag(s / sqrt(n)) (I - s s^T) with s = sqrt(p), so that F F^T = (diag(p) - p p^T) / n, exactly.

    F r = grad needs a gradient that sums to 0, as softmax's does.
    """

    roots: np.ndarray  # s / sqrt(n), (n, d), positive
    units: np.ndarray  # s (n, d)
    diagonal = False

    @classmethod
    def of(cls, p: np.ndarray, floor: float) -> "Simplex":
        """Return the factor for probabilities p (n, d), none of which counts as less than n floor."""
        p = np.maximum(p, len(p) * floor)
        units = np.sqrt(p / p.sum(axis=1, keepdims=True))
        return cls(units / len(p) ** 0.5, units)

    def push(self, v: np.ndarray) -> np.ndarray:
        return self._across(self.roots * v)

    def pull(self, v: np.ndarray) -> np.ndarray:
        return self.roots * self._across(v)

    def solve(self, grad: Array) -> np.ndarray:
        return grad / self.roots

    def rows(self, at: slice = EVERY) -> np.ndarray:
        units, roots = self.units[at], self.roots[at]
        return (np.eye(units.shape[1]) - units[:, :, None] * units[:, None, :]) * roots[:, None, :]

    def _across(self, v: np.ndarray) -> np.ndarray:
        """Return v less its part along s."""
        return v - self.units * np.sum(self.units * v, axis=1, keepdims=True)


def diagonal(curvature: np.ndarray, floor: float) -> Diagonal:
    """Return the factor of a diagonal Hessian (n, d), no entry of which is below `floor`."""
    return Diagonal(np.sqrt(np.maximum(curvature, floor)))
