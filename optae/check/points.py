"""Where gradients are compared: random points at which every layer has a gradient to speak of."""

import numpy as np

from ..training.objective import Objective
from .differences import norm

SCALES = (1.0, 0.5, 0.25, 0.125)  # of the weights: large ones saturate, small ones fade in deep networks


def lively_point(f: Objective, rng: np.random.Generator) -> np.ndarray:
    """theta (size,), biases not zero: of some scales, that where the faintest tensor's gradient is strongest.

    Where a layer is saturated, its gradient is rounding, and right ones differ.
    """
    theta = rng.standard_normal(f.model.size)
    for part in f.model.layout.unpack(theta).values():
        part *= 0.3 if part.ndim == 1 else len(part) ** -0.5
    return max((scale * theta for scale in SCALES), key=lambda point: _faintest(f, point))


def _faintest(f: Objective, theta: np.ndarray) -> float:
    value, grad = f.value_and_grad(theta)
    return min(norm(grad[at]) for _, at, _ in f.model.layout.slots) / value
