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


def diagonal(curvature: np.ndarray, floor: float) -> Diagonal:
    """Return the factor of a diagonal Hessian (n, d), no entry of which is below `floor`."""
    return Diagonal(np.sqrt(np.maximum(curvature, floor)))
