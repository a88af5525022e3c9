"""A chain's pass in JAX with its layers laid open, and products with its Gauss-Newton matrix.

The loss is a convex function of the chain's *heads*: the outputs that the criterion scores, and the inputs of
each bottleneck that samples, which its penalty scores. With J the heads' Jacobian and H the Hessian of that
function, J^T H J is the generalised Gauss-Newton matrix (Schraudolph, 2002).
"""

from collections.abc import Callable
from dataclasses import replace

import jax
import jax.numpy as jnp

from ...engines import Array, Library
from ...engines.contract import Parts
from ...engines.draw import Draw
from ...model.chain import Chain
from ...model.network import Network

Heads = tuple[Array, ...]  # the outputs (n, d), then each sampling bottleneck's input (n, width)
NONE: Parts = {}


def opened(
    model: Chain, parts: Parts, draw: Draw, shifts: Parts = NONE, xp: Library = jnp
) -> tuple[Heads, list[Array]]:
    """Return the heads, and the inputs (n, in) of every layer.

    `shifts` (n, out), by the name of a layer's bias, are added to each sample's sums; the derivative of a
    sample's loss in its own shift is its derivative in that layer's sums.
    """
    y, inputs, sampling = draw.x, list[Array](), list[Array]()
    for stage in model.stages:
        if isinstance(stage, Network):
            *found, y = _shifted(stage, shifts).outputs(_moved(parts, stage, shifts), y, xp)
            inputs += found
        else:
            sampling += [y] if stage.samples else []
            y, _ = stage.through(parts, y, draw.eps, xp)
    return (y, *sampling), inputs


def heads(model: Chain, parts: Parts, draw: Draw, xp: Library = jnp) -> Heads:
    """Return the heads alone."""
    return opened(model, parts, draw, xp=xp)[0]


def slopes_of(
    model: Chain, parts: Parts, draw: Draw, slopes: Callable[[Heads], Heads], xp: Library
) -> tuple[list[Array], list[Array]]:
    """Return every layer's inputs (n, in) and the derivatives in its sums (n, out), from the heads' own."""
    n, kind, sums = len(draw.x), draw.x.dtype, _sums(model)
    shifts = {bias: jnp.zeros((n, width), kind) for bias, width in sums}
    found, pull, inputs = jax.vjp(lambda shifts: opened(model, parts, draw, shifts, xp), shifts, has_aux=True)
    (pulled,) = pull(slopes(found))
    return inputs, [pulled[bias] for bias, _ in sums]


def scored(model: Chain, found: Heads, draw: Draw) -> Array:
    """Return the loss as a function of the heads."""
    out, *sampling = found
    stages = [stage for stage in model.stages if stage.samples]
    penalties = [stage.through({}, h, draw.eps, jnp)[1] for stage, h in zip(stages, sampling, strict=True)]
    return model.criterion.value(out, draw.target, jnp) + sum(penalties)


class GaussNewton:
    """The Gauss-Newton matrix at the weights `parts`, on one draw; it is linearised once."""

    def __init__(self, model: Chain, parts: Parts, draw: Draw) -> None:
        def of(parts: Parts) -> Heads:
            return heads(model, parts, draw)

        self._heads, self.push = jax.linearize(of, parts)  # J v, for v by name
        self._slope = jax.grad(lambda found: scored(model, found, draw))
        self._parts = parts

    def bend(self, v: Heads) -> Heads:
        """Return H v for v like the heads."""
        bent: Heads = jax.jvp(self._slope, (self._heads,), (v,))[1]
        return bent

    def product(self, v: Parts) -> Parts:
        """Return J^T H J v."""
        (found,) = jax.linear_transpose(self.push, self._parts)(self.bend(self.push(v)))
        return found


def dot(a: Array, b: Array) -> Array:
    """Return the inner product of two trees of arrays."""
    products = jax.tree.map(lambda a, b: jnp.vdot(a, b), a, b)
    return sum(jax.tree.leaves(products))


def plus(a: Parts, b: Parts, factor: Array = 1.0) -> Parts:
    """Return a + factor b."""
    return {name: a[name] + factor * b[name] for name in a}


def first(draw: Draw, count: int) -> Draw:
    """Return the draw's first samples."""
    return draw.at(slice(0, count))


def lowered(model: Chain) -> Callable[[Parts, Draw, Library], Array]:
    """Return (parts, draw, xp) -> the loss that is minimised."""

    def loss(parts: Parts, draw: Draw, xp: Library) -> Array:
        misfit, penalty = model.terms(parts, draw, xp)
        return misfit + penalty

    return loss


def _sums(model: Chain) -> list[tuple[str, int]]:
    """Return each layer's name of its biases, and its width."""
    return [
        (bias, width)
        for network in model.networks
        for (_, bias, _), width in zip(network.layers, network.widths[1:], strict=True)
    ]


def _shifted(network: Network, shifts: Parts) -> Network:
    """Return the network, with biases if its sums are to be shifted."""
    return replace(network, bias=True) if shifts else network


def _moved(parts: Parts, network: Network, shifts: Parts) -> Parts:
    """Return the arrays with the shifts added to the network's biases."""
    if not shifts:
        return parts
    biases = {bias: shifts[bias] + (parts[bias] if network.bias else 0.0) for _, bias, _ in network.layers}
    return {**parts, **biases}
