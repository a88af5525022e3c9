"""An autoencoder's derivatives, written by hand in NumPy, each after one forward pass of both networks."""

from typing import TYPE_CHECKING

import numpy as np

from ..engines import Array
from ..engines.draw import Draw
from .network import Sweep

if TYPE_CHECKING:
    from .autoencoder import Autoencoder

ROUNDED = 1e-7  # squared errors below it are dominated by the rounding of outputs near their targets


def value_and_grad(model: "Autoencoder", theta: np.ndarray, draw: Draw) -> tuple[float, np.ndarray]:
    """Return the loss and its gradient (size,): a forward pass, then the pullbacks in reverse."""
    parts, grad = model.layout.unpack(theta), np.empty(model.size)
    into = model.layout.unpack(grad)
    encode = Sweep(model.encoder_network, parts, draw.x)
    z, penalty = model.bottleneck(encode.y, draw.eps)
    decode = Sweep(model.scored_network, parts, z)
    scored = _scored(model, decode, draw.target)
    dz = decode.pull(model.criterion.grad(*scored), into)
    encode.pull(model.bottleneck.pull(encode.y, draw.eps, dz), into, first=True)
    value = model.criterion.value(decode.y, draw.target)
    if value < ROUNDED:
        value = model.criterion.value(*scored)
    return value + penalty, grad


def hvp(model: "Autoencoder", theta: np.ndarray, v: np.ndarray, draw: Draw) -> np.ndarray:
    """Return the loss's Hessian at theta times v, (size,) (Pearlmutter, 1994)."""
    parts, tangent, product = model.layout.unpack(theta), model.layout.unpack(v), np.empty(model.size)
    into = model.layout.unpack(product)
    encode = Sweep(model.encoder_network, parts, draw.x)
    decode = Sweep(model.scored_network, parts, model.bottleneck(encode.y, draw.eps)[0])
    dh = encode.push(tangent)
    dout = decode.push(tangent, model.bottleneck.push(encode.y, draw.eps, dh))
    scored = _scored(model, decode, draw.target)
    dy, ddy = model.criterion.grad(*scored), model.criterion.curvature(*scored) * dout
    dz, ddz = decode.pull_tangent(dy, ddy, into)
    dy, ddy = (
        model.bottleneck.pull(encode.y, draw.eps, dz),
        model.bottleneck.pull_tangent(encode.y, draw.eps, dh, dz, ddz),
    )
    encode.pull_tangent(dy, ddy, into, first=True)
    return product


def jacobian(model: "Autoencoder", theta: np.ndarray, draw: Draw) -> np.ndarray:
    """Return d residuals / d theta, (n d, size): each output of each sample is pulled back by itself."""
    parts, (n, d) = model.layout.unpack(theta), draw.target.shape
    rows = np.empty((n, d, model.size))
    into = {name: rows[:, :, at].reshape(n, d, *shape) for name, at, shape in model.layout.slots}
    encode = Sweep(model.encoder_network, parts, draw.x)
    decode = Sweep(model.scored_network, parts, encode.y)
    slope = np.broadcast_to(model.criterion.residual_slope(decode.y, draw.target), (n, d))
    encode.sensitivities(decode.sensitivities(slope[:, :, None] * np.eye(d), into), into)
    return rows.reshape(n * d, model.size)


def _scored(model: "Autoencoder", decode: Sweep, target: np.ndarray) -> tuple[np.ndarray, Array]:
    """Return the criterion's two arguments: logits and targets, or the outputs' `misses` and 0."""
    return (decode.y, target) if model.criterion.logits else (decode.misses(target), 0.0)
