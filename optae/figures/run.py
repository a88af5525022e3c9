"""The pictures of one run."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from ..datasets import Dataset
from ..evaluation.elbo import has_bound
from ..model.autoencoder import Autoencoder
from ..storage.run import Run
from ..training.problem import Problem
from ..training.result import Result
from .curves import Legs, curves
from .decoded_plane import decoded_plane
from .files import save
from .latent_plane import latent_plane
from .noisy import noisy_pairs
from .reconstructions import reconstructions
from .vae import bounds, heldout_pairs, quantile_grid, samples, traversal

if TYPE_CHECKING:
    from pandas import DataFrame

PICTURED = 20_000  # most samples of which a picture is made


def draw(folder: Path, problem: Problem, data: Dataset, result: Result) -> None:
    """Draw a result's pictures into the folder of its run, which is already stored."""
    for name, figure in pictures(problem, result.theta, data, result.trace, result.heldout, legs=result.legs):
        save(figure, folder / f"{name}.png")


def of_run(run: Run, score: str = "pixels") -> Iterator[tuple[str, Figure]]:
    """Yield a stored run's pictures by name, as training draws them; `score` as in `reconstructions`."""
    problem = run.experiment.problem(run.data)
    legs = run.record.get("legs", ())
    return pictures(problem, run.theta, run.data, run.trace, run.heldout, score, legs)


def pictures(
    problem: Problem,
    theta: np.ndarray,
    data: Dataset,
    trace: "DataFrame",
    heldout: list[dict[str, float]],
    score: str = "pixels",
    legs: Legs = (),
) -> Iterator[tuple[str, Figure]]:
    """Yield a run's pictures by name; those of a variational model show held-out images."""
    model = problem.model
    if not isinstance(model, Autoencoder):
        yield "curves", curves(trace, model.minimised, legs=legs)
        return
    if not (heldout and has_bound(model)):
        shown = model, theta, _pictured(data)
        yield "curves", curves(trace, model.minimised, legs=legs)
        yield "reconstructions", reconstructions(*shown, score=score)
        yield "latent", latent_plane(*shown)
        yield "decoded", decoded_plane(*shown)
    else:
        shown = model, theta, _pictured(data.heldout or data)
        yield "curves", bounds(trace, heldout, model.loss_name)
        yield "reconstructions", heldout_pairs(*shown)
        yield "latent", latent_plane(*shown)
        yield "decoded", quantile_grid(*shown)
        yield "samples", samples(*shown)
        yield "traversal", traversal(*shown)
    if model.corruption is not None:
        yield "noisy", noisy_pairs(model, theta, data, model.corruption, frozen_copies(problem))


def frozen_copies(problem: Problem) -> np.ndarray | None:
    """Return the noisy copies (copies n, d) of the training, or None if it drew them again and again."""
    return None if problem.fresh else np.asarray(problem.objective().draw.x)


def _pictured(data: Dataset) -> Dataset:
    """Return at most `PICTURED` samples, evenly chosen, under a name that says so."""
    n = len(data.x)
    if n <= PICTURED:
        return data
    chosen = np.linspace(0, n - 1, PICTURED).astype(int)
    name = f"{data.name} ({PICTURED:,} of {n:,})"
    return data.take(chosen, name=name)
