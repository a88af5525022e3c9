"""Scores on unseen noise as a table."""

from collections.abc import Sequence

import pandas as pd

from ..evaluation.denoising import SCORES, SHARES, Scored
from ..statistics import FEW, MANY
from ..tables.table import Column, Table

MEANINGS = {
    "mse": "mean over samples and pixels of (t - y)^2",
    "wrong": "wrong pixels a sample",
    "exact": "share of samples without a wrong pixel",
    "within_one": "share with at most one wrong pixel",
    "recognised": "share whose nearest clean sample is the right one",
}


def denoising_table(found: Sequence[Scored], caption: str, unit: str) -> Table:
    """One row for each level and denoiser, every score with its interval; `unit` is what levels count."""
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
    runs = [Column("runs", "runs", "seeds of one recipe")] * many
    over = f", and over runs from {MANY} on a bootstrap of the interquartile mean, of fewer: {FEW}" * many
    note = f"[95 %: Student's t over noise draws{over}]; no training saw this noise"
    return Table(pd.DataFrame(rows), (*heads[:2], *runs, *heads[2:]), caption, (note,))


def _row(one: Scored, unit: str) -> dict[str, object]:
    row: dict[str, object] = {unit: one.level, "denoiser": one.name, "runs": len(one.scores["mse"])}
    for score in SCORES:
        estimate = one.estimate(score)
        row |= {score: estimate.value, f"{score}_low": estimate.low, f"{score}_high": estimate.high}
    return row
