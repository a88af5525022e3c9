"""Losses between outputs and targets, one number for a batch, with two derivatives in the output.

Each states its reduction. To add one, write a class with these functions, and give it a line in `LOSSES`.
"""

from dataclasses import dataclass

import numpy as np

from ..engines import Array, Library
from ..engines.contract import Noise
from ..registry import Open
from ..text import shortest
from . import own
from .activations import FAR, Logistic, decay, softplus
from .criterion import Criterion as Criterion
from .criterion import Likelihood as Likelihood
from .curvature import Factor, Simplex

SUMS_TO_ONE = 1e-6  # how far a row of class probabilities may be from the sum 1


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

    def sampled(self, out: Array, rng: Noise, xp: Library = np) -> Array:
        """Return targets from the Gaussian whose -log p is each sample's loss."""
        return out + rng.standard_normal(out.shape) / (self._scale(out) * len(out)) ** 0.5


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

    def predicted(self, out: Array, xp: Library = np) -> Array:
        """Return the probabilities logistic(out)."""
        return Logistic()(1.0 * out, xp)

    def refuses(self, target: np.ndarray) -> str | None:
        if target.min() < 0 or target.max() > 1:
            least, most = (shortest(float(end)) for end in (target.min(), target.max()))
            return f"targets of bce range over [{least}, {most}]: scale them to [0, 1]"
        return None

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

    def sampled(self, out: Array, rng: Noise, xp: Library = np) -> Array:
        """Return pixels of 0 and 1, each 1 with its predicted probability."""
        return xp.where(rng.random(out.shape) < self.predicted(out, xp), 1.0, 0.0).astype(out.dtype)


@dataclass(frozen=True)
class SoftmaxEntropy(Criterion):
    """-log p(target | logits) for one of d classes, in nats; targets are rows of probabilities."""

    logits = True
    per_sample = True
    classes = True
    reduction = (
        "mean over samples of the sum over classes of -t log y, y the softmax of logits, nats per sample"
    )

    def value(self, out: Array, target: Array, xp: Library = np) -> Array:
        return xp.sum(self._surprise(out, target, xp)) / len(out)

    def each(self, out: Array, target: Array, xp: Library = np) -> Array:
        return xp.sum(self._surprise(out, target, xp), axis=1)

    def predicted(self, out: Array, xp: Library = np) -> Array:
        """Return the probabilities of the classes, the softmax of `out`."""
        powers, _, rest = _powers(out, xp)
        return powers / (1 + rest)

    def refuses(self, target: np.ndarray) -> str | None:
        if target.min() < 0 or np.abs(target.sum(axis=1) - 1).max() > SUMS_TO_ONE:
            return "targets of cross_entropy are classes: give whole numbers (n,), or rows that sum to 1"
        return None

    def residual_reason(self, target: np.ndarray) -> str | None:
        return "is not a sum of squared residuals: use lm, which needs none"

    def _surprise(self, out: Array, target: Array, xp: Library) -> Array:
        """Return t (log sum exp(out) - out), (n, d), precise where one class is almost certain too."""
        _, gaps, rest = _powers(out, xp)
        return target * (xp.log1p(rest) - gaps)

    def grad(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return (softmax(out) - t) / n, with a small relative error for targets of 0 and 1."""
        powers, others, rest = self._split(out)
        return ((1 - target) * powers - target * others) / ((1 + rest) * len(out))

    def curvature(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return p (1 - p) / n; the Hessian has entries beside its diagonal too, which `bend` knows."""
        powers, others, rest = self._split(out)
        return powers * others / ((1 + rest) ** 2 * len(out))

    def bend(self, out: np.ndarray, target: Array, v: np.ndarray) -> np.ndarray:
        """Return (p v - p p.v) / n."""
        p = self.predicted(out)
        apart = v - np.take_along_axis(v, out.argmax(axis=1)[:, None], axis=1)  # exact where p is almost 1
        return p * (apart - np.sum(p * apart, axis=1, keepdims=True)) / len(out)

    def factor(self, out: np.ndarray, target: np.ndarray, floor: float) -> Factor:
        return Simplex.of(self.predicted(out), floor)

    def sampled(self, out: Array, rng: Noise, xp: Library = np) -> Array:
        """Return rows with one 1, at a class drawn with its predicted probability."""
        below = xp.cumsum(self.predicted(out, xp), axis=1)
        taken = xp.sum(below[:, :-1] < rng.random((len(out), 1)), axis=1)
        return (taken[:, None] == np.arange(out.shape[1])).astype(out.dtype)

    def _split(self, out: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return exp(out) and the sum of the other classes' (n, d), with `rest`, all over the largest."""
        powers, _, rest = _powers(out, np)
        return powers, (1 - powers) + rest, rest


def _powers(out: Array, xp: Library) -> tuple[Array, Array, Array]:
    """Return exp(gaps), the gaps out - max(out), both (n, d), and the sum of exp(gaps) but for one 1, (n, 1).

    A derivative with respect to the largest output comes through the other gaps alone, so it stays precise.
    """
    first = xp.argmax(out, axis=1)[:, None] == np.arange(out.shape[1])
    top = xp.sum(xp.where(first, out, 0.0), axis=1, keepdims=True)
    gaps = xp.where(first, 0.0, out - top)
    powers = xp.exp(gaps)
    return powers, gaps, xp.sum(xp.where(first, 0.0, powers), axis=1, keepdims=True)


def _softplus(a: Array, xp: Library) -> Array:
    """Return log(1 + exp(a)), four times as fast as NumPy's logaddexp, which is a scalar loop."""
    return np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a))) if xp is np else softplus(a, xp)


LOSSES: Open[Criterion] = Open(
    "loss",
    {
        "half_sse": SquaredError(per_pixel=False),
        "mse": SquaredError(per_pixel=True),
        "bce": CrossEntropy(),
        "cross_entropy": SoftmaxEntropy(),
    },
    own.loss,
    "optae.losses",
)
