"""Initial weights and biases of networks, drawn from one random generator.

To add one, write a function of (rng, layers) that fills the layers' arrays, whose biases are zeros, and give
it a line in `INITS`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..engines.contract import Parts
from .activations import Activation, Logistic
from .network import Network

INPUTS = 15  # of a unit in a sparse start


class Layer(NamedTuple):
    """The arrays to fill of a layer y = activation(x weight + bias)."""

    weight: np.ndarray  # (in, out)
    bias: np.ndarray | None  # (out,)
    activation: Activation


def layers_of(parts: Parts, *networks: Network) -> list[Layer]:
    """Return the networks' layers, one network after the other."""
    return [
        Layer(parts[weight], parts.get(bias), activation)
        for network in networks
        for weight, bias, activation in network.layers
    ]


Init = Callable[[np.random.Generator, Sequence[Layer]], None]  # layers from the first to the last


def _each(draw: Callable[..., np.ndarray], rng: np.random.Generator, layers: Sequence[Layer]) -> None:
    """Fill the weights layer by layer with `draw` of their shape."""
    for layer in layers:
        layer.weight[...] = draw(rng, *layer.weight.shape)


def _uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
    """Return weights from U(-1, 1)."""
    return rng.uniform(-1, 1, (fan_in, fan_out))


def _glorot(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
    """Return weights from U(-b, b), b = sqrt(6 / (in + out)) (Glorot & Bengio, 2010), also called Xavier."""
    bound = (6 / (fan_in + fan_out)) ** 0.5
    return rng.uniform(-bound, bound, (fan_in, fan_out))


def _he(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
    """Return weights from N(0, 2 / in) (He et al., 2015)."""
    return (2 / fan_in) ** 0.5 * rng.standard_normal((fan_in, fan_out))


def _sparse(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
    """Return weights of which each unit has 15 from N(0, 1), and else zeros (Martens, 2010)."""
    many = min(INPUTS, fan_in)
    chosen = rng.random((fan_in, fan_out)).argpartition(many - 1, axis=0)[:many]
    weights = np.zeros((fan_in, fan_out))
    np.put_along_axis(weights, chosen, rng.standard_normal((many, fan_out)), axis=0)
    return weights


def _torch(rng: np.random.Generator, layers: Sequence[Layer]) -> None:
    """Fill weights and biases from U(-b, b), b = 1 / sqrt(in), as PyTorch's linear layers start.

    So started the networks of Goldfarb, Ren & Bahamou (2020).
    """
    for layer in layers:
        bound = len(layer.weight) ** -0.5
        layer.weight[...] = rng.uniform(-bound, bound, layer.weight.shape)
        if layer.bias is not None:
            layer.bias[...] = rng.uniform(-bound, bound, layer.bias.shape)


def _centred(rng: np.random.Generator, layers: Sequence[Layer]) -> None:
    """Fill the layers so that the network equals a tanh network with Glorot weights below the output.

    As logistic(gain a) = (1 + tanh(gain a / 2)) / 2, a hidden logistic layer's weights are scaled by 2 /
    gain. A layer above one reads 2 y - 1, so its weights are doubled and half their sum is subtracted from
    the bias. Plain starts saturate a deep logistic network, whose outputs are never negative (LeCun et al.,
    1998).
    """
    _each(_glorot, rng, layers)
    for layer in layers[:-1]:
        if isinstance(layer.activation, Logistic):
            layer.weight[...] *= 2 / layer.activation.gain
    for below, layer in pairwise(layers):
        if isinstance(below.activation, Logistic) and layer.bias is not None:
            layer.weight[...] *= 2
            layer.bias[...] = -layer.weight.sum(axis=0) / 2


def _auto(rng: np.random.Generator, layers: Sequence[Layer]) -> None:
    """Fill the layers as `centred` does if they have biases, else as `glorot` does."""
    biased = all(layer.bias is not None for layer in layers)
    start = _centred if biased else partial(_each, _glorot)
    start(rng, layers)


INITS: dict[str, Init] = {
    "auto": _auto,  # centred, or glorot without biases
    "uniform": partial(_each, _uniform),
    "glorot": partial(_each, _glorot),
    "he": partial(_each, _he),
    "torch": _torch,
    "sparse": partial(_each, _sparse),
    "centred": _centred,
}
