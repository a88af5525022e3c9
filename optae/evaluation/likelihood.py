"""The log-likelihood of images by many importance samples (Burda et al., 2016), in slices of bounded memory.

log p(x) is estimated by the log of the mean of K weights p(x, z) / q(z | x), z from q. On average it is below
log p(x): by about half the square of its standard error if q covers p(z | x), but by any amount if q misses
a second mode of p(z | x), which no sample shows and no error of samples sees. With two latent units that is
common, and `quadrature` is exact. A slice decodes at most `AT_ONCE` codes, so K and
the number of images change the time but not the memory. The time is that of the decoder's products: 10,000
images with K = 5,000 are 5e7 codes, 53 TFLOP for a decoder 2-256-512-784, a quarter of an hour on a core at
60 GFLOP/s. So `images` may limit them; those are spread evenly, as the first half of MNIST's test images is
easier than the second.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial

import numpy as np

from ..engines import Array, Engine, Library
from ..engines import engine as find_engine
from ..engines.streams import ELBO, stream
from ..model.autoencoder import Autoencoder
from .elbo import AT_ONCE, check_bound, log_weights

SAMPLES = 5000  # of the literature
LIKELIHOOD = 1  # the part of the stream `ELBO`
CODES = 1000  # of an image that are decoded at once
Sums = tuple[Array, Array, Array]


def likelihood(
    model: Autoencoder,
    theta: np.ndarray,
    x: np.ndarray,
    *,
    engine: str | Engine = "numpy",
    seed: int = 0,
    samples: int = SAMPLES,
    images: int | None = None,
) -> dict[str, float]:
    """Return negative_likelihood of x (n, d) in nats per image, likelihood_error and images_error.

    The first error is the standard error of the importance samples (by the delta method), the second that of
    the mean over images. `likelihood_images` and `likelihood_samples` say how many there were. Raises
    ValueError for a model without a sampled bottleneck.
    """
    check_bound(model)
    chosen = x[spread(len(x), images)]
    found = [
        np.concatenate(part)
        for part in zip(*_pieces(model, theta, chosen, engine, seed, samples), strict=True)
    ]
    values, errors = found
    many = len(values)
    return {
        "negative_likelihood": float(-values.mean()),
        "likelihood_error": float(np.sqrt((errors**2).sum()) / many),
        "images_error": float(values.std(ddof=1) / np.sqrt(many)) if many > 1 else 0.0,
        "likelihood_images": many,
        "likelihood_samples": samples,
    }


def spread(n: int, images: int | None) -> np.ndarray:
    """Return the indices of `images` of n images, evenly spread; all n if there are no more.

    >>> spread(10, 3), spread(2, 5)
    (array([0, 4, 9]), array([0, 1]))
    """
    many = n if images is None else min(images, n)
    return np.linspace(0, n - 1, many).astype(int)


def _pieces(
    model: Autoencoder, theta: np.ndarray, x: np.ndarray, engine: str | Engine, seed: int, samples: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the log of the mean weight of each image of a piece, (n,), and its standard error."""
    room, rng = find_engine(engine), stream(seed, ELBO, LIKELIHOOD)
    look, theta = room.compiled(_look(model, room.xp)), np.asarray(theta, np.float32)
    codes = min(CODES, samples)
    step = max(1, AT_ONCE // codes)
    for start in range(0, len(x), step):
        piece = np.asarray(x[start : start + step], np.float32)
        sums: list[np.ndarray] = []
        for done in range(0, samples, codes):
            shape = min(codes, samples - done), len(piece), model.latent_width
            eps = rng.standard_normal(shape).astype(np.float32)
            sums.append(np.array([np.asarray(each, dtype=float) for each in look(theta, piece, eps)]))
        yield _joined(np.array(sums), samples)


def _joined(sums: np.ndarray, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the log of the mean weight, (n,), and its standard error, from slices of `_sums` (k, 3, n)."""
    tops, firsts, seconds = sums.transpose(1, 0, 2)
    top = tops.max(axis=0)
    scale = np.exp(tops - top)
    first, second = (firsts * scale).sum(axis=0), (seconds * scale**2).sum(axis=0)
    variance = np.maximum(samples * second / first**2 - 1, 0) / max(samples - 1, 1)
    return np.log(first / samples) + top, np.sqrt(variance)


@lru_cache(maxsize=64)
def _look(model: Autoencoder, xp: Library) -> Callable[[Array, Array, Array], Sums]:
    return partial(_sums, model, xp)


def _sums(model: Autoencoder, xp: Library, theta: Array, x: Array, eps: Array) -> Sums:
    """Return each image's largest log weight, (n,), and sums of the weights over it and of their squares."""
    _, weights, _ = log_weights(model, xp, theta, x, eps)
    top = xp.max(weights, axis=0)
    below = xp.exp(weights - top)
    return top, xp.sum(below, axis=0), xp.sum(below**2, axis=0)
