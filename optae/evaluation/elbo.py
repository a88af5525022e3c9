"""The evidence lower bound of images (Kingma & Welling, 2014), its two parts, and tighter bounds.

Everything is in nats per image. The loss `half_sse` counts as a Gaussian likelihood with unit variance,
without its constant d log(2 pi) / 2.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeGuard

import numpy as np

from ..engines import Array, Engine, Library
from ..engines import engine as find_engine
from ..engines.streams import ELBO, stream
from ..model.autoencoder import Autoencoder
from ..model.chain import Chain

ACTIVE = 0.01  # a unit is active if its mean code's variance over the data is larger (Burda et al., 2016)
AT_ONCE = 4000  # images decoded at once
Terms = tuple[Array, Array, Array, Array]


def elbo(
    model: Autoencoder,
    theta: np.ndarray,
    x: np.ndarray,
    *,
    engine: str | Engine = "numpy",
    seed: int = 0,
    samples: int = 1,
) -> dict[str, float]:
    """Return negative_elbo, misfit, divergence, negative_iwae and active_units of x (n, d).

    negative_elbo = misfit + divergence (Kingma & Welling, 2014). negative_iwae is -log of the mean of
    `samples` importance weights (Burda et al., 2016): with one sample it estimates negative_elbo, with more
    it falls towards -log p(x). Raises ValueError for a model without a sampled bottleneck.
    """
    check_bound(model)
    room, rng = find_engine(engine), stream(seed, ELBO)
    look = room.compiled(_look(model, room.xp))
    theta, step = np.asarray(theta, np.float32), max(1, AT_ONCE // samples)
    pieces, means = [], []
    for start in range(0, len(x), step):
        piece = np.asarray(x[start : start + step], np.float32)
        eps = rng.standard_normal((samples, len(piece), model.latent_width)).astype(np.float32)
        *terms, mean = look(theta, piece, eps)
        pieces.append(np.array([np.asarray(term, dtype=float) for term in terms]))
        means.append(np.asarray(mean, dtype=float))
    misfit, divergence, bound = np.concatenate(pieces, axis=1).mean(axis=1)
    active = int((np.concatenate(means).var(axis=0) > ACTIVE).sum())
    return {
        "negative_elbo": float(misfit + divergence),
        "misfit": float(misfit),
        "divergence": float(divergence),
        "negative_iwae": float(bound),
        "active_units": active,
    }


def has_bound(model: Chain) -> TypeGuard[Autoencoder]:
    """Return whether a model has an evidence bound: whether it is a variational autoencoder."""
    return isinstance(model, Autoencoder) and model.bottleneck.samples


def check_bound(model: Chain) -> None:
    """Raise ValueError for a model without an evidence bound."""
    if not has_bound(model):
        raise ValueError("a model without a sampled bottleneck has no evidence bound: train with `model` vae")


@lru_cache(maxsize=64)
def _look(model: Autoencoder, xp: Library) -> Callable[[Array, Array, Array], Terms]:
    return partial(_terms, model, xp)


def _terms(model: Autoencoder, xp: Library, theta: Array, x: Array, eps: Array) -> Terms:
    """Return each image's misfit, divergence and -log mean weight, (n,), and its mean code (n, latent)."""
    misfit, log_weight, h = log_weights(model, xp, theta, x, eps)
    top = xp.max(log_weight, axis=0)
    bound = xp.log(xp.mean(xp.exp(log_weight - top), axis=0)) + top
    return xp.mean(misfit, axis=0), model.bottleneck.divergence(h, xp), -bound, model.bottleneck.mean(h)


def log_weights(
    model: Autoencoder, xp: Library, theta: Array, x: Array, eps: Array
) -> tuple[Array, Array, Array]:
    """Return misfits and logarithms of the importance weights, (samples, n), and the encoder's output h."""
    parts, (samples, n, latent) = model.layout.unpack(theta), eps.shape
    bottleneck, h = model.bottleneck, model.encoder_network.forward(parts, x, xp)
    z = bottleneck.code(h, eps, xp)
    out = model.scored_network.forward(parts, z.reshape(samples * n, latent), xp)
    target = xp.broadcast_to(x, (samples, *x.shape)).reshape(samples * n, -1)
    misfit = model.criterion.each(out, target, xp).reshape(samples, n)
    return misfit, -misfit + bottleneck.log_ratio(h, eps, z, xp), h
