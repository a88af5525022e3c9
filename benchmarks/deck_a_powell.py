"""Deck A's letter networks by SciPy's Powell with deck A's settings: 100 iterations, ten seeds.

    OPTAE_DATA=folder/with/font.h python benchmarks/deck_a_powell.py [--jobs 2]

Writes results/deck_a_powell.csv, a row a run (runs that are there already are kept), and the table
results/deck_a_powell.md. Deck A: 35-20-15-2-15-20-35, linear encoder, no biases, weights from U(-1, 1),
decoder 1 / (1 + exp(-1.6 a)), Font2, half_sse; xtol = ftol = 1e-4 (SciPy's own) and 0.01.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from itertools import product

import pandas as pd
from rows import commits
from stamp import RESULTS, commit, write
from threadpoolctl import threadpool_limits

from optae.experiments.experiment import Experiment

EXCEPTIONAL = Experiment(
    dataset="font.h:Font2",
    arch=(35, 20, 15, 2, 15, 20, 35),
    encoder="identity",
    latent="identity",
    decoder="logistic:1.6",
    bias=False,
    init="uniform",
    loss="half_sse",
    method="powell",
    max_iterations=100,
)
NETWORKS = {"linear latent": EXCEPTIONAL, "ReLU latent": replace(EXCEPTIONAL, latent="relu")}
DECK_A = {"linear latent": 0.127039, "ReLU latent": 0.3860915}
TOLERANCES = (1e-4, 1e-2)  # SciPy's, which deck A used first; and its last version's
SEEDS = range(10)


def run(network: str, tolerance: float, seed: int) -> dict[str, object]:
    """One row."""
    os.chdir(os.environ["OPTAE_DATA"])
    with threadpool_limits(1):
        options = (("xtol", tolerance), ("ftol", tolerance))
        result = replace(NETWORKS[network], options=options, seed=seed).run()
    return {
        "network": network,
        "tolerance": tolerance,
        "seed": seed,
        "half_sse": result.value,
        "wrong_pixels": result.metrics["max_pixel_error"],
        "exact": result.metrics["exact"],
        "iterations": result.iterations,
        "evaluations": result.evaluations["value"],
        "seconds": round(result.seconds["solve"], 1),
        "status": result.status,
        "commit": commit(),
    }


def main() -> None:
    """Runs what is missing, then writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes, one thread each")
    jobs = parser.parse_args().jobs
    path = RESULTS / "deck_a_powell.csv"
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    done = {(row["network"], row["tolerance"], row["seed"]) for row in rows}
    every = sorted(product(NETWORKS, TOLERANCES, SEEDS), key=lambda job: -job[1])  # the quick ones first
    todo = [job for job in every if job not in done]
    with ProcessPoolExecutor(jobs) as pool:
        for future in as_completed([pool.submit(run, *job) for job in todo]):
            rows.append(future.result())
            print(rows[-1], flush=True)
            pd.DataFrame(rows).sort_values(["network", "tolerance", "seed"]).to_csv(path, index=False)
    frame = pd.DataFrame(rows)
    write("deck_a_powell", table(frame), "one thread a run", commits(frame))


def table(frame: pd.DataFrame) -> str:
    """The distribution over seeds, beside deck A's figure."""
    lines = [
        "# Deck A's networks by SciPy's Powell",
        "",
        "35-20-15-2-15-20-35, linear encoder, decoder logistic:1.6, no biases, U(-1, 1), Font2 of the decks'",
        "`font.h`; at most 100 iterations. The looser tolerance is that of deck A's last version: with it",
        "Powell declares itself converged long before 100 iterations.",
        "",
        "| network | xtol = ftol | runs | half_sse best | median | worst | deck A "
        "| wrong pixels best / median | exact, most | iterations, median | seconds, median |",
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for (network, tolerance), group in frame.groupby(["network", "tolerance"]):
        sse, wrong = group.half_sse, group.wrong_pixels
        lines.append(
            f"| {network} | {tolerance:g} | {len(group)} "
            f"| {sse.min():.4f} | {sse.median():.4f} | {sse.max():.4f} "
            f"| {DECK_A[str(network)]} | {wrong.min()} / {wrong.median():g} | {group.exact.max()} of 32 "
            f"| {group.iterations.median():g} | {group.seconds.median():.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
