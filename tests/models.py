"""The models that the laws are tested on."""

from optae import Autoencoder, Gaussian
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
    "vae": Autoencoder([35, 6, 2], bottleneck=Gaussian(0.7)),
}
