"""Losses between outputs and targets, one number for a batch, with two derivatives in the output.

Each states its reduction. To add one, write a class with these functions, and give it a line in `LOSSES`.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..engines import Array, Library
from ..registry import Open
from . import own
from .activations import FAR, decay, softplus
from .curvature import Factor, diagonal


class Criterion(Protocol):
    """loss = sum over samples and pixels of c(out, target)."""

    @property
    def logits(self) -> bool:
        """Whether `out` is the logit of the output instead of the output."""

    @property
    def direct(self) -> bool:
        """Whether it takes `out` and `target` themselves; else it may get their difference, and 0."""
        return self.logits

    @property
    def per_sample(self) -> bool:
        """Whether it sums over a sample's pixels, as a likelihood does."""

    @property
    def reduction(self) -> str:
        """The formula, with its sums and averages."""

    def value(self, out: Array, target: Array, xp: Library = np) -> Array:
        """Return the loss of outputs (n, d) and targets (n, d), a scalar."""

    def each(self, out: Array, target: Array, xp: Library = np) -> Array:
        """Return each sample's loss (n,); their mean is `value`."""

    def grad(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return d value / d out, (n, d)."""

    def curvature(self, out: np.ndarray, target: np.ndarray) -> np.ndarray | float:
        """Return the diagonal of the Hessian, (n, d) or one number."""

    def bend(self, out: np.ndarray, target: Array, v: np.ndarray) -> np.ndarray:
        """Return the Hessian times v, (n, d); here it is diagonal."""
        return self.curvature(out, target) * v

    def factor(self, out: np.ndarray, target: np.ndarray, floor: float) -> Factor:
        """Return a factor of the Hessian, in which saturated outputs count as curved by `floor`."""
        return diagonal(np.broadcast_to(self.curvature(out, target), out.shape), floor)

    def residual_reason(self, target: np.ndarray) -> str | None:
        """Return why there are no `residuals` for these targets, or None if there are."""
        return None

    def residuals(self, out: Array, target: Array, xp: Library = np) -> Array:
        """Return residuals (n, d); half their sum of squares is `value`."""

    def residual_slope(self, out: np.ndarray, target: np.ndarray) -> np.ndarray | float:
        """Return d residuals / d out, elementwise: (n, d) or one number."""


@dataclass(frozen=True)
class SquaredError(Criterion):
    """A multiple of the sum of (out - target)^2."""

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
        """Return twice the factor of the sum."""
        return 2 / (out.shape[0] * out.shape[1]) if self.per_pixel else 1 / out.shape[0]

    def value(self, out: Array, target: Array, xp: Library = np) -> Array:
        miss = (out - target).reshape(-1)
        return 0.5 * self._scale(out) * (miss @ miss)

    def each(self, out: Array, target: Array, xp: Library = np) -> Array:
        return 0.5 * self._scale(out) * len(out) * xp.sum((out - target) ** 2, axis=1)

    def grad(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        grad = out - target
        grad *= self._scale(out)
        return grad

    def curvature(self, out: np.ndarray, target: np.ndarray) -> float:
        return self._scale(out)

    def residuals(self, out: Array, target: Array, xp: Library = np) -> Array:
        return self._scale(out) ** 0.5 * (out - target)

    def residual_slope(self, out: np.ndarray, target: np.ndarray) -> float:
        return self._scale(out) ** 0.5


@dataclass(frozen=True)
class CrossEntropy(Criterion):
    """-log p(target | logits) for independent pixels, in nats, computed from logits without clipping."""

    logits = True
    per_sample = True
    reduction = "mean over samples of the sum over pixels of -t log y - (1 - t) log(1 - y), nats per sample"

    def value(self, out: Array, target: Array, xp: Library = np) -> Array:
        return xp.sum(self._surprise(out, target, xp)) / len(out)

    def each(self, out: Array, target: Array, xp: Library = np) -> Array:
        return xp.sum(self._surprise(out, target, xp), axis=1)

    def _surprise(self, out: Array, target: Array, xp: Library) -> Array:
        """Return c = max(out, 0) - target out + log(1 + exp(-|out|)), precise for saturated logits too."""
        if xp is not np:
            return xp.where(out > 0, 1 - target, -target) * out + xp.log1p(decay(out, xp))
        surprise, rising = np.abs(out), np.maximum(out, 0.0)
        np.negative(surprise, out=surprise)
        np.log1p(np.exp(surprise, out=surprise), out=surprise)
        rising -= target * out
        surprise += rising
        return surprise

    def grad(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return logistic(out) - t = ((1 - t) e - t) / (1 + e), e = exp(out), with a small relative error."""
        e = np.exp(np.minimum(out, FAR))
        grad = 1 - target
        grad *= e
        grad -= target
        e += 1.0
        grad /= e
        grad /= len(out)
        return grad

    def curvature(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        return 0.25 / np.cosh(np.clip(0.5 * out, -0.5 * FAR, 0.5 * FAR)) ** 2 / len(out)

    def residual_reason(self, target: np.ndarray) -> str | None:
        if np.isin(target, (0, 1)).all():
            return None
        return "has residuals only for targets of 0 and 1; use half_sse or mse"

    def residuals(self, out: Array, target: Array, xp: Library = np) -> Array:
        """Return sqrt(2 c / n), for targets 0 and 1 only, where the least c is 0."""
        surprise = _softplus(xp.maximum((1 - 2 * target) * out, -FAR), xp)
        return xp.sqrt(2 * surprise / len(out))

    def residual_slope(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        sign = 1 - 2 * target
        surprise = _softplus(np.maximum(sign * out, -FAR), np)
        slope = sign * -np.expm1(-surprise) / np.sqrt(2 * surprise * len(out))
        return np.where(sign * out > -FAR, slope, 0.0)


def _softplus(a: Array, xp: Library) -> Array:
    """Return log(1 + exp(a)), four times as fast as NumPy's logaddexp, which is a scalar loop."""
    return np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a))) if xp is np else softplus(a, xp)


LOSSES: Open[Criterion] = Open(
    "loss",
    {
        "half_sse": SquaredError(per_pixel=False),
        "mse": SquaredError(per_pixel=True),
        "bce": CrossEntropy(),
    },
    own.loss,
    "optae.losses",
)
