"""HIPS autograd: the NumPy loss, taped."""

from collections.abc import Callable
from functools import partial
from typing import Any

import autograd
import autograd.numpy as anp

from .cost import taped
from .numpy import CHUNK, SLICE, array, compiled, repeat, residuals, scan, threads, value, xp

__all__ = [
    "CHUNK", "SLICE", "array", "compiled", "hvp", "jacobian", "prices", "repeat", "residuals", "scan",
    "threads", "value", "value_and_grad", "xp",
]  # fmt: skip

prices = taped


def value_and_grad(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> (value, grad), by reverse mode."""
    return autograd.value_and_grad(partial(model.loss, xp=anp))


def hvp(model: Any) -> Callable[..., Any]:
    """(theta, v, draw) -> Hessian times v: the gradient of (gradient . v)."""
    product = autograd.hessian_vector_product(partial(model.loss, xp=anp))
    return lambda theta, v, draw: product(theta, draw, v)


def jacobian(model: Any) -> Callable[..., Any]:
    """(theta, draw) -> (n d, size), a backward pass per residual."""
    return autograd.jacobian(partial(model.residuals, xp=anp))
