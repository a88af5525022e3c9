"""Autoencoders as pure functions of a flat vector.

All randomness is in the draw and none in the loss. So one frozen draw is an objective for scipy.optimize, a
stream of fresh draws is a stochastic problem for Adam, and both have the same loss.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..engines import Array, Library
from ..engines.contract import Noise, Parts
from ..engines.draw import Draw as Draw
from ..registry import parse, spell
from ..streams import START, stream
from . import derivatives
from .activations import ACTIVATIONS, Activation, Identity, Logistic
from .bottlenecks import BOTTLENECKS, Bottleneck, Point
from .combinations import check
from .corruptions import Corruption, spelled
from .corruptions import corruption as corruption_of
from .initializers import INITS, layers_of
from .layout import Layout
from .losses import LOSSES, Criterion
from .network import Network, full_widths


@dataclass(frozen=True, init=False)
class Autoencoder:
    """Encoder, bottleneck, decoder and loss, with an optional corruption of the input.

    `widths` is a full list of odd length with equal ends, or the encoder's half. Activations are words such
    as "tanh" or "logistic:1.6" for the encoder's hidden layers, the latent layer, the decoder's hidden layers
    and the output; an output of None is the decoder's activation if that ends in [0, 1], else logistic.
    Raises ValueError for invalid widths, unknown words and parts that do not fit together.

    >>> model = Autoencoder([35, 20, 15, 2], encoder="identity", decoder="logistic:1.6", bias=False)
    >>> model.widths, model.size, model.words["output"]
    ((35, 20, 15, 2, 15, 20, 35), 2060, 'logistic:1.6')
    >>> Autoencoder.of(model.words) == model
    True
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
        decode = parse("activation", decoder, ACTIVATIONS)
        default = decode if decode.unit else Logistic()
        vars(self).update(
            widths=full_widths(widths),
            encoder=parse("activation", encoder, ACTIVATIONS),
            latent=parse("activation", latent, ACTIVATIONS),
            decoder=decode,
            output=default if output is None else parse("activation", output, ACTIVATIONS),
            bias=bool(bias),
            loss_name=loss,
            init_name=init,
            bottleneck=parse("bottleneck", bottleneck or Point(), BOTTLENECKS),
            corruption=corruption_of(corruption),
        )
        check(self)

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> "Autoencoder":
        """Return the model that has these `words`. Raises ValueError if they do not describe a model."""
        return cls(**words)

    @property
    def words(self) -> dict[str, Any]:
        """The model as words and numbers that JSON holds; `Autoencoder.of(words)` builds it again."""
        return {
            "widths": list(self.widths),
            "encoder": spell(self.encoder, ACTIVATIONS),
            "latent": spell(self.latent, ACTIVATIONS),
            "decoder": spell(self.decoder, ACTIVATIONS),
            "output": spell(self.output, ACTIVATIONS),
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
        """The number of dimensions of the code."""
        return self.widths[len(self.widths) // 2]

    @cached_property
    def encoder_network(self) -> Network:
        """The network from x to the bottleneck's h."""
        *outer, latent = self.widths[: len(self.widths) // 2 + 1]
        activations = (self.encoder,) * (len(outer) - 1) + (self.latent,)
        return Network("encoder", (*outer, self.bottleneck.width(latent)), activations, self.bias)

    @cached_property
    def decoder_network(self) -> Network:
        """The network from z to the output y."""
        return self._decoder(self.output)

    @cached_property
    def logit_network(self) -> Network | None:
        """The network from z to the output's logits, or None if the output is not logistic."""
        return self._decoder(Identity(self.output.gain)) if isinstance(self.output, Logistic) else None

    @cached_property
    def scored_network(self) -> Network:
        """The network from z to the output, or to its logits if the criterion takes them."""
        return self.logit_network if self.criterion.logits and self.logit_network else self.decoder_network

    def _decoder(self, output: Activation) -> Network:
        widths = self.widths[len(self.widths) // 2 :]
        return Network("decoder", widths, (self.decoder,) * (len(widths) - 2) + (output,), self.bias)

    @cached_property
    def layout(self) -> Layout:
        """The named arrays of theta: encoder.0.weight, encoder.0.bias, ..., decoder.0.weight, ..."""
        return self.encoder_network.layout.join(self.decoder_network.layout)

    @cached_property
    def size(self) -> int:
        """The number of parameters."""
        return self.layout.size

    def init(self, seed: int | np.random.Generator = 0) -> np.ndarray:
        """Return initial parameters (size,) by the model's `init`, from a seed or a generator."""
        theta = np.zeros(self.size)
        layers = layers_of(self.layout.unpack(theta), self.encoder_network, self.decoder_network)
        rng = seed if isinstance(seed, np.random.Generator) else stream(seed, START)
        INITS[self.init_name](rng, layers)
        return theta

    def draw(self, x: Array, rng: Noise) -> Draw:
        """Return the input, target and noise of one evaluation on x (n, d)."""
        eps = self.bottleneck.eps(len(x), self.latent_width, rng)
        return Draw(self.corruption(x, rng) if self.corruption else x, x, eps)

    @property
    def random(self) -> bool:
        """Whether two draws of the same data differ."""
        return self.corruption is not None or self.bottleneck.samples

    def loss(self, theta: Array, draw: Draw, xp: Library = np) -> Array:
        """Return the loss at theta (size,), a scalar; `xp` is numpy, autograd.numpy or jax.numpy."""
        return self.loss_of(self.layout.unpack(theta), draw, xp)

    def loss_of(self, parts: Parts, draw: Draw, xp: Library = np) -> Array:
        """Return the loss at theta's named arrays."""
        misfit, penalty = self.terms(parts, draw, xp)
        return misfit + penalty

    def terms(self, parts: Parts, draw: Draw, xp: Library = np) -> tuple[Array, Array]:
        """Return the loss's two parts at named arrays: the criterion's value and the bottleneck's penalty."""
        z, penalty = self._code(parts, draw, xp)
        return self._misfit(parts, z, draw.target, xp), penalty

    def residuals(self, theta: Array, draw: Draw, xp: Library = np) -> Array:
        """Return residuals (n d,); half their sum of squares is the loss if `residual_reason` is None."""
        parts, network, criterion = self.layout.unpack(theta), self.scored_network, self.criterion
        z, _ = self._code(parts, draw, xp)
        if criterion.logits or xp is np:
            residuals = xp.ravel(criterion.residuals(network.forward(parts, z, xp), draw.target, xp))
            if criterion.logits or not 0.5 * (residuals @ residuals) < derivatives.ROUNDED:
                return residuals
        return xp.ravel(criterion.residuals(network.misses(parts, z, draw.target, xp), 0.0, xp))

    def residual_reason(self, target: np.ndarray) -> str | None:
        """Return why the loss is not a sum of squares on these targets, or None if it is."""
        if self.bottleneck.samples:
            return "a sampled bottleneck's loss is not a sum of squared residuals"
        if self.criterion.logits and not np.isin(target, (0, 1)).all():
            return f"'{self.loss_name}' has residuals only for targets of 0 and 1; use half_sse or mse"
        return None

    def _code(self, parts: Parts, draw: Draw, xp: Library) -> tuple[Array, Array]:
        """Return the decoder's input and the bottleneck's penalty."""
        return self.bottleneck(self.encoder_network.forward(parts, draw.x, xp), draw.eps, xp)

    def _misfit(self, parts: Parts, z: Array, target: Array, xp: Library) -> Array:
        """Return the criterion's value, from `misses` where the rounding of the outputs would show."""
        network, criterion = self.scored_network, self.criterion
        if criterion.logits or xp is np:
            value = criterion.value(network.forward(parts, z, xp), target, xp)
            if criterion.logits or not value < derivatives.ROUNDED:
                return value
        return criterion.value(network.misses(parts, z, target, xp), 0.0, xp)

    value_and_grad = derivatives.value_and_grad
    hvp = derivatives.hvp
    jacobian = derivatives.jacobian

    def encode(self, theta: Array, x: Array, xp: Library = np) -> Array:
        """Return codes (n, latent) of x (n, d); for a sampled bottleneck, their means."""
        return self.bottleneck.mean(self.encoder_network.forward(self.layout.unpack(theta), x, xp))

    def decode(self, theta: Array, z: Array, xp: Library = np) -> Array:
        """Return the images (n, d) of codes (n, latent)."""
        return self.decoder_network.forward(self.layout.unpack(theta), z, xp)

    def reconstruct(self, theta: Array, x: Array, xp: Library = np) -> Array:
        """Return the reconstructions (n, d) of x (n, d)."""
        return self.decode(theta, self.encode(theta, x, xp), xp)
