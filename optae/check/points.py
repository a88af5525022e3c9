"""Points at which gradients are compared: random ones where every layer has a clear gradient."""

import numpy as np

from ..training.objective import Objective
from .differences import norm

SCALES = (1.0, 0.5, 0.25, 0.125)  # of all numbers: large ones saturate, small ones fade in deep networks
BIAS = 0.3  # standard deviation of biases: not zero, as at a start, and too small to saturate a layer


def lively_point(f: Objective, rng: np.random.Generator) -> np.ndarray:
    """Return a random theta (size,) whose biases are not zero.

    Of several scales it has the one at which the faintest tensor's gradient is strongest: in a saturated
    layer the gradient is rounding error, and correct gradients differ.
    """
    theta = rng.standard_normal(f.model.size)
    for part in f.model.layout.unpack(theta).values():
        part *= _deviation(part)
    return max((scale * theta for scale in SCALES), key=lambda point: _faintest(f, point))


def _deviation(part: np.ndarray) -> float:
    """The standard deviation of a tensor's numbers; that of weights keeps the sums of a layer near 1."""
    return BIAS if part.ndim == 1 else float(len(part) ** -0.5)


def _faintest(f: Objective, theta: np.ndarray) -> float:
    """The least norm of a tensor's gradient, relative to the value."""
    value, grad = f.value_and_grad(theta)
    return min(norm(grad[at]) for _, at, _ in f.model.layout.slots) / value
