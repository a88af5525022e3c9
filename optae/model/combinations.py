"""Check that the parts of a model fit together."""

import math
from typing import TYPE_CHECKING

from ..registry import lookup, spell
from .activations import ACTIVATIONS, Activation, Identity, Logistic
from .corruptions import check_pixels
from .initializers import INITS
from .losses import LOSSES

if TYPE_CHECKING:
    from .autoencoder import Autoencoder


def check(model: "Autoencoder") -> None:
    """Raise ValueError, with the remedy, for parts of an autoencoder that do not fit together."""
    check_words(model.init_name, model.loss_name, model.bias)
    if model.criterion.classes:
        raise ValueError(f"loss '{model.loss_name}' is for classes, not pixels: use bce, mse or half_sse")
    check_output(model.output, model.loss_name)
    if model.corruption is not None:
        check_pixels(model.corruption, model.widths[0])
    if model.bottleneck.samples:
        _check_sampled(model)


def check_words(init: str, loss: str, bias: bool) -> None:
    """Raise ValueError for an unknown `init` or `loss`, and for a start that needs biases without any."""
    lookup("init", init, INITS)
    lookup("loss", loss, LOSSES)
    if init == "centred" and not bias:
        raise ValueError("init 'centred' moves the biases, and there are none: use glorot")


def checked_l2(l2: float | None) -> float:
    """Return the weight of |theta|^2 / 2 in the loss; None is 0. Raises ValueError for one that is none."""
    weight = float(l2 or 0.0)
    if not 0 <= weight < math.inf:
        raise ValueError(f"l2 {l2}: give a weight from 0, such as 1e-5")
    return weight


def check_output(output: Activation, loss: str) -> None:
    """Raise ValueError for an output that the loss cannot score."""
    needed = Identity if LOSSES[loss].classes else Logistic
    if LOSSES[loss].logits and not isinstance(output, needed):
        word = spell(output, ACTIVATIONS)
        remedy = "leave `output` out" if LOSSES[loss].classes else "use mse or half_sse"
        kind = "an identity" if LOSSES[loss].classes else "a logistic"
        raise ValueError(f"loss '{loss}' needs {kind} output, not '{word}': {remedy}")


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
