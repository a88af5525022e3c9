"""The engine on HIPS autograd, which records the NumPy loss on a tape."""

from collections.abc import Callable
from functools import partial

import autograd
import autograd.numpy as anp

from .arrays import Array
from .contract import Model
from .cost import taped
from .draw import Draw
from .numpy import CHUNK, SLICE, array, compiled, compiler, repeat, residuals, scan, threads, value, xp

__all__ = [
    "CHUNK", "SLICE", "array", "compiled", "compiler", "hvp", "jacobian", "name", "prices", "repeat",
    "residuals", "scan", "threads", "value", "value_and_grad", "xp",
]  # fmt: skip

name = "autograd"
prices = taped


def value_and_grad(model: Model) -> Callable[[Array, Draw], tuple[Array, Array]]:
    """Return (theta, draw) -> (value, grad), by reverse mode."""
    return autograd.value_and_grad(partial(model.loss, xp=anp))


def hvp(model: Model) -> Callable[[Array, Array, Draw], Array]:
    """Return (theta, v, draw) -> Hessian times v: the gradient of (gradient . v)."""
    product = autograd.hessian_vector_product(partial(model.loss, xp=anp))
    return lambda theta, v, draw: product(theta, draw, v)


def jacobian(model: Model) -> Callable[[Array, Draw], Array]:
    """Return (theta, draw) -> (n d, size), by one backward pass per residual."""
    return autograd.jacobian(partial(model.residuals, xp=anp))
