"""Autoencoders as pure functions of a flat vector.

All the randomness is in the draw and none in the loss. So one frozen draw is an objective for
scipy.optimize, a stream of fresh draws is a stochastic problem for Adam, and the loss is the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..engines import Array
from ..registry import lookup, parse, spell
from ..streams import START, stream
from .activations import ACTIVATIONS, Activation, Identity, Logistic
from .bottlenecks import BOTTLENECKS, Bottleneck, Point
from .corruptions import Corruption, check_pixels, spelled
from .corruptions import corruption as corruption_of
from .initializers import INITS, layers_of
from .layout import Layout
from .losses import LOSSES, Criterion
from .network import Network, Parts, Sweep, full_widths

ROUNDED = 1e-7  # squared errors below show that outputs near their targets are rounded


class Draw(NamedTuple):
    """What one evaluation of a loss sees."""

    x: Array  # (n, d)
    target: Array  # (n, d)
    eps: Array | None  # (n, latent), standard normal, where the bottleneck samples

    def map(self, f: Callable[[Array], Array]) -> "Draw":
        """The same draw with f applied to each of its arrays, once where input and target are one."""
        x = f(self.x)
        target = x if self.target is self.x else f(self.target)
        return Draw(x, target, None if self.eps is None else f(self.eps))

    def at(self, index: Any) -> "Draw":
        """The same part of each of its arrays."""
        return self.map(lambda a: a[index])


@dataclass(frozen=True, init=False)
class Autoencoder:
    """Encoder, bottleneck, decoder and loss; and a corruption of the input, if any.

    `widths` is a full odd-length list whose ends agree, or the encoder's half. Activations are words such as
    "tanh" or "logistic:1.6": of the encoder's hidden layers, the latent layer, the decoder's hidden layers
    and the output (None: the decoder's where it ends in [0, 1], else logistic).
    Raises ValueError for widths, words or combinations that make no model.

    >>> model = Autoencoder([35, 20, 15, 2], encoder="identity", decoder="logistic:1.6", bias=False)
    >>> model.widths, model.size, model.words["output"]
    ((35, 20, 15, 2, 15, 20, 35), 2060, 'logistic:1.6')
    """

    widths: tuple[int, ...]
    encoder: Activation
    latent: Activation
    decoder: Activation
    output: Activation
    bias: bool
    loss_name: str
    init_name: str
    bottleneck: Bottleneck
    corruption: Corruption | None

    def __init__(
        self,
        widths: Sequence[int],
        *,
        encoder: str | Activation = "tanh",
        latent: str | Activation = "identity",
        decoder: str | Activation = "tanh",
        output: str | Activation | None = None,
        bias: bool = True,
        loss: str = "bce",
        init: str = "auto",
        bottleneck: str | Bottleneck | None = None,
        corruption: str | Corruption | None = None,
    ) -> None:
        decode: Activation = parse("activation", decoder, ACTIVATIONS)
        default = decode if decode.unit else Logistic()
        values = {
            "widths": full_widths(widths),
            "encoder": parse("activation", encoder, ACTIVATIONS),
            "latent": parse("activation", latent, ACTIVATIONS),
            "decoder": decode,
            "output": default if output is None else parse("activation", output, ACTIVATIONS),
            "bias": bool(bias),
            "loss_name": loss,
            "init_name": init,
            "bottleneck": parse("bottleneck", bottleneck or Point(), BOTTLENECKS),
            "corruption": corruption_of(corruption),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        lookup("init", init, INITS)
        if init == "centred" and not bias:
            raise ValueError("init 'centred' moves the biases, and there are none: use glorot")
        if lookup("loss", loss, LOSSES).logits and not isinstance(self.output, Logistic):
            raise ValueError(
                f"loss '{loss}' needs a logistic output, not '{self.words['output']}': use mse or half_sse"
            )
        if self.corruption is not None:
            check_pixels(self.corruption, self.widths[0])
        if self.bottleneck.samples and not self.criterion.per_sample:
            raise ValueError(
                f"a sampled bottleneck's divergence is in nats per sample, and loss '{loss}' is a mean over"
                " pixels: use bce or half_sse"
            )
        if self.bottleneck.samples and self.latent != Identity():
            raise ValueError(f"a sampled bottleneck needs latent 'identity', not '{self.words['latent']}'")

    @property
    def words(self) -> dict[str, Any]:
        """The model in words and numbers that JSON keeps; `Autoencoder(**words)` builds it again."""
        activations = {
            name: spell(getattr(self, name), ACTIVATIONS)
            for name in ("encoder", "latent", "decoder", "output")
        }
        return {
            "widths": list(self.widths),
            **activations,
            "bias": self.bias,
            "loss": self.loss_name,
            "init": self.init_name,
            **({} if self.corruption is None else {"corruption": spelled(self.corruption)}),
            **({"bottleneck": spell(self.bottleneck, BOTTLENECKS)} if self.bottleneck != Point() else {}),
        }

    @cached_property
    def criterion(self) -> Criterion:
        """The loss between outputs (or logits) and targets."""
        return LOSSES[self.loss_name]

    @property
    def latent_width(self) -> int:
        """Dimensions of the code."""
        return self.widths[len(self.widths) // 2]

    @cached_property
    def encoder_network(self) -> Network:
        """x to the bottleneck's h."""
        *outer, latent = self.widths[: len(self.widths) // 2 + 1]
        activations = (self.encoder,) * (len(outer) - 1) + (self.latent,)
        return Network("encoder", (*outer, self.bottleneck.width(latent)), activations, self.bias)

    @cached_property
    def decoder_network(self) -> Network:
        """z to the output y."""
        return self._decoder(self.output)

    @cached_property
    def logit_network(self) -> Network | None:
        """z to the logits of the output, where it is logistic."""
        return self._decoder(Identity(self.output.gain)) if isinstance(self.output, Logistic) else None

    @cached_property
    def scored_network(self) -> Network:
        """z to what the criterion scores: the output, or its logits."""
        return self.logit_network if self.criterion.logits and self.logit_network else self.decoder_network

    def _decoder(self, output: Activation) -> Network:
        widths = self.widths[len(self.widths) // 2 :]
        return Network("decoder", widths, (self.decoder,) * (len(widths) - 2) + (output,), self.bias)

    @cached_property
    def layout(self) -> Layout:
        """encoder.0.weight, encoder.0.bias, ..., decoder.0.weight, ..."""
        return self.encoder_network.layout.join(self.decoder_network.layout)

    @cached_property
    def size(self) -> int:
        """How many parameters."""
        return self.layout.size

    def init(self, seed: int | np.random.Generator = 0) -> np.ndarray:
        """A start (size,) by the model's `init`, of a seed or from a generator."""
        theta = np.zeros(self.size)
        layers = layers_of(self.layout.unpack(theta), self.encoder_network, self.decoder_network)
        rng = seed if isinstance(seed, np.random.Generator) else stream(seed, START)
        INITS[self.init_name](rng, layers)
        return theta

    def draw(self, x: np.ndarray, rng: np.random.Generator) -> Draw:
        """Input, target and noise of one evaluation, for x (n, d)."""
        eps = self.bottleneck.eps(len(x), self.latent_width, rng)
        return Draw(self.corruption(x, rng) if self.corruption else x, x, eps)

    @property
    def random(self) -> bool:
        """Whether two draws of the same data differ."""
        return self.corruption is not None or self.bottleneck.samples

    def loss(self, theta: Array, draw: Draw, xp: Any = np) -> Array:
        """Scalar, of theta (size,); `xp` is numpy, autograd.numpy or jax.numpy."""
        return self.loss_of(self.layout.unpack(theta), draw, xp)

    def loss_of(self, parts: Parts, draw: Draw, xp: Any = np) -> Array:
        """The same of theta's named arrays."""
        misfit, penalty = self.terms(parts, draw, xp)
        return misfit + penalty

    def terms(self, parts: Parts, draw: Draw, xp: Any = np) -> tuple[Array, Array]:
        """The loss's two parts, of named arrays: what the criterion says, and the bottleneck's penalty."""
        z, penalty = self._code(parts, draw, xp)
        return self._misfit(parts, z, draw.target, xp), penalty

    def residuals(self, theta: Array, draw: Draw, xp: Any = np) -> Array:
        """(n d,), half of whose sum of squares is the loss. Only where `residual_reason` gives no reason."""
        parts, network, criterion = self.layout.unpack(theta), self.scored_network, self.criterion
        z, _ = self._code(parts, draw, xp)
        if criterion.logits or xp is np:
            residuals = xp.ravel(criterion.residuals(network.forward(parts, z, xp), draw.target, xp))
            if criterion.logits or not 0.5 * (residuals @ residuals) < ROUNDED:
                return residuals
        return xp.ravel(criterion.residuals(network.misses(parts, z, draw.target, xp), 0.0, xp))

    def residual_reason(self, target: np.ndarray) -> str | None:
        """Why this model's loss is no sum of squares on such targets, if it is not."""
        if self.bottleneck.samples:
            return "a sampled bottleneck's loss is no sum of squared residuals"
        if self.criterion.logits and not np.isin(target, (0, 1)).all():
            return f"'{self.loss_name}' has residuals only for targets of 0 and 1; use half_sse or mse"
        return None

    def _code(self, parts: Parts, draw: Draw, xp: Any) -> tuple[Array, Array]:
        """The decoder's input, and the bottleneck's penalty."""
        return self.bottleneck(self.encoder_network.forward(parts, draw.x, xp), draw.eps, xp)

    def _misfit(self, parts: Parts, z: Array, target: Array, xp: Any) -> Array:
        """What the criterion says of the outputs; of `misses`, where the outputs' rounding would show."""
        network, criterion = self.scored_network, self.criterion
        if criterion.logits or xp is np:
            value = criterion.value(network.forward(parts, z, xp), target, xp)
            if criterion.logits or not value < ROUNDED:
                return value
        return criterion.value(network.misses(parts, z, target, xp), 0.0, xp)

    def _scored(self, decode: Sweep, target: np.ndarray) -> tuple[np.ndarray, Any]:
        """What the criterion differentiates: logits and targets, or the outputs' `misses` and 0."""
        return (decode.y, target) if self.criterion.logits else (decode.misses(target), 0.0)

    def value_and_grad(self, theta: np.ndarray, draw: Draw) -> tuple[float, np.ndarray]:
        """The same loss and its gradient (size,), by hand: forward, then the pullbacks in reverse."""
        parts, grad = self.layout.unpack(theta), np.empty(self.size)
        into = self.layout.unpack(grad)
        encode = Sweep(self.encoder_network, parts, draw.x)
        z, penalty = self.bottleneck(encode.y, draw.eps)
        decode = Sweep(self.scored_network, parts, z)
        scored = self._scored(decode, draw.target)
        dz = decode.pull(self.criterion.grad(*scored), into)
        encode.pull(self.bottleneck.pull(encode.y, draw.eps, dz), into, first=True)
        value = self.criterion.value(decode.y, draw.target)
        if value < ROUNDED:
            value = self.criterion.value(*scored)
        return value + penalty, grad

    def hvp(self, theta: np.ndarray, v: np.ndarray, draw: Draw) -> np.ndarray:
        """The loss's Hessian at theta times v (size,), by hand (Pearlmutter, 1994)."""
        parts, tangent, product = self.layout.unpack(theta), self.layout.unpack(v), np.empty(self.size)
        into = self.layout.unpack(product)
        encode = Sweep(self.encoder_network, parts, draw.x)
        decode = Sweep(self.scored_network, parts, self.bottleneck(encode.y, draw.eps)[0])
        dh = encode.push(tangent)
        dout = decode.push(tangent, self.bottleneck.push(encode.y, draw.eps, dh))
        scored = self._scored(decode, draw.target)
        dy, ddy = self.criterion.grad(*scored), self.criterion.curvature(*scored) * dout
        dz, ddz = decode.pull_tangent(dy, ddy, into)
        dy, ddy = (
            self.bottleneck.pull(encode.y, draw.eps, dz),
            self.bottleneck.pull_tangent(encode.y, draw.eps, dh, dz, ddz),
        )
        encode.pull_tangent(dy, ddy, into, first=True)
        return product

    def jacobian(self, theta: np.ndarray, draw: Draw) -> np.ndarray:
        """d residuals / d theta, (n d, size), by hand: every output of every sample pulled back apart."""
        parts, (n, d) = self.layout.unpack(theta), draw.target.shape
        rows = np.empty((n, d, self.size))
        into = {name: rows[:, :, at].reshape(n, d, *shape) for name, at, shape in self.layout.slots}
        encode = Sweep(self.encoder_network, parts, draw.x)
        decode = Sweep(self.scored_network, parts, encode.y)
        slope = np.broadcast_to(self.criterion.residual_slope(decode.y, draw.target), (n, d))
        encode.sensitivities(decode.sensitivities(slope[:, :, None] * np.eye(d), into), into)
        return rows.reshape(n * d, self.size)

    def encode(self, theta: Array, x: Array, xp: Any = np) -> Array:
        """x (n, d) to codes (n, latent); of a sampled bottleneck, their means."""
        return self.bottleneck.mean(self.encoder_network.forward(self.layout.unpack(theta), x, xp))

    def decode(self, theta: Array, z: Array, xp: Any = np) -> Array:
        """Codes (n, latent) to images (n, d)."""
        return self.decoder_network.forward(self.layout.unpack(theta), z, xp)

    def reconstruct(self, theta: Array, x: Array, xp: Any = np) -> Array:
        """x (n, d) to what comes back, (n, d)."""
        return self.decode(theta, self.encode(theta, x, xp), xp)
