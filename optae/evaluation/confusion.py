"""Classify reconstructions by a classifier that was trained on the originals."""

from dataclasses import dataclass

import numpy as np

from ..datasets import Dataset
from ..engines.streams import CONFUSION, stream
from ..model.autoencoder import Autoencoder

MOST = 20_000  # the most images that the classifier is trained on
UNITS, PASSES = 128, 15  # of the classifier: hidden units, passes over its images


@dataclass(frozen=True, eq=False)
class Confusion:
    """The classes given to images: to held-out ones if the data set has any, else to the training images."""

    classes: tuple[str, ...]
    actual: np.ndarray  # (n,), indices of classes
    originals: np.ndarray  # (n,), the classes given to the originals
    reconstructions: np.ndarray  # (n,), the classes given to the reconstructions
    data: Dataset
    y: np.ndarray  # (n, d), the reconstructions

    @property
    def matrix(self) -> np.ndarray:
        """Counts of reconstructions, (actual class, class given)."""
        counts = np.zeros((len(self.classes),) * 2, dtype=int)
        np.add.at(counts, (self.actual, self.reconstructions), 1)
        return counts

    @property
    def accuracy(self) -> tuple[float, float]:
        """The shares of originals and of reconstructions that are given their actual class."""
        originals, reconstructions = (
            (a == self.actual).mean() for a in (self.originals, self.reconstructions)
        )
        return float(originals), float(reconstructions)

    @property
    def pairs(self) -> list[tuple[int, int, int]]:
        """Confusions as (class given, actual class, count), the most frequent first."""
        counts = self.matrix * (1 - np.eye(len(self.classes), dtype=int))
        order = np.argsort(-counts, axis=None, kind="stable")
        found = ((int(i % len(counts)), int(i // len(counts))) for i in order)
        return [(p, a, int(counts[a, p])) for p, a in found if counts[a, p]]


def confusion(model: Autoencoder, theta: np.ndarray, data: Dataset, seed: int = 0) -> Confusion:
    """Train a small network of scikit-learn on the originals, and classify the reconstructions by it.

    Raises ValueError if scikit-learn is missing, or if the labels are not classes.
    """
    classes = data.classes
    if not 2 <= len(classes) <= len(data.labels) / 3:
        raise ValueError(
            f"'{data.name}' has {len(classes)} labels for {len(data.labels)} images: they are not classes"
        )
    try:
        from sklearn.neural_network import MLPClassifier
    except ImportError as error:
        raise ValueError("confusion needs scikit-learn: run pip install 'optae[sklearn]'") from error
    rng = stream(seed, CONFUSION)
    chosen, state = rng.permutation(len(data.x))[:MOST], int(rng.integers(2**32))
    judge = MLPClassifier(UNITS, max_iter=PASSES, batch_size=min(200, len(data.x)), random_state=state)
    _quietly(judge, data.x[chosen], _indices(data.labels, classes)[chosen])
    shown = data.heldout or data
    y = np.asarray(model.reconstruct(theta, shown.x))
    actual = _indices(shown.labels, classes)
    return Confusion(classes, actual, judge.predict(shown.x), judge.predict(y), shown, y)


def _indices(labels: tuple[str, ...], classes: tuple[str, ...]) -> np.ndarray:
    of = {name: i for i, name in enumerate(classes)}
    return np.array([of[label] for label in labels])


def _quietly(judge: object, x: np.ndarray, y: np.ndarray) -> None:
    """Train, and silence the expected warning that so few passes do not converge."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        judge.fit(x, y)  # type: ignore[attr-defined]
