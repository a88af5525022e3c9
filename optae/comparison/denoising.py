"""Scores of stored runs on fresh noise, and their table."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ..datasets import Dataset
from ..evaluation.denoising import (
    SCORES,
    SHARES,
    Scored,
    baselines,
    default_levels,
    evaluate,
    network,
    trained_level,
)
from ..model.corruptions import Corruption, Flip, corruption, spelled
from ..statistics import FEW, MANY
from ..storage.groups import by_recipe, same_data
from ..storage.run import Run
from ..tables.table import Column, Table
from ..text import natural

MEANINGS = {
    "mse": "mean over samples and pixels of (t - y)^2",
    "wrong": "wrong pixels a sample",
    "exact": "share of samples without a wrong pixel",
    "within_one": "share with at most one wrong pixel",
    "recognised": "share whose nearest clean sample is the right one",
}


@dataclass(frozen=True, eq=False)
class Study:
    """Scores of stored runs on fresh noise, with the runs, the data and the noise."""

    run: Run  # the first run, which pictures of one network show
    data: Dataset
    noise: Corruption
    levels: Sequence[float]
    draws: int
    scores: Sequence[Scored]
    name: str  # of the first run's group

    @property
    def unit(self) -> str:
        """The name of the level, such as 'flip p'."""
        return f"{str(spelled(self.noise)).partition(':')[0]} {self.noise.strength}"

    @property
    def table(self) -> Table:
        """Return a table with one row for each level and denoiser."""
        caption = f"{self.data.name}: {len(self.data.x)} samples, {self.draws} fresh noisy copies of each"
        return denoising_table(self.scores, caption, self.unit)

    @property
    def example(self) -> Scored:
        """Return the scores of the first run's group at the level nearest to its trained one."""
        level = trained_level(self.noise, self.levels)
        return next(one for one in self.scores if one.name == self.name and one.level == level)


def study(
    runs: Sequence[Run], noise: str | None, levels: Sequence[float] | None, draws: int, seed: int
) -> Study:
    """Score runs of one data set and the baselines on fresh noise; runs of one recipe are pooled.

    `noise` is a word; None means the first run's, or flip:0.1. The default `levels` are from half to twice
    the trained level. Raises ValueError if the runs were trained on different data.
    """
    data, first = same_data(runs), runs[0]
    word = corruption(noise) or first.model.corruption or Flip()
    chosen = levels or default_levels(word)
    found = sorted(by_recipe(runs).items(), key=lambda item: natural(item[0]))
    groups = {name: [network(run.autoencoder, run.theta) for run in many] for name, many in found}
    ways = {**baselines(data, first.autoencoder.latent_width), **groups}
    scores = evaluate(ways, data, word, chosen, draws, seed)
    name = next(name for name, many in found if first in many)
    return Study(first, data, word, chosen, draws, scores, name)


def denoising_table(found: Sequence[Scored], caption: str, unit: str) -> Table:
    """Return one row for each level and denoiser, with intervals; `unit` is the name of the level."""
    rows = [_row(one, unit) for one in found]
    heads = [
        Column(unit, unit, "strength of the noise", group=True),
        Column("denoiser", "denoiser", group=True),
    ]
    heads += [
        Column(score, score.replace("_", " "), text, better="high" if score in SHARES else "low")
        for score, text in MEANINGS.items()
    ]
    many = any(one.scores["mse"].shape[0] > 1 for one in found)
    runs = [Column("runs", "runs", "seeds of one recipe")] if many else []
    over = f", and over runs from {MANY} on a bootstrap of the interquartile mean, of fewer: {FEW}"
    over = over if many else ""
    note = f"[95 %: Student's t over noise draws{over}]; no training saw this noise"
    return Table(pd.DataFrame(rows), (*heads[:2], *runs, *heads[2:]), caption, (note,))


def _row(one: Scored, unit: str) -> dict[str, object]:
    row: dict[str, object] = {unit: one.level, "denoiser": one.name, "runs": len(one.scores["mse"])}
    for score in SCORES:
        estimate = one.estimate(score)
        row |= {score: estimate.value, f"{score}_low": estimate.low, f"{score}_high": estimate.high}
    return row
