"""Measure predictions of targets: errors of numbers, and the share of right classes.

The definitions are those of scikit-learn's root_mean_squared_error, r2_score and accuracy_score.
"""

import numpy as np

RIGHT = 0.5  # a probability above it says yes


def of_numbers(found: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return rmse and r2 of predictions (n, k) of numbers y (n, k), averaged over the k outputs."""
    errors, spread = np.square(y - found).mean(axis=0), y.var(axis=0)
    return {"rmse": float(np.sqrt(errors).mean()), "r2": float(_explained(errors, spread).mean())}


def of_classes(found: np.ndarray, y: np.ndarray, exclusive: bool) -> dict[str, float]:
    """Return the share of samples all of whose classes are right, of probabilities (n, k) and targets (n, k).

    If classes are `exclusive`, the most probable one counts, else every one above `RIGHT`.
    """
    if exclusive:
        right = found.argmax(axis=1) == y.argmax(axis=1)
    else:
        right = ((found > RIGHT) == (y > RIGHT)).all(axis=1)
    return {"accuracy": float(right.mean())}


def _explained(errors: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return 1 - errors / spread; for targets that do not vary 1 where there is no error, else 0."""
    varies = spread > 0
    return np.where(varies, 1 - errors / np.where(varies, spread, 1.0), errors == 0)
