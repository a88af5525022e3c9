"""A look at images that an autoencoder was not trained on: its bound if variational, else its errors."""

from collections.abc import Sequence

import numpy as np

from ..engines import Engine
from ..model.autoencoder import Autoencoder
from ..model.chain import Chain
from .elbo import elbo, has_bound
from .metrics import measure

LOWEST = "lowest_heldout_bce"
ERRORS = ("squared_error", "bce")


def looked_at(
    model: Chain, theta: np.ndarray, x: np.ndarray | None, engine: Engine, seed: int, samples: int = 1
) -> dict[str, float]:
    """Return what is measured of a model at theta (size,) on held-out x (n, d).

    A variational autoencoder has its `elbo`, with this number of `samples`; another one has its `ERRORS`.
    Without held-out data there is nothing to measure, and a network that predicts is measured elsewhere.
    """
    if x is None:
        return {}
    if has_bound(model):
        return elbo(model, theta, x, engine=engine, seed=seed, samples=samples)
    if not isinstance(model, Autoencoder):
        return {}
    found = measure(model, theta, x)
    return {f"heldout_{name}": found[name] for name in ERRORS}


def last_of(looks: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the last look, with the lowest bce of all where they have one."""
    last = looks[-1]
    if "heldout_bce" not in last:
        return last
    return {**last, LOWEST: min(look["heldout_bce"] for look in looks)}
