"""Our methods beside other libraries', in one run: seconds until every letter is right.

    pip install 'optae[peers]'
    OPTAE_DATA=folder/with/font.h python benchmarks/peers [--seeds 10 --seconds 4]

35-20-15-2-15-20-35 with biases, tanh, a linear latent layer, bce, Font3 of the decks' `font.h`, float64, the
same starts, one thread. What a library leaves to be chosen (every first-order method's rate from one grid,
optimistix' solver and residuals) is chosen on other seeds by one rule. Keeps each run as a row of
results/peers.csv, goes on where it was stopped, and writes results/peers.md. A quarter of an hour.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits
from ways import RATES, WAYS, Choice, race

sys.path.insert(0, str(Path(__file__).parent.parent))

from rows import Job, Row, collect, commits
from stamp import write

import optae
from optae.execution.workers import limit_threads
from optae.storage.environment import code

WIDTHS = [35, 20, 15, 2]
TUNING = (1000, 1001)  # seeds on which settings are chosen
LM = "optae lm"
ABOUT = """# Beside other libraries

Seconds of one thread until max_pixel_error is 0 on all 32 letters of Font3, without compilation and looks
(of the processor; optae's by its own clock, on a quiet machine the same); at most {limit:g} s a run, {seeds}
seeds, the same starts for all. 35-20-15-2-15-20-35, tanh, linear latent, bce,
float64. scikit-learn has neither this loss nor such a latent layer: it minimises squared error, and its
latent layer is tanh. A way's setting is the one with the least median seconds on seeds {tuning} (of equals,
the fewest wrong pixels on average): rates of all first-order methods from {rates}; optimistix by six pairs of
a solver and residuals. The ratio to `lm` is the median over seeds, a bound where most seeds are missed; the
last column counts the seeds on which `lm` is beaten.

| way | setting | all right | s, median | range | wrong pixels, median | times lm's | beats lm |
| --- | --- | --: | --: | --: | --: | --: | --: |"""


def run(way: str, choice: Choice, seed: int, limit: float) -> list[Row]:
    """One race, behind one that compiles."""
    x = optae.load_dataset(os.path.join(os.environ["OPTAE_DATA"], "font.h:Font3")).x
    problem = optae.Problem(optae.Autoencoder(WIDTHS), x, seed=seed)
    race(WAYS[way][0], problem, 0.2, **choice)
    found = race(WAYS[way][0], problem, limit, **choice)
    return [{"wrong": found.wrong, "seconds": found.seconds}]


def jobs(chosen: dict[str, Choice], seeds: range | tuple[int, ...], limit: float) -> Iterator[Job]:
    """The races of these seeds, by each way's chosen setting, or by all where none is chosen."""
    for seed in seeds:
        for way, (_, choices) in WAYS.items():
            for choice in [chosen[way]] if way in chosen else choices:
                if way in chosen or len(choices) > 1:
                    keys = {"code": code(), "way": way, "choice": words(choice), "seed": seed, "limit": limit}
                    yield keys, partial(run, way, choice, seed, limit)


def words(choice: Choice) -> str:
    """A setting in text."""
    return ", ".join(f"{key} {value}" for key, value in choice.items()) or "defaults"


def seconds(frame: pd.DataFrame) -> np.ndarray:
    """Until no pixel was wrong; a miss is infinite."""
    return np.where(frame["wrong"] == 0, frame["seconds"], np.inf)


def chosen(frame: pd.DataFrame) -> dict[str, Choice]:
    """The setting of each way with the least median seconds; of equals the fewest wrong pixels on average."""
    found = {}
    for way, (_, choices) in WAYS.items():
        groups = {words(c): frame[(frame["way"] == way) & (frame["choice"] == words(c))] for c in choices}

        def score(choice: Choice, groups: dict[str, pd.DataFrame] = groups) -> tuple[float, float]:
            group = groups[words(choice)]
            return float(np.median(seconds(group))), float(group["wrong"].mean())

        found[way] = min(choices, key=score) if len(choices) > 1 else choices[0]
    return found


def line(way: str, group: pd.DataFrame, lm: pd.DataFrame, limit: float) -> str:
    """A line of the table; the ratio is to `lm`, seed by seed, a bound where most seeds are missed."""
    spent, ours = seconds(group), seconds(lm)
    hits, typical = int(np.isfinite(spent).sum()), float(np.median(spent))
    bound = "" if np.isfinite(typical) else "> "
    ratio = median(np.where(np.isfinite(spent), spent, limit) / np.where(np.isfinite(ours), ours, limit))
    first = f"{spent.min():.2f}" if hits else "-"
    ends = f"{first} to {spent.max():.2f}" if hits == len(spent) else f"{first} to never"
    middle = f"{typical:.2f}" if np.isfinite(typical) else "never"
    wrong = f"{group['wrong'].median():g}"
    faster = f"{int((spent < ours).sum())} of {len(spent)}"
    name = f"| {way} | {group['choice'].iat[0]} | {hits} of {len(spent)} | {middle} | {ends} | {wrong} "
    return f"{name}| {bound}{ratio:.1f} | {'' if way == LM else faster} |"


def page(frame: pd.DataFrame, limit: float, seeds: int) -> str:
    """The results page."""
    mine = frame[frame["seed"].isin(range(seeds))]
    groups: dict[Any, pd.DataFrame] = {way: mine[mine["way"] == way] for way in WAYS}
    about = ABOUT.format(
        limit=limit,
        seeds=seeds,
        tuning=" and ".join(map(str, TUNING)),
        rates=", ".join(f"{one['lr']:g}" for one in RATES),
    )
    return "\n".join([about, *(line(way, group, groups[LM], limit) for way, group in groups.items())])


def main() -> None:
    """Choose, race, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=4, help="of each run")
    asked = parser.parse_args()
    limit_threads(1)
    import torch

    torch.set_num_threads(1)
    with threadpool_limits(1):
        settings = chosen(_mine(collect("peers", jobs({}, TUNING, asked.seconds)), asked.seconds))
        frame = collect("peers", jobs(settings, range(asked.seeds), asked.seconds))
    frame = _mine(frame, asked.seconds)
    text = page(frame, asked.seconds, asked.seeds)
    print(write("peers", text, "one thread", commits(frame)).read_text(encoding="utf-8"))


def _mine(frame: pd.DataFrame, limit: float) -> pd.DataFrame:
    """The rows of today's code and this limit."""
    return frame[(frame["code"] == code()) & (frame["limit"] == limit)]


if __name__ == "__main__":
    main()
