"""Samples with weights: equal ones become one, so that a weight of 2 is the same as giving a sample twice."""

from hashlib import blake2b

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import _check_sample_weight

Samples = tuple[np.ndarray, np.ndarray, np.ndarray | None]


def checked_weights(weights: npt.ArrayLike | None, x: np.ndarray) -> np.ndarray | None:
    """Return the weights (n,) of samples x (n, d), if there are any. Raises ValueError for negative ones."""
    if weights is None:
        return None
    found: np.ndarray = _check_sample_weight(weights, x, dtype=float)
    if not (found.min() >= 0 and found.max() > 0):
        raise ValueError("sample weights must not be negative, and one must be positive")
    return found


def merged(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Samples:
    """Return x (n, d), targets y (n, k) and weights (n,) with equal samples as one, of their common weight.

    Samples of weight 0 are left out. Weights are returned with mean 1, or as None if all are equal. Distinct
    samples without weights are returned as they are; others come in an order that follows from their content.
    """
    keys = _keys(np.hstack([x, y]))
    if weights is None and len({*keys}) == len(keys):
        return x, y, None
    total, place = dict.fromkeys(keys, 0.0), dict[bytes, int]()
    for i, key in enumerate(keys):
        total[key] += 1.0 if weights is None else float(weights[i])
        place.setdefault(key, i)
    kept = sorted(key for key, weight in total.items() if weight)
    at, common = [place[key] for key in kept], np.array([total[key] for key in kept])
    plain = bool(np.all(common == common[:1]))
    return x[at], y[at], None if plain else common / common.mean()


def _keys(rows: np.ndarray) -> list[bytes]:
    """Return a digest of each row."""
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in rows]
