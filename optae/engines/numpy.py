"""The engine on NumPy, with the model's hand-written derivatives."""

from collections.abc import Callable
from functools import partial

import numpy as np

from .arrays import Array, Tree
from .contract import Compiler, Model, Repeat, Scan, Step
from .cost import by_hand
from .draw import Draw
from .slices import slices
from .threads import blas

name = "numpy"
CHUNK = 64
SLICE = 400_000
xp = np
array = np.asarray
prices = by_hand
threads = blas
compiler: Compiler | None = None


def compiled(f: Callable[..., Tree]) -> Callable[..., Tree]:
    """Return the function as it is."""
    return f


def value(model: Model) -> Callable[[Array, Draw], Array]:
    """Return (theta, draw) -> value."""
    return model.loss


def value_and_grad(model: Model) -> Callable[[Array, Draw], tuple[Array, Array]]:
    """Return (theta, draw) -> (value, gradient), which evaluates large data slice by slice."""
    return partial(_by_slices, model)


def hvp(model: Model) -> Callable[[Array, Array, Draw], Array]:
    """Return (theta, v, draw) -> Hessian times v, which takes large data slice by slice."""
    return partial(_product_by_slices, model)


def residuals(model: Model) -> Callable[[Array, Draw], Array]:
    """Return (theta, draw) -> (n d,)."""
    return model.residuals


def jacobian(model: Model) -> Callable[[Array, Draw], Array]:
    """Return (theta, draw) -> (n d, size)."""
    return model.jacobian


def repeat(step: Step) -> Repeat:
    """Return a loop that takes `step` count times on one draw."""

    def run(carry: Tree, draw: Draw, count: int) -> tuple[Tree, np.ndarray]:
        values = np.empty(count)
        for i in range(count):
            carry, values[i] = step(carry, draw)
        return carry, values

    return run


def scan(step: Step) -> Scan:
    """Return a loop that takes one step for each entry of the draws' first axis."""

    def run(carry: Tree, draws: Draw) -> tuple[Tree, np.ndarray]:
        values = np.empty(len(draws.x))
        for i in range(len(values)):
            carry, values[i] = step(carry, draws.at(i))
        return carry, values

    return run


def _by_slices(model: Model, theta: np.ndarray, draw: Draw) -> tuple[float, np.ndarray]:
    parts = slices(len(draw.x), draw.x.shape[1], SLICE)
    if len(parts) == 1:
        return model.value_and_grad(theta, draw)
    value, total = 0.0, np.zeros(model.size)
    for at in parts:
        part, grad = model.value_and_grad(theta, draw.at(at))
        share = (at.stop - at.start) / len(draw.x)
        value, total = value + share * part, total + share * grad
    return value, total


def _product_by_slices(model: Model, theta: np.ndarray, v: np.ndarray, draw: Draw) -> Array:
    parts = slices(len(draw.x), draw.x.shape[1], SLICE)
    if len(parts) == 1:
        return model.hvp(theta, v, draw)
    total = np.zeros(model.size)
    for at in parts:
        total += (at.stop - at.start) / len(draw.x) * model.hvp(theta, v, draw.at(at))
    return total
