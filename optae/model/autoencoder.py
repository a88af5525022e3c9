"""Autoencoders as pure functions of a flat vector.

All randomness is in the draw and none in the loss. So one frozen draw is an objective for scipy.optimize, a
stream of fresh draws is a stochastic problem for Adam, and both have the same loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..engines import Array, Library
from ..engines.contract import Noise
from ..engines.draw import Draw as Draw
from ..registry import parse, spell, versioned
from ..text import Record
from .activations import ACTIVATIONS, Activation, Identity, Logistic
from .bottlenecks import BOTTLENECKS, Bottleneck, Point
from .chain import Chain
from .combinations import check, checked_l2
from .corruptions import Corruption, spelled
from .corruptions import corruption as corruption_of
from .network import Network, full_widths
from .samples import pixels
from .stage import Stage


@dataclass(frozen=True, init=False, repr=False)
class Autoencoder(Chain):
    """Encoder, bottleneck, decoder and loss, with an optional corruption of the input.

    `widths` is a full list of odd length with equal ends, or the encoder's half. Activations are words such
    as "tanh" or "logistic:1.6" for the encoder's hidden layers, the latent layer, the decoder's hidden layers
    and the output; an output of None is the decoder's activation if that ends in [0, 1], else logistic. `l2`
    adds l2 |theta|^2 / 2 to the loss.
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
    l2: float

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
        l2: float | None = None,
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
            loss_name=versioned(loss),
            init_name=init,
            bottleneck=parse("bottleneck", bottleneck or Point(), BOTTLENECKS),
            corruption=corruption_of(corruption),
            l2=checked_l2(l2),
        )
        check(self)

    @classmethod
    def of(cls, words: Record) -> "Autoencoder":
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
            **({"l2": self.l2} if self.l2 else {}),
            **({"bottleneck": spell(self.bottleneck, BOTTLENECKS)} if self.bottleneck != Point() else {}),
        }

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

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The encoder, the bottleneck, and the decoder as the criterion scores it."""
        return self.encoder_network, self.bottleneck, self.scored_network

    def _decoder(self, output: Activation) -> Network:
        widths = self.widths[len(self.widths) // 2 :]
        return Network("decoder", widths, (self.decoder,) * (len(widths) - 2) + (output,), self.bias)

    def checked(
        self, x: npt.ArrayLike, y: npt.ArrayLike | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return x as float64 (n, d), and no other target. Raises ValueError for values outside [0, 1]."""
        if y is not None:
            raise ValueError("the target of an autoencoder is its input: leave `y` out")
        return pixels(x, self.widths[0]), None

    def draw(self, x: Array, rng: Noise, y: Array | None = None) -> Draw:
        """Return the input, target and noise of one evaluation on x (n, d); the target is y, or x itself."""
        eps = self.bottleneck.eps(len(x), self.latent_width, rng)
        return Draw(self.corruption(x, rng) if self.corruption else x, x if y is None else y, eps)

    def encode(self, theta: Array, x: Array, xp: Library = np) -> Array:
        """Return codes (n, latent) of x (n, d); for a sampled bottleneck, their means."""
        return self.bottleneck.mean(self.encoder_network.forward(self.layout.unpack(theta), x, xp))

    def decode(self, theta: Array, z: Array, xp: Library = np) -> Array:
        """Return the images (n, d) of codes (n, latent)."""
        return self.decoder_network.forward(self.layout.unpack(theta), z, xp)

    def reconstruct(self, theta: Array, x: Array, xp: Library = np) -> Array:
        """Return the reconstructions (n, d) of x (n, d)."""
        return self.decode(theta, self.encode(theta, x, xp), xp)
