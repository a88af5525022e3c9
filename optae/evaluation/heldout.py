"""A look at images that an autoencoder was not trained on: its bound if variational, else its errors."""

import numpy as np

from ..engines import Engine
from ..model.autoencoder import Autoencoder
from ..model.chain import Chain
from .elbo import elbo, has_bound
from .metrics import measure

ERRORS = ("squared_error", "bce")


def looked_at(
    model: Chain, theta: np.ndarray, x: np.ndarray | None, engine: Engine, seed: int, samples: int = 1
) -> dict[str, float]:
    """Return what is measured of a model at theta (size,) on held-out x (n, d).

    That is `elbo`, with so many samples, of a variational autoencoder, and `ERRORS` of another one. Without
    held-out data, and of a network that predicts, whose targets are metrics, it is nothing.
    """
    if x is None:
        return {}
    if has_bound(model):
        return elbo(model, theta, x, engine=engine, seed=seed, samples=samples)
    if not isinstance(model, Autoencoder):
        return {}
    found = measure(model, theta, x)
    return {f"heldout_{name}": found[name] for name in ERRORS}
