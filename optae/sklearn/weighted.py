"""Models whose samples have weights: the last column of their targets.

So a weight goes wherever its sample goes, into batches and slices, and no method needs to know of it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..engines import Array, Library
from ..engines.contract import Noise
from ..engines.draw import Draw
from ..evaluation.metrics import measure
from ..model.autoencoder import Autoencoder
from ..model.chain import Chain
from ..model.criterion import Criterion
from ..model.curvature import Factor
from ..model.mlp import MLP
from ..model.stage import EVERY
from ..training.problem import Problem


@dataclass(frozen=True)
class Weighted(Criterion):
    """The mean over samples of the weight times the loss of a sample; targets are (n, k + 1)."""

    plain: Criterion
    direct = True

    @property
    def logits(self) -> bool:
        return self.plain.logits

    @property
    def per_sample(self) -> bool:
        return self.plain.per_sample

    @property
    def classes(self) -> bool:
        return self.plain.classes

    @property
    def reduction(self) -> str:
        return f"{self.plain.reduction}, each sample times its weight"

    def predicted(self, out: Array, xp: Library = np) -> Array:
        return self.plain.predicted(out, xp)

    def value(self, out: Array, target: Array, xp: Library = np) -> Array:
        return xp.sum(self.each(out, target, xp)) / len(out)

    def each(self, out: Array, target: Array, xp: Library = np) -> Array:
        return target[:, -1] * self.plain.each(out, target[:, :-1], xp)

    def grad(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        return target[:, -1:] * self.plain.grad(out, target[:, :-1])

    def curvature(self, out: np.ndarray, target: np.ndarray) -> np.ndarray | float:
        return target[:, -1:] * self.plain.curvature(out, target[:, :-1])

    def bend(self, out: np.ndarray, target: Array, v: np.ndarray) -> np.ndarray:
        return target[:, -1:] * self.plain.bend(out, target[:, :-1], v)

    def factor(self, out: np.ndarray, target: np.ndarray, floor: float) -> Factor:
        return Scaled(self.plain.factor(out, target[:, :-1], floor), np.sqrt(target[:, -1:]))

    def residual_reason(self, target: np.ndarray) -> str | None:
        return self.plain.residual_reason(target[:, :-1])

    def residuals(self, out: Array, target: Array, xp: Library = np) -> Array:
        return xp.sqrt(target[:, -1:]) * self.plain.residuals(out, target[:, :-1], xp)

    def residual_slope(self, out: np.ndarray, target: np.ndarray) -> np.ndarray | float:
        return np.sqrt(target[:, -1:]) * self.plain.residual_slope(out, target[:, :-1])


@dataclass(frozen=True)
class Scaled:
    """A factor times the root of each sample's weight."""

    plain: Factor
    roots: np.ndarray  # (n, 1), positive

    @property
    def diagonal(self) -> bool:
        return self.plain.diagonal

    def push(self, v: np.ndarray) -> np.ndarray:
        return self.roots * self.plain.push(v)

    def pull(self, v: np.ndarray) -> np.ndarray:
        return self.roots * self.plain.pull(v)

    def solve(self, grad: Array) -> np.ndarray:
        return self.plain.solve(grad) / self.roots

    def rows(self, at: slice = EVERY) -> np.ndarray:
        return self.roots[at][:, :, None] * self.plain.rows(at)


class _WithWeights(Chain):
    """A model that takes targets (n, k + 1), whose last column is the weights."""

    @cached_property
    def criterion(self) -> Criterion:
        return Weighted(super().criterion)


class WeightedMLP(_WithWeights, MLP):
    """A network that predicts, of samples with weights."""

    def checked(self, x: npt.ArrayLike, y: npt.ArrayLike | None = None) -> tuple[np.ndarray, np.ndarray]:
        goals = np.asarray(y, dtype=float)
        x, plain = super().checked(x, goals[:, :-1])
        return x, np.hstack([plain, goals[:, -1:]])

    def draw(self, x: Array, rng: Noise, y: Array | None = None) -> Draw:
        """Return the input and the target, of which the last column, the weights, is not standardised."""
        x = self.standard_x.apply(x) if self.standard_x else x
        if y is None or self.standard_y is None:
            return Draw(x, y, None)
        mean, deviation = (*self.standard_y.mean, 0.0), (*self.standard_y.deviation, 1.0)
        return Draw(x, (y - np.asarray(mean, y.dtype)) / np.asarray(deviation, y.dtype), None)


class WeightedAutoencoder(_WithWeights, Autoencoder):
    """An autoencoder of samples with weights: its targets are the samples, and their weights."""

    def checked(self, x: npt.ArrayLike, y: npt.ArrayLike | None = None) -> tuple[np.ndarray, np.ndarray]:
        x, _ = super().checked(x)
        return x, np.asarray(y, dtype=float)


class WeightedProblem(Problem):
    """A problem whose targets carry weights, which metrics leave out."""

    def measure(self, theta: np.ndarray) -> dict[str, float]:
        """Return every metric at theta (size,)."""
        plain = None if self.y is None else self.y[:, :-1]
        return measure(self.model, theta, self.x, plain)


def weighted(model: Chain) -> Chain:
    """Return the model for targets that carry weights. Raises ValueError for one whose loss takes none."""
    if isinstance(model, Autoencoder):
        if model.bottleneck.samples:
            raise ValueError("sample weights are not for a sampled bottleneck: leave them or it out")
        return WeightedAutoencoder.of(model.words)
    return WeightedMLP.of(model.words)
