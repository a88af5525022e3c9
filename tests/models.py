"""The models that the laws are tested on."""

import numpy as np

from optae import MLP, Autoencoder, Gaussian
from optae.model.corruptions import Masking

DECK_A = {"encoder": "identity", "decoder": "logistic:1.6", "bias": False, "loss": "half_sse"}
MODELS = {
    "deck-a": Autoencoder([35, 6, 2], **DECK_A),
    "bce": Autoencoder([35, 6, 2]),
    "deep-mse": Autoencoder([35, 7, 5, 3], encoder="softplus", decoder="leaky-relu:0.1", loss="mse"),
    "asymmetric": Autoencoder(
        [35, 6, 2, 4, 35], encoder="relu", latent="tanh", decoder="logistic", init="he"
    ),
    "linear-output": Autoencoder([35, 3], output="identity", loss="mse", init="uniform"),
    "large": Autoencoder([35, 20, 15, 2], **DECK_A),
    "denoising": Autoencoder([35, 6, 2], corruption=Masking(0.2)),
    "l2": Autoencoder([35, 6, 2], loss="mse", l2=0.01),
    "vae": Autoencoder([35, 6, 2], bottleneck=Gaussian(0.7)),
}

LOSSES_OF = {"half_sse": "identity", "mse": "tanh", "bce": "logistic", "cross_entropy": "identity"}  # outputs


def predictor(loss, hidden="tanh", widths=(4, 6, 5, 3), **words):
    """A network that predicts, by this loss."""
    return MLP(widths, hidden=hidden, output=LOSSES_OF[loss], loss=loss, **words)


def targets_for(model, rng, samples=12):
    """Data of any range, and targets that the loss takes."""
    width, k = model.widths[0], model.widths[-1]
    x = 3 * rng.standard_normal((samples, width)) + 1
    if model.criterion.classes:
        return x, np.eye(k)[rng.integers(0, k, samples)]
    if model.criterion.logits:
        return x, rng.integers(0, 2, (samples, k)).astype(float)
    return x, rng.standard_normal((samples, k))
