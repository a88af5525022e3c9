"""A chain's derivatives, written by hand in NumPy, each after one forward pass of all stages."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..engines import Array
from ..engines.contract import Parts
from ..engines.draw import Draw
from .network import Sweep
from .stage import Link

if TYPE_CHECKING:
    from .chain import Chain

ROUNDED = 1e-7  # squared errors below it are dominated by the rounding of outputs near their targets


def links(model: "Chain", parts: Parts, draw: Draw) -> tuple[*tuple[Link, ...], Sweep]:
    """Return every stage's pass at the draw, from the first to the last, which is a network's."""
    y, found = draw.x, []
    for stage in model.stages[:-1]:
        found.append(stage.sweep(parts, y, draw.eps))
        y = found[-1].y
    return *found, model.networks[-1].sweep(parts, y)


def value_and_grad(model: "Chain", theta: np.ndarray, draw: Draw) -> tuple[float, np.ndarray]:
    """Return the loss and its gradient (size,): a forward pass, then the pullbacks in reverse."""
    parts, grad = model.layout.unpack(theta), np.empty(model.size)
    into = model.layout.unpack(grad)
    passes = links(model, parts, draw)
    scored = _scored(model, passes[-1], draw.target)
    dy = model.criterion.grad(*scored)
    for link in passes[:0:-1]:
        dy = link.pull(dy, into)
    passes[0].pull(dy, into, first=True)
    value = model.criterion.value(passes[-1].y, draw.target)
    if value < ROUNDED:
        value = model.criterion.value(*scored)
    if model.l2:
        grad += model.l2 * theta
    return value + model.decay(parts) + _penalty(passes), grad


def hvp(model: "Chain", theta: np.ndarray, v: np.ndarray, draw: Draw) -> np.ndarray:
    """Return the loss's Hessian at theta times v, (size,) (Pearlmutter, 1994)."""
    parts, tangent, product = model.layout.unpack(theta), model.layout.unpack(v), np.empty(model.size)
    into = model.layout.unpack(product)
    passes = links(model, parts, draw)
    dout: Array = 0.0
    for link in passes:
        dout = link.push(tangent, dout)
    scored = _scored(model, passes[-1], draw.target)
    dy, ddy = model.criterion.grad(*scored), model.criterion.bend(*scored, dout)
    for link in passes[:0:-1]:
        dy, ddy = link.pull_tangent(dy, ddy, into)
    passes[0].pull_tangent(dy, ddy, into, first=True)
    return product + model.l2 * v if model.l2 else product


def gauss_newton_product(model: "Chain", theta: np.ndarray, v: np.ndarray, draw: Draw) -> np.ndarray:
    """Return the generalised Gauss-Newton matrix J^T H J at theta times v, (size,) (Schraudolph, 2002).

    H is the Hessian of the criterion in the outputs; a bottleneck's penalty counts in the same way, and L2
    adds its own Hessian.
    """
    parts, tangent, product = model.layout.unpack(theta), model.layout.unpack(v), np.empty(model.size)
    into = model.layout.unpack(product)
    passes = links(model, parts, draw)
    entering: list[Array] = [0.0]
    for link in passes:
        entering.append(link.push(tangent, entering[-1]))
    dy = model.criterion.bend(*_scored(model, passes[-1], draw.target), entering[-1])
    for i, link in reversed([*enumerate(passes)]):
        dy = link.pull(dy, into, first=i == 0) - link.force
        if link.stiffness is not None:
            dy += link.stiffness * entering[i]
    return product + model.l2 * v if model.l2 else product


def jacobian(model: "Chain", theta: np.ndarray, draw: Draw) -> np.ndarray:
    """Return d residuals / d theta, (n d, size): each output of each sample is pulled back by itself.

    With L2 the rows sqrt(l2) I follow.
    """
    parts, n, d = model.layout.unpack(theta), len(draw.x), model.widths[-1]
    rows = np.empty((n, d, model.size))
    into = {name: rows[:, :, at].reshape(n, d, *shape) for name, at, shape in model.layout.slots}
    passes = links(model, parts, draw)
    slope = np.broadcast_to(model.criterion.residual_slope(passes[-1].y, draw.target), (n, d))
    dy = slope[:, :, None] * np.eye(d)
    for link in reversed(passes):
        dy = link.sensitivities(dy, into)
    found = rows.reshape(n * d, model.size)
    return np.vstack([found, model.l2**0.5 * np.eye(model.size)]) if model.l2 else found


def _penalty(passes: Iterable[Link]) -> float:
    """Return what the stages add to the loss by themselves."""
    total = 0.0
    for link in passes:
        total += link.penalty
    return total


def _scored(model: "Chain", last: Sweep, target: np.ndarray) -> tuple[np.ndarray, Array]:
    """Return the criterion's two arguments: logits and targets, or the outputs' `misses` and 0."""
    return (last.y, target) if model.criterion.direct else (last.misses(target), 0.0)
