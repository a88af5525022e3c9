"""From an encoder's output to a latent code: as a point, or as a Gaussian to sample from.

Each is written once for every array library, with its derivatives by hand beside it.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol

import numpy as np

from ..engines import Array


class Bottleneck(Protocol):
    """h (n, width) -> code z (n, latent), and a penalty to add to the loss."""

    @property
    def samples(self) -> bool:
        """Whether the code is random given h."""

    def width(self, latent: int) -> int:
        """How many outputs the encoder needs."""

    def eps(self, n: int, latent: int, rng: Any) -> Array | None:
        """The noise (n, latent) of one draw, if any."""

    def mean(self, h: Array) -> Array:
        """The code without noise, (n, latent)."""

    def __call__(self, h: Array, eps: Array | None, xp: Any = np) -> tuple[Array, Array]:
        """The code, and the penalty in nats per sample."""

    def pull(self, h: np.ndarray, eps: Any, dz: np.ndarray) -> np.ndarray:
        """dL/dz to dL/dh, the penalty's own gradient included."""

    def push(self, h: np.ndarray, eps: Any, dh: np.ndarray) -> np.ndarray:
        """The code's tangent along dh."""

    def pull_tangent(self, h: np.ndarray, eps: Any, dh: Any, dz: np.ndarray, ddz: np.ndarray) -> np.ndarray:
        """The tangent of `pull` along dh, where dz moves by ddz."""


@dataclass(frozen=True)
class Point:
    """The code is the encoder's output."""

    samples = False

    def width(self, latent: int) -> int:
        return latent

    def eps(self, n: int, latent: int, rng: Any) -> None:
        return None

    def mean(self, h: Array) -> Array:
        return h

    def __call__(self, h: Array, eps: None, xp: Any = np) -> tuple[Array, float]:
        return h, 0.0

    def pull(self, h: np.ndarray, eps: Any, dz: np.ndarray) -> np.ndarray:
        return dz

    def push(self, h: np.ndarray, eps: Any, dh: np.ndarray) -> np.ndarray:
        return dh

    def pull_tangent(self, h: np.ndarray, eps: Any, dh: Any, dz: np.ndarray, ddz: np.ndarray) -> np.ndarray:
        return ddz


@dataclass(frozen=True)
class Gaussian:
    """z = mean + std eps, at the price of kl_weight KL(q || N(0, I)) (Kingma & Welling, 2014)."""

    kl_weight: float = 1.0
    samples = True

    def __post_init__(self) -> None:
        if not (isfinite(self.kl_weight) and self.kl_weight >= 0):
            raise ValueError(f"kl_weight must be 0 or more, not {self.kl_weight}")

    def width(self, latent: int) -> int:
        return 2 * latent

    def eps(self, n: int, latent: int, rng: Any) -> Array:
        return rng.standard_normal((n, latent))

    def mean(self, h: Array) -> Array:
        return h[:, : h.shape[1] // 2]

    def __call__(self, h: Array, eps: Any, xp: Any = np) -> tuple[Array, Array]:
        mean, logvar = _halves(h)
        divergence = xp.sum(mean**2 + xp.exp(logvar) - logvar - 1) / 2
        return mean + xp.exp(logvar / 2) * eps, self.kl_weight * divergence / len(h)

    def pull(self, h: np.ndarray, eps: Any, dz: np.ndarray) -> np.ndarray:
        mean, logvar = _halves(h)
        std, scale = np.exp(logvar / 2), self.kl_weight / len(h)
        return np.hstack([dz + scale * mean, (dz * eps * std + scale * (std**2 - 1)) / 2])

    def push(self, h: np.ndarray, eps: Any, dh: np.ndarray) -> np.ndarray:
        dmean, dlogvar = _halves(dh)
        return dmean + np.exp(_halves(h)[1] / 2) * eps * dlogvar / 2

    def pull_tangent(self, h: np.ndarray, eps: Any, dh: Any, dz: np.ndarray, ddz: np.ndarray) -> np.ndarray:
        (dmean, dlogvar), std = _halves(dh), np.exp(_halves(h)[1] / 2)
        scale = self.kl_weight / len(h)
        ddlogvar = (ddz * eps * std + dz * eps * std * dlogvar / 2 + scale * std**2 * dlogvar) / 2
        return np.hstack([ddz + scale * dmean, ddlogvar])


BOTTLENECKS: dict[str, type] = {"point": Point, "gaussian": Gaussian}


def _halves(h: Array) -> tuple[Array, Array]:
    latent = h.shape[1] // 2
    return h[:, :latent], h[:, latent:]
