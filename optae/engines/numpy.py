"""NumPy, and the derivatives that the model's author wrote by hand."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .cost import by_hand
from .slices import slices
from .threads import blas

CHUNK = 64
SLICE = 400_000
xp = np
array = np.asarray
prices = by_hand
threads = blas


def compiled(f: Callable[..., Any]) -> Callable[..., Any]:
    """As it is."""
    return f


def value(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> value."""
    return model.loss


def value_and_grad(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> (value, grad), of many data from a slice after another."""
    return partial(_by_slices, model)


def _by_slices(model: Any, theta: np.ndarray, draw: Any) -> tuple[Any, np.ndarray]:
    parts = slices(len(draw.x), draw.x.shape[1], SLICE)
    if len(parts) == 1:
        return model.value_and_grad(theta, draw)
    value, total = 0.0, np.zeros(model.size)
    for at in parts:
        part, grad = model.value_and_grad(theta, draw.at(at))
        share = (at.stop - at.start) / len(draw.x)
        value, total = value + share * part, total + share * grad
    return value, total


def hvp(model: Any) -> Callable[..., Any]:
    """(theta, v, draw) -> Hessian times v."""
    return model.hvp


def residuals(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> (n d,)."""
    return model.residuals


def jacobian(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> (n d, size)."""
    return model.jacobian


def repeat(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step` count times on one draw."""

    def run(carry: Any, draw: Any, count: int) -> tuple[Any, np.ndarray]:
        values = np.empty(count)
        for i in range(count):
            carry, values[i] = step(carry, draw)
        return carry, values

    return run


def scan(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step` along the first axis of the draws."""

    def run(carry: Any, draws: Any) -> tuple[Any, np.ndarray]:
        values = np.empty(len(draws.x))
        for i in range(len(values)):
            carry, values[i] = step(carry, draws.at(i))
        return carry, values

    return run
