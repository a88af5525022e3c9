"""A trained network as blocks of plain steps, which is all that a format of another library needs to write.

A step is dense (a product with a matrix), scaled (by numbers, or by columns) or a function of one number. So
a format knows six functions, and neither activations with parameters nor bottlenecks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..model.activations import ACTIVATIONS, Activation, Identity, LeakyRelu, Logistic, Relu, Softplus, Tanh
from ..model.autoencoder import Autoencoder
from ..model.bottlenecks import BOTTLENECKS, Gaussian, Point
from ..model.chain import Chain
from ..model.mlp import MLP
from ..model.network import Network
from ..registry import lookup, spell


@dataclass(frozen=True, eq=False)
class Dense:
    """y = x weight + bias."""

    name: str  # such as encoder.0
    weight: np.ndarray  # (in, out)
    bias: np.ndarray | None  # (out,)


@dataclass(frozen=True, eq=False)
class Scale:
    """y = factor x + shift, of every column alike or of each its own."""

    factor: np.ndarray  # () or (d,)
    shift: np.ndarray  # () or (d,)


@dataclass(frozen=True)
class Function:
    """An elementwise function by name; softmax is one of each row."""

    name: str  # a name of `FUNCTIONS`
    leak: float = 0.0  # the slope of leaky-relu below 0


Step = Dense | Scale | Function
FUNCTIONS = ("logistic", "tanh", "relu", "leaky-relu", "softplus", "softmax")
PARTS = ("whole", "encoder", "decoder")


@dataclass(frozen=True)
class Block:
    """Steps under one name; the next block reads the first half of the output if that is in `halves`."""

    name: str  # encoder, decoder or network
    steps: tuple[Step, ...]
    inputs: int
    outputs: int
    halves: bool = False  # whether the output is a mean beside the logarithm of a variance


STEPS: dict[type, Callable[[Any], tuple[Step, ...]]] = {
    Identity: lambda f: _gain(f.gain),
    Logistic: lambda f: (*_gain(f.gain), Function("logistic")),
    Tanh: lambda f: (Function("tanh"),),
    Relu: lambda f: (Function("relu"),),
    LeakyRelu: lambda f: (Function("leaky-relu", f.leak),),
    Softplus: lambda f: (Function("softplus"),),
}


def blocks(model: Chain, theta: np.ndarray, part: str = "whole") -> tuple[Block, ...]:
    """Return the blocks of a network, or of a part of it. Raises ValueError for what no format can write."""
    lookup("part", part, dict.fromkeys(PARTS))
    arrays = model.layout.unpack(np.asarray(theta, dtype=float))
    if isinstance(model, Autoencoder):
        halves = _halves(model)
        encoder = _block(model.encoder_network, arrays, halves=halves)
        decoder = _block(model.decoder_network, arrays)
        return {"whole": (encoder, decoder), "encoder": (encoder,), "decoder": (decoder,)}[part]
    if not isinstance(model, MLP):
        raise ValueError(f"a {type(model).__name__} cannot be exported: give an autoencoder or an mlp")
    if part != "whole":
        raise ValueError(f"`part` {part}: a network that predicts has no {part}, leave it out")
    return (_predicting(model, arrays),)


def _predicting(model: MLP, arrays: dict[str, np.ndarray]) -> Block:
    """Return the network with its standards and with predictions at its end."""
    before, after = model.standard_x, model.standard_y
    first = (_standardised(before.mean, before.deviation),) if before else ()
    last: tuple[Step, ...] = (Scale(np.array(after.deviation), np.array(after.mean)),) if after else ()
    inner = _block(model.network, arrays)
    if model.criterion.logits:
        last = (Function("softmax" if model.criterion.classes else "logistic"),)
    return Block(inner.name, (*first, *inner.steps, *last), inner.inputs, inner.outputs)


def _standardised(mean: tuple[float, ...], deviation: tuple[float, ...]) -> Scale:
    return Scale(1 / np.array(deviation), -np.array(mean) / np.array(deviation))


def _block(network: Network, arrays: dict[str, np.ndarray], halves: bool = False) -> Block:
    """Return the layers of a network, each a product and its activation."""
    steps: list[Step] = []
    for weight, bias, activation in network.layers:
        steps.append(Dense(weight.removesuffix(".weight"), arrays[weight], arrays.get(bias)))
        steps += _steps(activation)
    return Block(network.name, tuple(steps), network.widths[0], network.widths[-1], halves)


def _steps(activation: Activation) -> tuple[Step, ...]:
    """Return the steps of an activation. Raises ValueError for one of the user's own."""
    known = STEPS.get(type(activation))
    if known is None:
        word = spell(activation, ACTIVATIONS)
        raise ValueError(f"activation '{word}' has no formula in other libraries: it cannot be exported")
    return known(activation)


def _gain(gain: float) -> tuple[Step, ...]:
    return () if gain == 1 else (Scale(np.array(gain), np.array(0.0)),)


def _halves(model: Autoencoder) -> bool:
    """Return whether the encoder gives a mean and a variance. Raises ValueError for another bottleneck."""
    if type(model.bottleneck) not in (Point, Gaussian):
        word = spell(model.bottleneck, BOTTLENECKS)
        raise ValueError(f"bottleneck '{word}' has no formula in other libraries: it cannot be exported")
    return isinstance(model.bottleneck, Gaussian)
