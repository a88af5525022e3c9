"""Measure the metrics of `definitions` for a model, whatever loss it was trained by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import xlog1py, xlogy

from ..engines.slices import slices
from ..model.activations import Logistic
from ..model.autoencoder import Autoencoder
from ..model.chain import Chain
from ..model.losses import LOSSES
from ..model.mlp import MLP
from ..plugins import is_own
from ..registry import lookup
from ..text import quoted
from .definitions import METRICS as METRICS
from .definitions import PIXELS
from .definitions import larger_is_better as larger_is_better
from .own import OwnMetric, among, flags, versioned
from .predictions import of_classes, of_numbers

INK = 0.5  # a pixel above it is black


def measure(
    model: Chain,
    theta: np.ndarray,
    x: np.ndarray,
    y: np.ndarray | None = None,
    own: Sequence[OwnMetric] = (),
) -> dict[str, float]:
    """Return every metric of a model at theta (size,) on x (n, d), and on the targets y (n, k) of an MLP.

    Large data are evaluated slice by slice. `own` are further metrics of one's own.
    """
    parts = slices(len(x), x.shape[1])
    if isinstance(model, Autoencoder):
        found, y = _of_reconstructions(model, theta, x, parts), x
        outputs = [model.reconstruct(theta, x[at]) for at in parts] if own else []
    elif isinstance(model, MLP) and y is not None:
        outputs = [model.predict(theta, x[at]) for at in parts]
        found = _of_predictions(model, np.concatenate(outputs), y)
    else:
        raise ValueError("predictions are measured against targets: give `y`")
    return found | {metric.word: metric(np.concatenate(outputs), y) for metric in own}


def names(model: Chain, heldout: bool = False) -> tuple[str, ...]:
    """Return the names of the metrics that a model has, and of those on held-out targets if there are any."""
    if isinstance(model, Autoencoder):
        return tuple(PIXELS)
    own = ("accuracy",) if model.criterion.logits else ("rmse", "r2")
    return (*own, *(f"heldout_{name}" for name in own if heldout))


def _of_predictions(model: MLP, found: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return every metric of predictions (n, k) of the targets y (n, k)."""
    if model.criterion.logits:
        return of_classes(found, y, model.criterion.classes)
    return of_numbers(found, y)


def _of_reconstructions(
    model: Autoencoder, theta: np.ndarray, x: np.ndarray, parts: list[slice]
) -> dict[str, float]:
    """Return every metric of the reconstructions of x (n, d)."""
    squares, entropies, wrongs = zip(*(_measure(model, theta, x[at]) for at in parts), strict=True)
    shares = [(at.stop - at.start) / len(x) for at in parts]
    half_sse, errors = float(np.dot(shares, squares)), np.concatenate(wrongs)
    return {
        "half_sse": half_sse,
        "mse": 2 * half_sse / x.shape[1],
        "squared_error": 2 * half_sse,
        "bce": float(np.dot(shares, entropies)),
        "max_pixel_error": int(errors.max()),
        "exact": int((errors == 0).sum()),
        "within_one": int((errors <= 1).sum()),
    }


def _measure(model: Autoencoder, theta: np.ndarray, x: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Return half_sse, bce, and the wrong pixels of each sample."""
    y, entropy = _scored(model, theta, x)
    return float(LOSSES["half_sse"].value(y, x)), entropy, wrong_pixels(y, x)


def _scored(model: Autoencoder, theta: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the outputs and their bce, in one pass: from logits if the output is logistic.

    Other outputs have a bce where they lie in [0, 1], and nan elsewhere.
    """
    if network := model.logit_network:
        logits = network.forward(model.layout.unpack(theta), model.encode(theta, x))
        entropy = float(LOSSES["bce"].value(logits, x))
        return Logistic()(logits), entropy
    y = model.reconstruct(theta, x)
    if not (np.isfinite(y).all() and y.min() >= 0 and y.max() <= 1):
        return y, float("nan")
    return y, float(-(xlogy(x, y) + xlog1py(1 - x, -y)).sum() / len(x))


def wrong_mask(y: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return which pixels are wrong: ink in place of paper, or paper in place of ink."""
    return (y > INK) != (target > INK)


def wrong_pixels(y: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the number of wrong pixels of each sample, (n,)."""
    return wrong_mask(y, target).sum(axis=1)


@dataclass(frozen=True)
class Target:
    """A goal: the trained loss, or one of `METRICS`, at `value` or better.

    >>> Target.parse("0.127039"), Target.parse("max_pixel_error=0")
    (Target(value=0.127039, metric='loss'), Target(value=0.0, metric='max_pixel_error'))
    """

    value: float
    metric: str = "loss"

    def __post_init__(self) -> None:
        if not isinstance(self.value, int | float | np.number):
            raise ValueError(
                f"target {self.value!r}: give a number first, as in Target(0, 'max_pixel_error')"
            )
        if not is_own(str(self.metric)):
            lookup("target metric", str(self.metric), dict.fromkeys(("loss", *METRICS)))
        else:
            flags(self.metric)
        if self.value != self.value:
            raise ValueError(f"target '{self.value}' is not a number that can be reached")

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read `0.1` or `metric=0.1`. Raises ValueError for anything else."""
        metric, equals, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            remedy = "give a number, or a metric as in max_pixel_error=0"
            raise ValueError(f"target {quoted(text)}: {remedy}") from None
        return cls(value, metric if equals else "loss")

    def among(self, known: Sequence[str]) -> "Target":
        """Return the target with the full word of one's own metric, one of the known. Raises ValueError."""
        return replace(self, metric=among(self.metric, known))

    def versioned(self) -> "Target":
        """Return the target with the full word of one's own metric, whose file is run as code."""
        return replace(self, metric=versioned(self.metric))

    def met(self, value: float) -> bool:
        """Return whether a measured value reaches the goal."""
        return value >= self.value if larger_is_better(self.metric) else value <= self.value
