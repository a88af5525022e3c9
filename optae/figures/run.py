"""The pictures of one run."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from ..datasets import Dataset
from ..model.autoencoder import Autoencoder
from ..storage.run import Run
from ..training.result import Result
from .curves import curves
from .decoded_plane import decoded_plane
from .latent_plane import latent_plane
from .reconstructions import reconstructions
from .style import save
from .vae import bounds, heldout_pairs, quantile_grid, samples, traversal

if TYPE_CHECKING:
    from pandas import DataFrame

PICTURED = 20_000  # samples that a picture is of, at most


def draw(folder: Path, model: Autoencoder, data: Dataset, result: Result) -> None:
    """Draws a result's pictures into the folder of its run, which is safe there already."""
    for name, figure in pictures(model, result.theta, data, result.trace, result.heldout):
        save(figure, folder / f"{name}.png")


def of_run(run: Run, score: str = "pixels") -> Iterator[tuple[str, Figure]]:
    """Yields a stored run's pictures by name, as training drew them; `score` as in `reconstructions`."""
    return pictures(run.model, run.theta, run.data, run.trace, run.heldout, score)


def pictures(
    model: Autoencoder,
    theta: np.ndarray,
    data: Dataset,
    trace: "DataFrame",
    heldout: list[dict[str, float]],
    score: str = "pixels",
) -> Iterator[tuple[str, Figure]]:
    """A run's pictures by name; a variational model's are of images that no training saw."""
    data, unseen = _pictured(data), _pictured(data.heldout or data)
    if not heldout:
        yield "curves", curves(trace, model.loss_name)
        yield "reconstructions", reconstructions(model, theta, data, score=score)
        yield "latent", latent_plane(model, theta, data)
        yield "decoded", decoded_plane(model, theta, data)
        return
    seen = model, theta, unseen
    yield "curves", bounds(trace, heldout, model.loss_name)
    yield "reconstructions", heldout_pairs(*seen)
    yield "latent", latent_plane(*seen)
    yield "decoded", quantile_grid(*seen)
    yield "samples", samples(*seen)
    yield "traversal", traversal(*seen)


def _pictured(data: Dataset) -> Dataset:
    """At most `PICTURED` samples, evenly chosen, and a name that says so."""
    n = len(data.x)
    if n <= PICTURED:
        return data
    chosen = np.linspace(0, n - 1, PICTURED).astype(int)
    name = f"{data.name} ({PICTURED:,} of {n:,})"
    return data.take(chosen, name=name)
