"""Check that the parts of an autoencoder fit together."""

from typing import TYPE_CHECKING

from ..registry import lookup, spell
from .activations import ACTIVATIONS, Identity, Logistic
from .corruptions import check_pixels
from .initializers import INITS
from .losses import LOSSES

if TYPE_CHECKING:
    from .autoencoder import Autoencoder


def check(model: "Autoencoder") -> None:
    """Raise ValueError, with the remedy, for parts that do not fit together."""
    lookup("init", model.init_name, INITS)
    lookup("loss", model.loss_name, LOSSES)
    if model.init_name == "centred" and not model.bias:
        raise ValueError("init 'centred' moves the biases, and there are none: use glorot")
    if model.criterion.logits and not isinstance(model.output, Logistic):
        output = spell(model.output, ACTIVATIONS)
        raise ValueError(
            f"loss '{model.loss_name}' needs a logistic output, not '{output}': use mse or half_sse"
        )
    if model.corruption is not None:
        check_pixels(model.corruption, model.widths[0])
    if model.bottleneck.samples:
        _check_sampled(model)


def _check_sampled(model: "Autoencoder") -> None:
    """Raise ValueError for parts that do not fit a sampled bottleneck."""
    if not model.criterion.per_sample:
        raise ValueError(
            f"a sampled bottleneck's divergence is in nats per sample, and loss '{model.loss_name}' is a mean"
            " over pixels: use bce or half_sse"
        )
    if model.latent != Identity():
        latent = spell(model.latent, ACTIVATIONS)
        raise ValueError(f"a sampled bottleneck needs latent 'identity', not '{latent}'")
