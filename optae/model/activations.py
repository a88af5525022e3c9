"""Activations, with two derivatives as functions of their own output.

A saturated output no longer determines its derivatives: at a = 40 the logistic function rounds to 1, so 1 - y
is 0, but the slope is 4e-18. So derivatives written by hand also take the `rest`, which `kept` saves in the
forward pass. For engines that differentiate automatically, functions are written in terms of exp(-|a|), whose
derivatives stay precise. Slopes have a small relative error down to 1e-304. To add an activation, write a
frozen dataclass with three functions, and give it a line in `ACTIVATIONS`.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Protocol

import numpy as np

from ..engines import Array, Library
from ..registry import Open
from ..text import shortest
from . import own

FAR = 700.0  # clips the logistic at 1e-304, as exp overflows at 709.8, and subnormal numbers are slow
FLAT = 1e-4  # slopes below it are computed from the `rest`, as the rounded output is too coarse


class Activation(Protocol):
    """y = f(a), elementwise; a NumPy array `a` may be overwritten, which saves a copy."""

    @property
    def unit(self) -> bool:
        """Whether every output lies in [0, 1]."""

    def __call__(self, a: Array, xp: Library = np) -> Array:
        """Return f(a), for `xp` numpy, autograd.numpy or jax.numpy."""

    def kept(self, a: Array, xp: Library = np) -> tuple[Array, Array | None]:
        """Return f(a) and the rest that derivatives need in addition, or None."""
        return self(a, xp), None

    def miss(self, y: Array, rest: Array | None, target: Array, xp: Library = np) -> Array:
        """Return f(a) - target, with a small relative error even where f saturates at the target."""
        return y - target

    def pull(self, dy: np.ndarray, y: np.ndarray, rest: Array | None) -> np.ndarray:
        """Return dL/da from dL/dy, which is overwritten."""
        dy *= self.slope(y, rest)
        return dy

    def slope(self, y: Array, rest: Array | None = None) -> Array:
        """Return f'(a) from y = f(a) and the rest, if it was kept."""

    def curvature(self, y: Array, rest: Array | None = None) -> Array:
        """Return f''(a) from y = f(a) and the rest, if it was kept."""


@dataclass(frozen=True)
class Identity(Activation):
    """y = gain a."""

    gain: float = 1.0
    unit = False

    def __call__(self, a: Array, xp: Library = np) -> Array:
        if self.gain != 1.0:
            a *= self.gain
        return a

    def pull(self, dy: np.ndarray, y: np.ndarray, rest: Array | None) -> np.ndarray:
        if self.gain != 1.0:
            dy *= self.gain
        return dy

    def slope(self, y: Array, rest: Array | None = None) -> Array:
        return self.gain

    def curvature(self, y: Array, rest: Array | None = None) -> Array:
        return 0.0


@dataclass(frozen=True)
class Logistic(Activation):
    """y = 1 / (1 + exp(-gain a)), clipped at exp(FAR) so that it never overflows. The rest is 1 - y.

    Some texts write 1 / (1 + exp(-2 beta a)): `beta` stands for a gain of twice that, and is not kept.

    >>> Logistic(beta=0.8)
    Logistic(gain=1.6, beta=None)
    """

    gain: float = 1.0
    beta: float | None = None
    unit = True

    def __post_init__(self) -> None:
        if self.beta is not None:
            self._take_beta(self.beta)
        if not (isfinite(self.gain) and self.gain > 0):
            raise ValueError(f"the gain must be positive, not {self.gain:g}")

    def _take_beta(self, beta: float) -> None:
        if self.gain != Logistic.gain:
            raise ValueError(f"beta {beta:g} is a gain of {2 * beta:g}: give one of the two")
        object.__setattr__(self, "gain", 2 * beta)
        object.__setattr__(self, "beta", None)

    def __call__(self, a: Array, xp: Library = np) -> Array:
        if xp is not np:
            return self.kept(a, xp)[0]
        a *= -self.gain
        np.exp(np.minimum(a, FAR, out=a), out=a)
        a += 1.0
        return np.reciprocal(a, out=a)

    def kept(self, a: Array, xp: Library = np) -> tuple[Array, Array | None]:
        if xp is not np:
            right, s = a > 0, decay(self.gain * a, xp)
            return xp.where(right, 1.0, s) / (1 + s), xp.where(right, s, 1.0) / (1 + s)
        a *= -self.gain
        np.exp(np.minimum(a, FAR, out=a), out=a)
        y = a + 1.0
        np.reciprocal(y, out=y)
        a *= y
        return y, a

    def miss(self, y: Array, rest: Array | None, target: Array, xp: Library = np) -> Array:
        return (1 - target) * y - target * rest

    def slope(self, y: Array, rest: Array | None = None) -> Array:
        slope = (1 - y if rest is None else rest) * y
        if self.gain != 1.0:
            slope *= self.gain
        return slope

    def curvature(self, y: Array, rest: Array | None = None) -> Array:
        return self.gain * (1 - 2 * y) * self.slope(y, rest)


@dataclass(frozen=True)
class Tanh(Activation):
    """y = tanh(a). The rest is a."""

    unit = False

    def __call__(self, a: Array, xp: Library = np) -> Array:
        return np.tanh(a, out=a) if xp is np else _tanh(a, xp)

    def kept(self, a: Array, xp: Library = np) -> tuple[Array, Array | None]:
        return (np.tanh(a) if xp is np else _tanh(a, xp)), a

    def miss(self, y: Array, rest: Array, target: Array, xp: Library = np) -> Array:
        s = decay(2 * rest, xp)
        return (1 - target) * y - target * 2 * xp.where(rest > 0, s, 1.0) / (1 + s)

    def slope(self, y: Array, rest: Array | None = None) -> Array:
        slope = y * y
        np.subtract(1, slope, out=slope)
        if (
            rest is not None and slope.item(slope.argmin()) < FLAT
        ):  # on small arrays three times as fast as min
            flat = slope < FLAT
            s = np.exp(-2 * np.abs(rest[flat]))
            slope[flat] = 4 * s / (1 + s) ** 2
        return slope

    def curvature(self, y: Array, rest: Array | None = None) -> Array:
        return -2 * y * self.slope(y, rest)


@dataclass(frozen=True)
class Relu(Activation):
    """y = max(a, 0), with slope 0 at 0 on every engine."""

    unit = False

    def __call__(self, a: Array, xp: Library = np) -> Array:
        return xp.where(a > 0, a, 0.0)

    def slope(self, y: Array, rest: Array | None = None) -> Array:
        return y > 0

    def curvature(self, y: Array, rest: Array | None = None) -> Array:
        return 0.0


@dataclass(frozen=True)
class LeakyRelu(Activation):
    """y = a where a > 0, else leak a (Maas et al., 2013)."""

    leak: float = 0.01
    unit = False

    def __post_init__(self) -> None:
        if not 0 < self.leak < 1:
            raise ValueError(f"the leak must lie in (0, 1), not {shortest(self.leak)}")

    def __call__(self, a: Array, xp: Library = np) -> Array:
        return xp.where(a > 0, a, self.leak * a)

    def slope(self, y: Array, rest: Array | None = None) -> Array:
        return np.where(y > 0, 1.0, self.leak)

    def curvature(self, y: Array, rest: Array | None = None) -> Array:
        return 0.0


@dataclass(frozen=True)
class Softplus(Activation):
    """y = log(1 + exp(a)) (Dugas et al., 2001)."""

    unit = False

    def __call__(self, a: Array, xp: Library = np) -> Array:
        return np.logaddexp(a, 0.0) if xp is np else softplus(a, xp)

    def slope(self, y: Array, rest: Array | None = None) -> Array:
        return -np.expm1(-y)

    def curvature(self, y: Array, rest: Array | None = None) -> Array:
        return -np.expm1(-y) * np.exp(-y)


ACTIVATIONS: Open[type[Activation]] = Open(
    "activation",
    {
        "identity": Identity,
        "logistic": Logistic,
        "tanh": Tanh,
        "relu": Relu,
        "leaky-relu": LeakyRelu,
        "softplus": Softplus,
    },
    own.activation,
    "optae.activations",
)


def decay(a: Array, xp: Library) -> Array:
    """Return exp(-|a|), with the derivatives of exp(a) at 0."""
    return xp.exp(xp.where(a > 0, -a, a))


def softplus(a: Array, xp: Library) -> Array:
    """Return log(1 + exp(a)), for engines that differentiate automatically."""
    return xp.where(a > 0, a, 0.0) + xp.log1p(decay(a, xp))


def _tanh(a: Array, xp: Library) -> Array:
    """Return tanh(a): the library's near 0, and from exp(-2 |a|) where its derivatives round to 0."""
    near, s = xp.abs(a) < 1, decay(2 * a, xp)
    far = xp.where(a > 0, 1 - s, s - 1) / (1 + s)
    return xp.where(near, xp.tanh(xp.where(near, a, 0.0)), far)
