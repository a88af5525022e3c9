"""Score denoisers on fresh noise, which no training used.

Every denoiser is given the same `draws` noisy copies of every clean sample. The scores are

mse         mean over samples and pixels of (t - y)^2
wrong       wrong pixels per sample, where y > 0.5 differs from t > 0.5
exact       share of samples without a wrong pixel
within_one  share of samples with at most one wrong pixel
recognised  share of samples whose nearest clean sample (by squared distance) has the right label

A value is the mean over draws and the interquartile mean over runs. The square of its interval's half-width
is the sum of two squares (Zou and Donner, 2008): that of Student's interval over draws, and that of the
interval of `statistics.iqm` over runs. An interval needs at least three draws, and at least three runs if
there are several.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..datasets import Dataset
from ..engines.streams import DENOISING, stream
from ..model.autoencoder import Autoencoder
from ..model.corruptions import Corruption, at_level, level_of
from ..statistics import Estimate, iqm
from ..statistics.few import FEWEST, student
from .metrics import wrong_pixels

SHARES = ("exact", "within_one", "recognised")
SCORES = ("mse", "wrong", *SHARES)
DRAWS = 250  # noisy copies of each sample
STEPS = (0.5, 1, 1.5, 2)  # multiples of the trained level that are scored by default
Denoiser = Callable[[np.ndarray], np.ndarray]  # (n, d) -> (n, d)


@dataclass(frozen=True, eq=False)
class Scored:
    """The scores of one denoiser at one level, for every run and draw."""

    name: str
    level: float
    scores: Mapping[str, np.ndarray]  # (runs, draws), means over the samples
    truth: np.ndarray  # (runs n draws,), the samples' labels
    read: np.ndarray  # (runs n draws,), the labels of the nearest clean samples

    def estimate(self, score: str) -> Estimate:
        """Return the interquartile mean over runs of the mean over draws, with its interval."""
        found = mean_over(self.scores[score])
        low, high = np.clip([found.low, found.high], 0, 1 if score in SHARES else None).tolist()
        return replace(found, low=low, high=high)


def evaluate(
    groups: Mapping[str, Sequence[Denoiser]],
    data: Dataset,
    noise: Corruption,
    levels: Sequence[float],
    draws: int = DRAWS,
    seed: int = 0,
) -> list[Scored]:
    """Score every group of denoisers, which has one for each run, at every level. Raises ValueError."""
    if draws < 1:
        raise ValueError(f"draws {draws}: give at least 1 noisy copy of each sample")
    found = []
    for level in levels:
        noisy = unseen(data.x, at_level(noise, level), draws, seed)
        found += [_scored(name, level, group, data, noisy) for name, group in groups.items()]
    return found


def unseen(x: np.ndarray, noise: Corruption, draws: int, seed: int = 0) -> np.ndarray:
    """Return noisy copies (draws n, d), the same for every run and denoiser, as `seed` is not a run's."""
    rng = stream(seed, DENOISING, round(1e6 * level_of(noise)))
    return noise(np.tile(x, (draws, 1)), rng)


def default_levels(noise: Corruption) -> list[float]:
    """Return the level 0, and half to twice the level of this noise, as far as these are possible.

    >>> from optae.model.corruptions import Flip, FlipExactly
    >>> default_levels(Flip(0.1)), default_levels(FlipExactly(3))
    ([0.0, 0.05, 0.1, 0.15, 0.2], [0, 2, 3, 5, 6])
    """
    base, whole = level_of(noise), noise.strength == "k"
    wanted = [0.0, *(base * step for step in STEPS)]
    levels = [round(level + 1e-9) if whole else float(f"{level:.6g}") for level in wanted]
    return [level for level in dict.fromkeys(levels) if noise.strength not in ("p", "level") or level <= 1]


def trained_level(noise: Corruption, levels: Sequence[float]) -> float:
    """Return the one of these levels that is nearest to the noise's own."""
    return min(levels, key=lambda level: abs(level - level_of(noise)))


def baselines(data: Dataset, components: int) -> dict[str, Sequence[Denoiser]]:
    """Return three baselines: no denoising, the nearest clean sample, and PCA.

    For independent flips with p < 1/2 the nearest sample is the most likely one.
    """
    return {
        "noisy input": [lambda noisy: noisy],
        "nearest letter": [lambda noisy: data.x[nearest(noisy, data.x)]],
        f"PCA of {components}": [principal(data.x, components)],
    }


def nearest(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return for each y (n, d) the index of the nearest x (m, d), the first of equals."""
    distance = (x**2).sum(axis=1) - 2 * (y @ x.T)
    return np.round(distance, 9).argmin(axis=1)


def principal(x: np.ndarray, components: int) -> Denoiser:
    """Return the projection on the first principal components of the clean samples (Pearson, 1901)."""
    mean = x.mean(axis=0)
    axes = np.linalg.svd(x - mean, full_matrices=False)[2][:components]
    return lambda noisy: mean + (noisy - mean) @ axes.T @ axes


def network(model: Autoencoder, theta: np.ndarray) -> Denoiser:
    """Return a trained autoencoder as a denoiser."""
    return lambda noisy: np.asarray(model.reconstruct(theta, noisy))


def mean_over(table: np.ndarray) -> Estimate:
    """Return the interquartile mean over runs of the means over draws (runs, draws), with a 95 % interval."""
    runs, draws = iqm(table.mean(axis=1)), table.mean(axis=0)
    if len(draws) < FEWEST:
        return Estimate.alone(runs.value, f"{len(draws)} draws: no interval")
    half = student(draws, 0.95)
    if len(table) == 1:
        if not half:
            return Estimate.alone(runs.value, "all draws agree: no interval")
        return Estimate(runs.value, runs.value - half, runs.value + half)
    low, high = (math.hypot(half, end - runs.value) for end in (runs.low, runs.high))
    return Estimate(runs.value, runs.value - low, runs.value + high, runs.note)


def _scored(name: str, level: float, group: Sequence[Denoiser], data: Dataset, noisy: np.ndarray) -> Scored:
    target = np.tile(data.x, (len(noisy) // len(data.x), 1))
    labels = np.unique(data.labels, return_inverse=True)[1]
    truth = np.tile(labels, len(noisy) // len(data.x))
    tables, read = [], []
    for denoise in group:
        with np.errstate(all="ignore"):
            y = denoise(noisy)
        read.append(labels[nearest(np.nan_to_num(y), data.x)])
        tables.append(_tables(y, target, read[-1] == truth, len(data.x)))
    scores = {score: np.stack([table[score] for table in tables]) for score in SCORES}
    return Scored(name, level, scores, np.tile(truth, len(group)), np.concatenate(read))


def _tables(y: np.ndarray, target: np.ndarray, right: np.ndarray, n: int) -> dict[str, np.ndarray]:
    wrong = wrong_pixels(y, target)
    each = (((y - target) ** 2).mean(axis=1), wrong, wrong == 0, wrong <= 1, right)
    return {score: e.reshape(-1, n).mean(axis=1) for score, e in zip(SCORES, each, strict=True)}
