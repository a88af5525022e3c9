"""Standardised columns: each less its mean, divided by its standard deviation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..engines import Array


@dataclass(frozen=True)
class Standard:
    """The means and deviations of d columns, as plain numbers, so that equal ones are equal and hash.

    >>> Standard.of(np.array([[1.0, 5.0], [3.0, 5.0]]))
    Standard(mean=(2.0, 5.0), deviation=(1.0, 1.0))
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]  # positive; 1 for a column that does not vary

    @classmethod
    def of(cls, x: np.ndarray, weights: np.ndarray | None = None) -> "Standard":
        """Return those of the columns of x (n, d), of samples with weights (n,) if they have any."""
        mean = np.average(x, axis=0, weights=weights)
        deviation = (
            x.std(axis=0) if weights is None else np.average((x - mean) ** 2, axis=0, weights=weights) ** 0.5
        )
        return cls(tuple(mean.tolist()), tuple(np.where(deviation > 0, deviation, 1.0).tolist()))

    @classmethod
    def parse(cls, words: "Standard | Mapping[str, Sequence[float]] | None") -> "Standard | None":
        """Return the standard that has these `words`, or the given one."""
        if words is None or isinstance(words, Standard):
            return words
        return cls(tuple(map(float, words["mean"])), tuple(map(float, words["deviation"])))

    @property
    def words(self) -> dict[str, list[float]]:
        """The numbers as JSON holds them."""
        return {"mean": list(self.mean), "deviation": list(self.deviation)}

    def apply(self, x: Array) -> Array:
        """Return the standardised x (n, d), in its own precision."""
        return (x - np.asarray(self.mean, x.dtype)) / np.asarray(self.deviation, x.dtype)

    def undo(self, z: Array) -> Array:
        """Return the x (n, d) whose standardised values are z."""
        return z * np.asarray(self.deviation, z.dtype) + np.asarray(self.mean, z.dtype)
