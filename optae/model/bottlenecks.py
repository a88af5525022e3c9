"""Bottlenecks, which turn an encoder's output into a latent code: a point, or a sample from a Gaussian.

Each is written once for every array library, and its derivatives are written by hand. `Crossing` is a NumPy
pass through one, as `network.Sweep` is one through a network.
"""

from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Protocol

import numpy as np

from ..engines import Array, Library
from ..engines.contract import Noise, Parts
from .stage import EVERY, Responses


class Bottleneck(Protocol):
    """A map from the encoder's output h (n, width) to a code z (n, latent) and a penalty of the loss.

    `code` and `log_ratio` also take the noise of several draws at once, (..., n, latent).
    """

    @property
    def samples(self) -> bool:
        """Whether the code is random given h."""

    def width(self, latent: int) -> int:
        """Return the width of the encoder's output."""

    def eps(self, n: int, latent: int, rng: Noise) -> Array | None:
        """Return the noise (n, latent) of one draw, or None."""

    def mean(self, h: Array) -> Array:
        """Return the code without noise, (n, latent)."""

    def code(self, h: Array, eps: Array | None, xp: Library = np) -> Array:
        """Return the code, in the noise's shape."""

    def divergence(self, h: Array, xp: Library = np) -> Array:
        """Return KL(q(z | h) || p(z)) of each sample, (n,), in nats."""

    def log_ratio(self, h: Array, eps: Array, z: Array, xp: Library = np) -> Array:
        """Return log p(z) - log q(z | h) of codes from `code`, (..., n), in nats."""

    def __call__(self, h: Array, eps: Array | None, xp: Library = np) -> tuple[Array, Array]:
        """Return the code and the penalty, in nats per sample."""

    def pull(self, h: np.ndarray, eps: Array | None, dz: np.ndarray) -> np.ndarray:
        """Return dL/dh from dL/dz, the penalty's own gradient included."""

    def push(self, h: np.ndarray, eps: Array | None, dh: np.ndarray) -> np.ndarray:
        """Return the code's tangent along dh."""

    def pull_tangent(
        self, h: np.ndarray, eps: Array | None, dh: np.ndarray, dz: np.ndarray, ddz: np.ndarray
    ) -> np.ndarray:
        """Return the tangent of `pull` along dh and the tangent ddz of dz."""

    def through(self, parts: Parts, h: Array, eps: Array | None, xp: Library = np) -> tuple[Array, Array]:
        """Return the code and the penalty; no `parts` of theta belong to a bottleneck."""
        return self(h, eps, xp)

    def sweep(self, parts: Parts, h: np.ndarray, eps: Array | None) -> "Crossing":
        """Return the pass at h, for derivatives."""
        return Crossing(self, h, eps)


@dataclass(frozen=True)
class Point(Bottleneck):
    """The code is the encoder's output."""

    samples = False

    def width(self, latent: int) -> int:
        return latent

    def eps(self, n: int, latent: int, rng: Noise) -> None:
        return None

    def mean(self, h: Array) -> Array:
        return h

    def code(self, h: Array, eps: None, xp: Library = np) -> Array:
        return h

    def divergence(self, h: Array, xp: Library = np) -> Array:
        return xp.zeros(len(h))

    def log_ratio(self, h: Array, eps: Array, z: Array, xp: Library = np) -> Array:
        return xp.zeros(len(h))

    def __call__(self, h: Array, eps: None, xp: Library = np) -> tuple[Array, float]:
        return h, 0.0

    def pull(self, h: np.ndarray, eps: None, dz: np.ndarray) -> np.ndarray:
        return dz

    def push(self, h: np.ndarray, eps: None, dh: np.ndarray) -> np.ndarray:
        return dh

    def pull_tangent(
        self, h: np.ndarray, eps: None, dh: np.ndarray, dz: np.ndarray, ddz: np.ndarray
    ) -> np.ndarray:
        return ddz


@dataclass(frozen=True)
class Gaussian(Bottleneck):
    """z = mean + std eps, with the penalty kl_weight KL(q || N(0, I)) (Kingma & Welling, 2014)."""

    kl_weight: float = 1.0
    samples = True

    def __post_init__(self) -> None:
        if not (isfinite(self.kl_weight) and self.kl_weight >= 0):
            raise ValueError(f"kl_weight must be 0 or more, not {self.kl_weight}")

    def width(self, latent: int) -> int:
        return 2 * latent

    def eps(self, n: int, latent: int, rng: Noise) -> Array:
        return rng.standard_normal((n, latent))

    def mean(self, h: Array) -> Array:
        return _halves(h)[0]

    def code(self, h: Array, eps: Array, xp: Library = np) -> Array:
        return _sampled(*_halves(h), eps, xp)

    def divergence(self, h: Array, xp: Library = np) -> Array:
        return xp.sum(_divergences(*_halves(h), xp), axis=1) / 2

    def log_ratio(self, h: Array, eps: Array, z: Array, xp: Library = np) -> Array:
        return xp.sum(eps**2 + _halves(h)[1] - z**2, axis=-1) / 2

    def __call__(self, h: Array, eps: Array, xp: Library = np) -> tuple[Array, Array]:
        mean, logvar = _halves(h)
        divergence = xp.sum(_divergences(mean, logvar, xp)) / 2
        return _sampled(mean, logvar, eps, xp), self.kl_weight * divergence / len(h)

    def pull(self, h: np.ndarray, eps: Array, dz: np.ndarray) -> np.ndarray:
        mean, logvar = _halves(h)
        std, scale = np.exp(logvar / 2), self.kl_weight / len(h)
        return np.hstack([dz + scale * mean, (dz * eps * std + scale * (std**2 - 1)) / 2])

    def push(self, h: np.ndarray, eps: Array, dh: np.ndarray) -> np.ndarray:
        dmean, dlogvar = _halves(dh)
        return dmean + np.exp(_halves(h)[1] / 2) * eps * dlogvar / 2

    def pull_tangent(
        self, h: np.ndarray, eps: Array, dh: np.ndarray, dz: np.ndarray, ddz: np.ndarray
    ) -> np.ndarray:
        (dmean, dlogvar), std = _halves(dh), np.exp(_halves(h)[1] / 2)
        scale = self.kl_weight / len(h)
        ddlogvar = (ddz * eps * std + dz * eps * std * dlogvar / 2 + scale * std**2 * dlogvar) / 2
        return np.hstack([ddz + scale * dmean, ddlogvar])


class Crossing:
    """A pass through a bottleneck at h (n, width), kept for the derivatives: a chain's `Link`."""

    def __init__(self, bottleneck: Bottleneck, h: np.ndarray, eps: Array | None) -> None:
        self._bottleneck, self.h, self._eps = bottleneck, h, eps
        self.y, self.penalty = bottleneck(h, eps)
        self._dh: Array = 0.0  # the tangent of h, after `push`

    @cached_property
    def force(self) -> np.ndarray:
        """The gradient (n, width) of the penalty in h."""
        return self._bottleneck.pull(self.h, self._eps, np.zeros(self.y.shape))

    @cached_property
    def stiffness(self) -> np.ndarray | None:
        """The diagonal (n, width) of the penalty's Hessian in h, or None if there is no penalty."""
        if not self._bottleneck.samples:
            return None
        none, ones = np.zeros(self.y.shape), np.ones_like(self.h)
        return self._bottleneck.pull_tangent(self.h, self._eps, ones, none, none)

    def pull(self, dz: np.ndarray, into: Parts, first: bool = False) -> np.ndarray:
        """Return dL/dh from dL/dz, the penalty's own gradient included."""
        return self._bottleneck.pull(self.h, self._eps, dz)

    def push(self, tangent: Parts, dh: Array = 0.0) -> np.ndarray:
        """Return the code's tangent along dh."""
        self._dh = dh
        return self._bottleneck.push(self.h, self._eps, dh)

    def pull_tangent(
        self, dz: np.ndarray, ddz: np.ndarray, into: Parts, first: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return dL/dh and its tangent from dL/dz and its tangent."""
        dh = self._bottleneck.pull(self.h, self._eps, dz)
        return dh, self._bottleneck.pull_tangent(self.h, self._eps, self._dh, dz, ddz)

    def sensitivities(self, dz: np.ndarray, into: Parts) -> np.ndarray:
        """Return dz (n, k, latent): only a loss with a point bottleneck, whose code is h, has residuals."""
        return dz

    def responses(self, dz: np.ndarray, at: slice = EVERY) -> tuple[Responses, np.ndarray]:
        """Return no layers, and k pulls of these samples without the penalty's gradient."""
        return [], dz @ self._slopes(at)

    def _slopes(self, at: slice) -> np.ndarray:
        """Return the code's Jacobian dz / dh at these samples, (n, latent, width)."""
        h, eps = self.h[at], None if self._eps is None else self._eps[at]
        units = [np.broadcast_to(unit, h.shape) for unit in np.eye(h.shape[1])]
        return np.stack([self._bottleneck.push(h, eps, unit) for unit in units], axis=2)


BOTTLENECKS: dict[str, type[Bottleneck]] = {"point": Point, "gaussian": Gaussian}


def _halves(h: Array) -> tuple[Array, Array]:
    """Split the encoder's output (n, 2 latent) into the mean and the logarithm of the variance."""
    latent = h.shape[1] // 2
    return h[:, :latent], h[:, latent:]


def _sampled(mean: Array, logvar: Array, eps: Array, xp: Library) -> Array:
    """Return codes from N(mean, var), in the noise's shape."""
    return mean + xp.exp(logvar / 2) * eps


def _divergences(mean: Array, logvar: Array, xp: Library) -> Array:
    """Return twice KL(N(mean, var) || N(0, 1)) of every unit, (n, latent)."""
    return mean**2 + xp.exp(logvar) - logvar - 1
