"""How far outputs are from their targets: one number for a batch, with two derivatives in the output.

Each says its reduction. To add one: a class with these functions, and a line of `LOSSES`.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .layout import Array


class Criterion(Protocol):
    """loss = sum over samples and pixels of c(out, target)."""

    @property
    def logits(self) -> bool:
        """Whether `out` is the logit of the output, rather than the output."""

    @property
    def per_sample(self) -> bool:
        """Whether it sums over a sample's pixels, as a likelihood does."""

    @property
    def reduction(self) -> str:
        """Over what it is summed, and over what averaged."""

    def value(self, out: Array, target: Array, xp: Any = np) -> Array:
        """Scalar, of (n, d) and (n, d)."""

    def each(self, out: Array, target: Array, xp: Any = np) -> Array:
        """Every sample's own (n,), whose mean is `value`."""

    def grad(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        """d value / d out, (n, d)."""

    def curvature(self, out: np.ndarray, target: np.ndarray) -> Any:
        """The Hessian's diagonal, which is all of it: (n, d), or one number."""

    def residuals(self, out: Array, target: Array, xp: Any = np) -> Array:
        """(n, d), half of whose sum of squares is `value`."""

    def residual_slope(self, out: np.ndarray, target: np.ndarray) -> Any:
        """d residuals / d out, elementwise: (n, d), or one number."""


@dataclass(frozen=True)
class SquaredError:
    """A multiple of sum (out - target)^2."""

    per_pixel: bool
    logits = False

    @property
    def per_sample(self) -> bool:
        return not self.per_pixel

    @property
    def reduction(self) -> str:
        if self.per_pixel:
            return "mean over samples and pixels of (t - y)^2"
        return "mean over samples of 1/2 the sum over pixels of (t - y)^2"

    def _scale(self, out: Array) -> float:
        """Twice the factor before the sum."""
        return 2 / (out.shape[0] * out.shape[1]) if self.per_pixel else 1 / out.shape[0]

    def value(self, out: Array, target: Array, xp: Any = np) -> Array:
        miss = (out - target).reshape(-1)
        return 0.5 * self._scale(out) * (miss @ miss)

    def each(self, out: Array, target: Array, xp: Any = np) -> Array:
        return 0.5 * self._scale(out) * len(out) * xp.sum((out - target) ** 2, axis=1)

    def grad(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        return self._scale(out) * (out - target)

    def curvature(self, out: np.ndarray, target: np.ndarray) -> float:
        return self._scale(out)

    def residuals(self, out: Array, target: Array, xp: Any = np) -> Array:
        return self._scale(out) ** 0.5 * (out - target)

    def residual_slope(self, out: np.ndarray, target: np.ndarray) -> float:
        return self._scale(out) ** 0.5


@dataclass(frozen=True)
class CrossEntropy:
    """-log p(target | logits) of independent pixels, in nats; from logits, never from a clipped logarithm."""

    logits = True
    per_sample = True
    reduction = "mean over samples of the sum over pixels of -t log y - (1 - t) log(1 - y), nats per sample"

    def value(self, out: Array, target: Array, xp: Any = np) -> Array:
        return (xp.sum(_softplus(out, xp)) - xp.dot(xp.ravel(target), xp.ravel(out))) / len(out)

    def each(self, out: Array, target: Array, xp: Any = np) -> Array:
        return xp.sum(_softplus(out, xp) - target * out, axis=1)

    def grad(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        return (_logistic(out) - target) / len(out)

    def curvature(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        return 0.25 / np.cosh(np.clip(0.5 * out, -350, 350)) ** 2 / len(out)

    def residuals(self, out: Array, target: Array, xp: Any = np) -> Array:
        """sqrt(2 c / n): only for targets 0 and 1, where the least c is 0."""
        surprise = _softplus(xp.maximum((1 - 2 * target) * out, _FLOOR), xp)
        return xp.sqrt(2 * surprise / len(out))

    def residual_slope(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        sign = 1 - 2 * target
        surprise = _softplus(np.maximum(sign * out, _FLOOR), np)
        slope = sign * -np.expm1(-surprise) / np.sqrt(2 * surprise * len(out))
        return np.where(sign * out > _FLOOR, slope, 0.0)


_FLOOR = -700.0  # exp of less is no longer a normal number


def _softplus(a: Array, xp: Any) -> Array:
    """log(1 + exp(a)). NumPy's own logaddexp is a scalar loop, four times slower; its log1p is not."""
    return np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a))) if xp is np else xp.logaddexp(a, 0.0)


def _logistic(a: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * a)


LOSSES: dict[str, Criterion] = {
    "half_sse": SquaredError(per_pixel=False),
    "mse": SquaredError(per_pixel=True),
    "bce": CrossEntropy(),
}
