"""The contract of a loss between outputs and targets, with what follows where outputs do not act together."""

from typing import Protocol, runtime_checkable

import numpy as np

from ..engines import Array, Library
from ..engines.contract import Noise
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
    def classes(self) -> bool:
        """Whether the outputs of a sample are the logits of classes, exactly one of which is right."""
        return False

    def predicted(self, out: Array, xp: Library = np) -> Array:
        """Return the prediction (n, d) that belongs to outputs (n, d)."""
        return out

    def refuses(self, target: np.ndarray) -> str | None:
        """Return why targets (n, d) of finite numbers do not fit, or None if they do."""
        return None

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
        """Return residuals (n, d); half their sum of squares is `value`. Raises ValueError if it has none."""
        raise ValueError("this loss has no residuals")

    def residual_slope(self, out: np.ndarray, target: np.ndarray) -> np.ndarray | float:
        """Return d residuals / d out, elementwise: (n, d) or one number. Raises ValueError if it has none."""
        raise ValueError("this loss has no residuals")


@runtime_checkable
class Likelihood(Protocol):
    """A criterion that is, up to a constant, the mean over samples of -log p(target | out)."""

    def sampled(self, out: Array, rng: Noise, xp: Library = np) -> Array:
        """Return targets (n, d) drawn from p at outputs (n, d)."""
