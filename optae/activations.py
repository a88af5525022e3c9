"""What a layer does to its sums, with two derivatives in terms of the layer's own output.

To add one: a frozen dataclass with three functions, and a line of `ACTIVATIONS`.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol

import numpy as np

from .layout import Array

FAR = 500.0  # where NumPy's logistic stops: exp overflows beyond 709


class Activation(Protocol):
    """y = f(a), elementwise. The caller gives `a` away: NumPy's is overwritten where that saves a copy."""

    @property
    def unit(self) -> bool:
        """Whether every output lies in [0, 1]."""

    def __call__(self, a: Array, xp: Any = np) -> Array:
        """f(a), for `xp` numpy, autograd.numpy or jax.numpy."""

    def slope(self, y: Array) -> Array:
        """f'(a) as a function of y = f(a)."""

    def curvature(self, y: Array) -> Array:
        """f''(a) as a function of y = f(a)."""


@dataclass(frozen=True)
class Identity:
    """y = gain a."""

    gain: float = 1.0
    unit = False

    def __call__(self, a: Array, xp: Any = np) -> Array:
        if self.gain != 1.0:
            a *= self.gain
        return a

    def slope(self, y: Array) -> Array:
        return self.gain

    def curvature(self, y: Array) -> Array:
        return 0.0


@dataclass(frozen=True)
class Logistic:
    """y = 1 / (1 + exp(-gain a)), which no weight overflows: NumPy's stops at exp(FAR)."""

    gain: float = 1.0
    unit = True

    def __post_init__(self) -> None:
        if not (isfinite(self.gain) and self.gain > 0):
            raise ValueError(f"the gain must be positive, not {self.gain:g}")

    def __call__(self, a: Array, xp: Any = np) -> Array:
        if xp is not np:
            return 0.5 + 0.5 * xp.tanh(0.5 * self.gain * a)
        a *= -self.gain
        np.exp(np.minimum(a, FAR, out=a), out=a)
        a += 1.0
        return np.reciprocal(a, out=a)

    def slope(self, y: Array) -> Array:
        slope = 1 - y
        slope *= y
        slope *= self.gain
        return slope

    def curvature(self, y: Array) -> Array:
        return self.gain * (1 - 2 * y) * self.slope(y)


@dataclass(frozen=True)
class Tanh:
    """y = tanh(a)."""

    unit = False

    def __call__(self, a: Array, xp: Any = np) -> Array:
        return np.tanh(a, out=a) if xp is np else xp.tanh(a)

    def slope(self, y: Array) -> Array:
        slope = y * y
        return np.subtract(1, slope, out=slope)

    def curvature(self, y: Array) -> Array:
        return -2 * y * (1 - y * y)


@dataclass(frozen=True)
class Relu:
    """y = max(a, 0), with slope 0 at 0 on every engine."""

    unit = False

    def __call__(self, a: Array, xp: Any = np) -> Array:
        return xp.where(a > 0, a, 0.0)

    def slope(self, y: Array) -> Array:
        return y > 0

    def curvature(self, y: Array) -> Array:
        return 0.0


@dataclass(frozen=True)
class LeakyRelu:
    """y = a where a > 0, else leak a (Maas et al., 2013)."""

    leak: float = 0.01
    unit = False

    def __post_init__(self) -> None:
        if not 0 < self.leak < 1:
            raise ValueError(f"the leak must lie in (0, 1), not {self.leak:g}")

    def __call__(self, a: Array, xp: Any = np) -> Array:
        return xp.where(a > 0, a, self.leak * a)

    def slope(self, y: Array) -> Array:
        return np.where(y > 0, 1.0, self.leak)

    def curvature(self, y: Array) -> Array:
        return 0.0


@dataclass(frozen=True)
class Softplus:
    """y = log(1 + exp(a)) (Dugas et al., 2001)."""

    unit = False

    def __call__(self, a: Array, xp: Any = np) -> Array:
        return xp.logaddexp(a, 0.0)

    def slope(self, y: Array) -> Array:
        return -np.expm1(-y)

    def curvature(self, y: Array) -> Array:
        return -np.expm1(-y) * np.exp(-y)


ACTIVATIONS: dict[str, type] = {
    "identity": Identity,
    "logistic": Logistic,
    "tanh": Tanh,
    "relu": Relu,
    "leaky-relu": LeakyRelu,
    "softplus": Softplus,
}
