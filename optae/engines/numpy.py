"""NumPy, and the derivatives that the model's author wrote by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..threads import blas

CHUNK = 64
xp = np
array = np.asarray
threads = blas


def compiled(f: Callable[..., Any]) -> Callable[..., Any]:
    """As it is."""
    return f


def value(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> value."""
    return model.loss


def value_and_grad(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> (value, grad)."""
    return model.value_and_grad


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
