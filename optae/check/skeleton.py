"""Write the file to start homework from: it unpacks and runs the network, and its gradient is zero."""

import shlex
from dataclasses import dataclass

from ..datasets.dataset import Dataset, quoted
from ..model.activations import ACTIVATIONS, Activation
from ..model.autoencoder import Autoencoder
from ..registry import spell
from .grades import check_noiseless

FORMULAS = {
    "identity": "{a}",
    "logistic": "1 / (1 + np.exp(-{a}))",
    "tanh": "np.tanh({a})",
    "relu": "np.maximum({a}, 0.0)",
    "leaky-relu": "np.where({a} > 0, {a}, {f.leak!r} * {a})",
    "softplus": "np.logaddexp({a}, 0.0)",
    "identity:": "{f.gain!r} * {a}",
    "logistic:": "1 / (1 + np.exp(-{f.gain!r} * {a}))",
}
LOSSES = {
    "half_sse": "1/n sum over samples of 1/2 sum over pixels of (y - x)^2",
    "mse": "1/(n d) sum over samples and pixels of (y - x)^2",
    "bce": "1/n sum over samples of sum over pixels of -x log y - (1 - x) log(1 - y)",
}


@dataclass(frozen=True)
class _Layer:
    """One layer as text: its number, its names in the layout, and y = f(a)."""

    k: int
    name: str
    f: Activation
    slots: tuple[tuple[str, slice, tuple[int, ...]], ...]  # weight, and bias if any

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(f"{letter}{self.k}" for letter, _ in zip("Wb", self.slots, strict=False))

    def unpack(self) -> list[str]:
        """`W1 = theta[0:525].reshape(35, 15)  # encoder.0.weight`"""
        lines = []
        for symbol, (name, at, shape) in zip(self.symbols, self.slots, strict=True):
            reshape = f".reshape{shape}" if len(shape) > 1 else ""
            lines.append(f"{symbol} = theta[{at.start}:{at.stop}]{reshape}  # {name} {shape}")
        return lines

    def forwards(self) -> list[str]:
        bias = f" + b{self.k}" if len(self.slots) > 1 else ""
        output = self.slots[0][2][1]
        return [
            f"a{self.k} = y{self.k - 1} @ W{self.k}{bias}  # {self.name}, (n, {output})",
            f"y{self.k} = {formula(self.f, f'a{self.k}')}",
        ]

    def backwards(self) -> list[str]:
        return [f"d{symbol} = np.zeros_like({symbol})" for symbol in self.symbols]


def template(model: Autoencoder, dataset: Dataset) -> str:
    """Return a Python file whose `gradient(theta, x)` runs for this model, with zeros to be replaced.

    Raises ValueError for a model with noise.
    """
    check_noiseless(model)
    layers = _layers(model)
    body = [line for layer in layers for line in layer.unpack()]
    body += ["", "# Forwards.", "n, d = x.shape", "y0 = x"]
    body += [line for layer in layers for line in layer.forwards()]
    body += ["", *BACKWARDS]
    body += [line for layer in reversed(layers) for line in layer.backwards()]
    pieces = ", ".join(f"d{s}.ravel()" if s[0] == "W" else f"d{s}" for layer in layers for s in layer.symbols)
    body += ["", f"return np.concatenate([{pieces}])"]
    text = "\n".join("    " + line if line else "" for line in body)
    return f"{_head(model, dataset)}\n{text}\n"


BACKWARDS = (
    "# Backwards, from the output, with delta_k = dL/da_k (n, outputs of layer k), f' the slope of layer k:",
    "#     delta_k = dL/dy_k * f'(a_k)        dL/dy_k of the last layer comes from the loss",
    "#     dW_k    = y_(k-1)' delta_k",
    "#     db_k    = sum over the samples of delta_k",
    "#     dL/dy_(k-1) = delta_k W_k'",
    "# Write them here, in place of the zeros.",
)


def formula(f: Activation, a: str) -> str:
    """Write f(a) in NumPy.

    >>> from optae.model.activations import Logistic, Tanh
    >>> formula(Tanh(), "a1"), formula(Logistic(1.6), "a2")
    ('np.tanh(a1)', '1 / (1 + np.exp(-1.6 * a2))')
    """
    name, colon, _ = spell(f, ACTIVATIONS).partition(":")
    text = FORMULAS.get(name + colon) or FORMULAS.get(name) or "optae.model.activations.{f!r}({a}.copy())"
    return text.format(f=f, a=a)


def _layers(model: Autoencoder) -> list[_Layer]:
    named = [*model.encoder_network.layers, *model.decoder_network.layers]
    slots = {slot[0]: slot for slot in model.layout.slots}
    return [
        _Layer(
            k, weight.rpartition(".")[0], f, tuple(slots[name] for name in (weight, bias) if name in slots)
        )
        for k, (weight, bias, f) in enumerate(named, start=1)
    ]


def _head(model: Autoencoder, dataset: Dataset) -> str:
    widths = "-".join(map(str, model.widths))
    loss = LOSSES.get(model.loss_name, model.loss_name)
    return f'''"""The gradient of an autoencoder {widths}, to be written by hand."""

# Fill in `gradient`, save this file as mine.py, and see which layer is right:
#
#     {_command(model, dataset)}
#
# x (n, {model.widths[0]}) holds n samples in [0, 1]; theta ({model.size},) holds all parameters below.
# Layer k: sums a_k = y_(k-1) W_k + b_k, outputs y_k = f(a_k), with y_0 = x; y is the last layer's output.
# Loss: L = {loss}.

import numpy as np{_imports(model)}


def gradient(theta, x):
    """dL/dtheta, ({model.size},)."""'''


def _imports(model: Autoencoder) -> str:
    texts = [formula(f, "a") for f in (model.encoder, model.latent, model.decoder, model.output)]
    return "\n\nimport optae" if any("optae." in text for text in texts) else ""


def _command(model: Autoencoder, dataset: Dataset) -> str:
    words = model.words
    flags = [f"--{key} {words[key]}" for key in ("encoder", "latent", "decoder", "output", "loss")]
    name = shlex.quote(dataset.name) if dataset.name.isprintable() else quoted(dataset.name)
    arch = ",".join(map(str, model.widths))
    bias = "" if model.bias else " --no-bias"
    return f"optae check --gradient mine.py --dataset {name} --arch {arch} {' '.join(flags)}{bias}"
