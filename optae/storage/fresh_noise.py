"""Scores of stored denoisers on fresh noise, stored beside their cells as `fresh_noise.csv`.

Every row is a denoiser at a level: the cell's network, or a baseline. The baselines are the noisy input, the
nearest clean sample, and PCA with one component for each latent unit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..datasets.csv_lines import exactly
from ..evaluation.denoising import DRAWS, SCORES, Denoiser, baselines, evaluate, network
from ..experiments.sameness import HOW, PROBLEM, WORDS, known, varies
from ..experiments.schema import Words
from ..files import whole_file
from ..model.corruptions import Corruption, at_level, level_of, spelled
from ..text import Record
from .run import Run, load_run

if TYPE_CHECKING:
    from pandas import DataFrame

FILE = "fresh_noise.csv"
NETWORK = "network"  # the name of a cell's own network among the denoisers
COLUMNS = {score: f"denoised_{score}" for score in SCORES}
TRAINING = ("training_mse", "training_half_sse")  # errors of the network on the noise of its training


@dataclass(frozen=True)
class FreshNoise:
    """How denoisers are scored: the levels of their noise (empty means the trained one) and the draws."""

    levels: tuple[float, ...] = ()
    draws: int = DRAWS
    seed: int = 0

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise ValueError(f"draws {self.draws}: give at least 1 noisy copy of each sample")
        object.__setattr__(self, "levels", tuple(map(float, self.levels)))


def on_fresh_noise(frame: "DataFrame", asked: FreshNoise) -> "DataFrame":
    """Return a row for each cell and level, and for each baseline and level; `frame` is that of `load_cells`.

    A row has the columns of its cell, and the scores as `denoised_mse`, `denoised_wrong`, `denoised_exact`,
    `denoised_within_one`, `denoised_recognised`, and of a network `training_mse` and `training_half_sse`. Its
    `noise` is the noise that it was scored on. Scores that are not stored yet are computed and stored. Cells
    trained without noise have no row. Raises ValueError if no cell was trained on noise.
    """
    import pandas as pd

    rows = [row for record in frame.to_dict("records") for row in _rows(record, asked)]
    if not rows:
        raise ValueError(
            "no cell was trained on noise: [denoise] scores networks on fresh noise of that kind"
        )
    found = pd.DataFrame(rows)
    ours = found["label"].isin(frame["label"])
    differing = [name for name in (*known(frame, (*PROBLEM, *HOW)), "method") if varies(frame, name)]
    for name in (name for name in differing if name not in ("dataset", "data", "noise")):
        found.loc[~ours, name] = "none" if name in (*WORDS, "method", "arch") else np.nan
    again = found.duplicated(["data", "noise", "label"]) & ~ours
    return found[~again].reset_index(drop=True)


def _rows(record: Record, asked: FreshNoise) -> Iterator[Words]:
    """Yield the cell's own rows, then those of the baselines, whose label is their name."""
    run = load_run(record["path"])
    if run.model.corruption is None or not (run.path / "theta.safetensors").is_file():
        return
    for score in scores(run, run.model.corruption, asked):
        name = score.pop("denoiser")
        other = {} if name == NETWORK else {"label": name, "options": "", "seed": 0}
        yield {**record, **score, **other}


def scores(run: Run, noise: Corruption, asked: FreshNoise) -> list[Words]:
    """Return the scores of a cell from its folder, or compute them and store them there."""
    import pandas as pd

    levels = asked.levels or (level_of(noise),)
    wanted = [spelled(at_level(noise, level)) for level in levels]
    path = run.path / FILE
    if path.exists():
        stored = pd.read_csv(path, **exactly(pd.__version__))
        stored = stored[(stored["noise_draws"] == asked.draws) & (stored["noise_seed"] == asked.seed)]
        if set(wanted) <= set(stored["noise"]):
            return list(stored[stored["noise"].isin(wanted)].to_dict("records"))
    rows = list(_evaluated(run, noise, levels, asked))
    with whole_file(path) as file:
        file.write(pd.DataFrame(rows).to_csv(index=False).encode())
    return rows


def _evaluated(run: Run, noise: Corruption, levels: tuple[float, ...], asked: FreshNoise) -> Iterator[Words]:
    restore = network(run.autoencoder, run.theta)
    ways = {NETWORK: [restore], **baselines(run.data, run.autoencoder.latent_width)}
    training = _on_training_noise(run, restore)
    for one in evaluate(ways, run.data, noise, levels, asked.draws, asked.seed):
        yield {
            "noise": spelled(at_level(noise, one.level)),
            "noise_draws": asked.draws,
            "noise_seed": asked.seed,
            "denoiser": one.name,
            **{COLUMNS[score]: float(table.mean()) for score, table in one.scores.items()},
            **(training if one.name == NETWORK else dict.fromkeys(TRAINING, np.nan)),
        }


def _on_training_noise(run: Run, restore: Denoiser) -> dict[str, float]:
    """Return the errors on the frozen draw of the training noise."""
    draw = run.experiment.problem(run.data).objective().draw.map(np.asarray)
    squares = (restore(draw.x) - draw.target) ** 2
    errors = float(squares.mean()), float(squares.sum(axis=1).mean() / 2)
    return dict(zip(TRAINING, errors, strict=True))
