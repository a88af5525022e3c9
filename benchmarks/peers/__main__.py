"""Our methods beside other libraries', in one run: seconds until every letter is right.

    pip install 'optae[peers]'
    OPTAE_DATA=folder/with/font.h python benchmarks/peers [--seeds 2 --seconds 10]

35-20-15-2-15-20-35 with biases, tanh, a linear latent layer, bce, Font3 of the decks' `font.h`, float64, the
same starts. Writes results/peers.md. Seconds are of the processor, one thread, without compilation and looks.
"""

import argparse
import os
from pathlib import Path
from statistics import median

from referee import Referee
from threadpoolctl import threadpool_limits
from ways import WAYS, race

import optae
from optae.environment import environment
from optae.workers import limit_threads

RESULT = Path(__file__).parent.parent.parent / "results" / "peers.md"
WIDTHS = [35, 20, 15, 2]


def cell(found: Referee) -> str:
    """Seconds to 0 wrong pixels, or the least and when it was reached."""
    if found.wrong == 0:
        return f"{found.seconds:.2f}"
    return f"{found.wrong:.0f} px at {found.seconds:.1f}"


def row(name: str, runs: list[Referee], best: list[Referee]) -> str:
    """A line of the table; the ratio is to `best`, seed by seed, a bound where pixels stay wrong."""
    ratio = median(
        (run.seconds if run.wrong == 0 else run.limit) / ours.seconds
        for run, ours in zip(runs, best, strict=True)
    )
    bound = "" if all(run.wrong == 0 for run in runs) else "> "
    return f"| {name} | {' | '.join(cell(run) for run in runs)} | {bound}{ratio:.1f} |"


def main() -> None:
    """Races, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10, help="of the processor, each")
    asked = parser.parse_args()
    os.chdir(os.environ["OPTAE_DATA"])
    limit_threads(1)
    import torch

    torch.set_num_threads(1)
    model, x = optae.Autoencoder(WIDTHS), optae.load_dataset("font.h:Font3").x
    runs: dict[str, list[Referee]] = {}
    with threadpool_limits(1):
        for name, way in WAYS.items():
            problems = [optae.Problem(model, x, seed=seed) for seed in range(asked.seeds)]
            race(way, problems[0], 0.01)  # what is imported or compiled late is so now
            runs[name] = [race(way, problem, asked.seconds) for problem in problems]
            print(row(name, runs[name], runs["optae lm"]), flush=True)
    seeds = " | ".join(f"seed {seed}" for seed in range(asked.seeds))
    lines = [
        "# Beside other libraries",
        "",
        "Processor seconds, one thread, until max_pixel_error is 0 on all 32 letters of Font3; where that",
        f"never came within {asked.seconds:g} s, the least wrong pixels and when. Made by `python",
        f"benchmarks/peers --seconds {asked.seconds:g}` on {environment()['processor']}.",
        "35-20-15-2-15-20-35, tanh, linear latent, bce, float64, the same start for all.",
        "scikit-learn has neither this loss nor such a latent layer: it minimises squared error, and its",
        "latent layer is tanh.",
        "",
        f"| way | {seeds} | times lm's |",
        "| --- |" + " --: |" * (asked.seeds + 1),
        *(row(name, found, runs["optae lm"]) for name, found in runs.items()),
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
