"""Common mistakes in a layer of backpropagation, made on purpose."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..model.activations import ACTIVATIONS, Activation, Identity, Logistic
from ..model.autoencoder import Autoencoder
from ..registry import spell

Layers = tuple["Layer", ...]
Slope = Callable[[np.ndarray, np.ndarray], np.ndarray | float]  # of sums and outputs


@dataclass(frozen=True)
class Layer:
    """A layer y = forward(a) with dy/da = slope(a, y); either may be wrong."""

    weight: str
    bias: str  # '' if there is none
    f: Activation  # the correct activation
    forward: Callable[[np.ndarray], np.ndarray]
    slope: Slope

    @property
    def name(self) -> str:
        """The layer's name, such as decoder.1."""
        return self.weight.rpartition(".")[0]


@dataclass(frozen=True)
class Mistake:
    """A mistake in words, the layer in which it is made ('' for all layers), and the resulting layers."""

    origin: str
    text: str
    layers: Layers
    samples: tuple[int | None, int | None] = (None, None)  # the range of samples that count

    def gradient(self, model: Autoencoder, theta: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return the wrong gradient (size,)."""
        return backpropagate(self.layers, model, theta, x[slice(*self.samples)])


def chain(model: Autoencoder) -> Layers:
    """Return the correct layers of encoder and decoder."""
    named = [*model.encoder_network.layers, *model.scored_network.layers]
    return tuple(
        Layer(weight, bias if model.bias else "", f, _kept(f), _slope_by_output(f))
        for weight, bias, f in named
    )


def backpropagate(layers: Layers, model: Autoencoder, theta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the gradient (size,) of the loss over x (n, d) with these layers."""
    parts, grad = model.layout.unpack(theta), np.zeros(model.size)
    into, sums, ys = model.layout.unpack(grad), [], [x]
    for layer in layers:
        a = ys[-1] @ parts[layer.weight]
        sums.append(a + parts[layer.bias] if layer.bias else a)
        ys.append(layer.forward(sums[-1]))
    dy = model.criterion.grad(ys[-1], x)
    for layer, a, below, y in reversed(list(zip(layers, sums, ys[:-1], ys[1:], strict=True))):
        delta = dy * layer.slope(a, y)
        into[layer.weight][...] = below.T @ delta
        if layer.bias:
            into[layer.bias][...] = delta.sum(axis=0)
        dy = delta @ parts[layer.weight].T
    return grad


def mistakes(model: Autoencoder, layers: Layers) -> Iterator[Mistake]:
    """Yield every possible mistake in these layers, nearest the output first."""
    for i, layer in reversed(list(enumerate(layers))):
        for text, wrong in _wrongs(layer):
            yield Mistake(layer.name, text, (*layers[:i], wrong, *layers[i + 1 :]))
    if model.criterion.logits:
        yield Mistake(
            layers[-1].name,
            "the output's slope does not belong here: with its logistic, bce has y - x at the sums",
            (*layers[:-1], replace(layers[-1], slope=_logistic_slope)),
        )
    for f in dict.fromkeys(layer.f for layer in layers):
        for cut in (_cut_outputs, _cut_both):
            all_cut = tuple(cut(layer) if layer.f == f else layer for layer in layers)
            yield Mistake("", f"outputs of every {_word(f)} layer {CUT}", all_cut)
    for word, one in (("last", (-1, None)), ("first", (0, 1))):
        yield Mistake("", f"only the {word} sample counts: = in a loop where += belongs?", layers, one)


def _kept(f: Activation) -> Callable[[np.ndarray], np.ndarray]:
    """Apply f to a copy, as an activation may work in place."""
    return lambda a: f(a.copy())


def _slope_by_output(f: Activation) -> Slope:
    return lambda a, y: f.slope(y)


CUT = "cut to whole numbers: np.vectorize takes the type of its first result"


def _wrongs(layer: Layer) -> Iterator[tuple[str, Layer]]:
    """Yield the mistakes of one layer, each with the resulting layer."""
    f, slope, word = layer.f, layer.slope, _word(layer.f)
    if f != Identity():
        yield f"the slope of {word} is left out", replace(layer, slope=lambda a, y: 1.0)
        yield (
            f"the slope of {word} is multiplied in twice",
            replace(layer, slope=lambda a, y: slope(a, y) ** 2),
        )
    if not isinstance(f, Identity):
        yield (
            "the slope is taken at the outputs y, not at the sums a",
            replace(layer, slope=lambda a, y: slope(y, _kept(f)(y))),
        )
        yield (
            "the slope's formula is in outputs y, and given the sums a",
            replace(layer, slope=lambda a, y: slope(a, a)),
        )
        yield f"the slope of {word} is {CUT}", replace(layer, slope=lambda a, y: np.trunc(slope(a, y)))
        yield f"outputs {CUT}", _cut_outputs(layer)
        yield f"outputs {CUT}", _cut_both(layer)
    if isinstance(f, Identity | Logistic) and (gain := f.gain) != 1:
        yield (
            f"the gain {gain:g} is missing from the slope",
            replace(layer, slope=lambda a, y: slope(a, y) / gain),
        )


def _cut_outputs(layer: Layer) -> Layer:
    """Cut the outputs to whole numbers; take the slope at the uncut ones."""
    f = _kept(layer.f)
    return replace(layer, forward=lambda a: np.trunc(f(a)), slope=lambda a, y: layer.f.slope(f(a)))


def _cut_both(layer: Layer) -> Layer:
    """Cut the outputs to whole numbers, and take the slope there."""
    f = _kept(layer.f)
    return replace(layer, forward=lambda a: np.trunc(f(a)), slope=lambda a, y: layer.f.slope(y))


def _logistic_slope(a: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the logistic's slope at the logits y, which bce from logits already contains."""
    p = 0.5 + 0.5 * np.tanh(0.5 * y)
    return p * (1 - p)


def _word(f: Activation) -> str:
    return spell(f, ACTIVATIONS)
