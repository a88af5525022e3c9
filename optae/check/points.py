"""Random points for comparing gradients, at which every layer has a clear gradient."""

import numpy as np

from ..training.objective import Objective
from .differences import norm

SCALES = (1.0, 0.5, 0.25, 0.125)  # scales of theta: large ones saturate, small ones fade in deep networks
BIAS = 0.3  # standard deviation of biases, which are not 0 as at a start and do not saturate a layer


def lively_point(f: Objective, rng: np.random.Generator) -> np.ndarray:
    """Return a random theta (size,) whose biases are not zero.

    Its scale is the one at which the smallest gradient of a tensor is largest, because in a saturated layer
    the gradient is rounding error and correct gradients differ.
    """
    theta = rng.standard_normal(f.model.size)
    for part in f.model.layout.unpack(theta).values():
        part *= _deviation(part)
    return max((scale * theta for scale in SCALES), key=lambda point: _faintest(f, point))


def _deviation(part: np.ndarray) -> float:
    """Return the standard deviation for a tensor's numbers; for weights it keeps a layer's sums near 1."""
    return BIAS if part.ndim == 1 else float(len(part) ** -0.5)


def _faintest(f: Objective, theta: np.ndarray) -> float:
    """Return the smallest norm of a tensor's gradient, relative to the value."""
    value, grad = f.value_and_grad(theta)
    return min(norm(grad[at]) for _, at, _ in f.model.layout.slots) / value
