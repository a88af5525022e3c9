"""Compiled Powell against SciPy's on deck A's network, in one run; then how low it comes in ten minutes.

    OPTAE_DATA=folder/with/font.h python benchmarks/powell_fast.py [--seeds 10 --seconds 600 --jobs 2]

Writes results/powell_fast.md, and with --seeds results/powell_fast.csv, a row a run (runs that are there
already are kept). Deck A: 35-20-15-2-15-20-35, linear encoder, no biases, weights from U(-1, 1), decoder
1 / (1 + exp(-1.6 a)), Font2, half_sse. Each ratio is a median over pairs that take turns, of processor time:
seconds on a shared machine wander, ratios do not.
"""

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import replace
from statistics import median

import numpy as np
import pandas as pd
from rows import commits
from scipy.optimize import minimize
from stamp import RESULTS, write
from threadpoolctl import threadpool_limits

from optae.experiments.experiment import Experiment
from optae.methods.powell.method import PowellFast
from optae.pages.stamp import commit
from optae.training.budget import Budget, Stop
from optae.training.problem import Problem
from optae.training.trace import Trace

DECK_A = 0.127039
ITERATIONS, PAIRS, COMPARED = 3, 5, range(4)  # of each seed; pairs that take turns; seeds
NETWORK = Experiment(
    dataset="font.h:Font2",
    arch=(35, 20, 15, 2, 15, 20, 35),
    encoder="identity",
    decoder="logistic:1.6",
    bias=False,
    init="uniform",
    loss="half_sse",
    method="powell-fast",
)
SETTINGS = (1e-4, 1e-4), (1e-3, 1e-8)  # xtol and ftol: SciPy's own; and such that it goes on for ten minutes


class Path3(Trace):
    """A trace that remembers where the descent was after each iteration."""

    def iteration(self, theta: np.ndarray) -> None:
        self.path = [*getattr(self, "path", []), theta.copy()]
        super().iteration()


def ours(problem: Problem) -> tuple[list[np.ndarray], int]:
    """The iterates and the evaluations of compiled Powell."""
    trace = Path3(Budget(max_iterations=ITERATIONS))
    trace.begin(problem.start(), problem.objective())
    with suppress(Stop):
        PowellFast().run(problem, problem.start(), trace)
    return trace.path, int(trace.calls)


def scipys(problem: Problem) -> tuple[list[np.ndarray], int]:
    """The same of SciPy's."""
    path: list[np.ndarray] = []

    def follow(theta: np.ndarray) -> None:
        path.append(theta.copy())
        if len(path) == ITERATIONS:
            raise StopIteration

    found = minimize(problem.objective(), problem.start(), method="Powell", callback=follow)
    return path, found.nfev


def seconds(f: Callable[[Problem], object], problem: Problem) -> float:
    """Of the processor."""
    started = time.process_time()
    f(problem)
    return time.process_time() - started


def compare(seed: int) -> dict[str, object]:
    """Both from one start: microseconds an evaluation, their ratio, how far the iterates are apart."""
    experiment = replace(NETWORK, seed=seed)
    problem = experiment.problem(experiment.data())
    (a, count), (b, calls) = ours(problem), scipys(problem)
    times = [(seconds(ours, problem), seconds(scipys, problem)) for _ in range(PAIRS)]
    apart = [float(np.linalg.norm(p - q) / np.linalg.norm(q)) for p, q in zip(a, b, strict=True)]
    return {
        "seed": seed,
        "evaluations": f"{count:,} / {calls:,}",
        "powell-fast, us": f"{median(fast for fast, _ in times) / count * 1e6:.2f}",
        "SciPy, us": f"{median(slow for _, slow in times) / calls * 1e6:.1f}",
        "ratio": f"{median(slow / fast for fast, slow in times) * count / calls:.1f}",
        **{f"iterate {i}": f"{distance:.1g}" for i, distance in enumerate(apart, start=1)},
    }


def run(xtol: float, ftol: float, seed: int, limit: float) -> dict[str, object]:
    """One long run."""
    os.chdir(os.environ["OPTAE_DATA"])
    with threadpool_limits(1):
        options = (("xtol", xtol), ("ftol", ftol))
        result = replace(NETWORK, options=options, seed=seed, max_seconds=limit).run()
    return {
        "xtol": xtol,
        "ftol": ftol,
        "limit": limit,
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


def long_runs(seeds: int, limit: float, jobs: int) -> pd.DataFrame:
    """Runs what is missing of both settings, and keeps every row."""
    path = RESULTS / "powell_fast.csv"
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    done = {(row["xtol"], row["ftol"], row["seed"], row["limit"]) for row in rows}
    todo = [(*pair, seed, limit) for pair in reversed(SETTINGS) for seed in range(seeds)]
    with ProcessPoolExecutor(jobs) as pool:
        for future in as_completed([pool.submit(run, *job) for job in todo if job not in done]):
            rows.append(future.result())
            print(rows[-1], flush=True)
            pd.DataFrame(rows).sort_values(["xtol", "ftol", "limit", "seed"]).to_csv(path, index=False)
    return pd.DataFrame(rows)


def table(rows: list[dict[str, object]]) -> list[str]:
    """Lines of a Markdown table."""
    return [
        "| " + " | ".join(rows[0]) + " |",
        "|" + " --: |" * len(rows[0]),
        *("| " + " | ".join(map(str, row.values())) + " |" for row in rows),
    ]


def distribution(frame: pd.DataFrame) -> list[dict[str, object]]:
    """A line for each setting and limit."""
    rows = []
    for (xtol, ftol, limit), group in frame.groupby(["xtol", "ftol", "limit"]):
        sse, wrong = group.half_sse, group.wrong_pixels
        rows.append(
            {
                "xtol": f"{xtol:g}",
                "ftol": f"{ftol:g}",
                "seconds at most": f"{limit:g}",
                "seeds": len(group),
                "half_sse best": f"{sse.min():.6f}",
                "quartiles": " / ".join(f"{sse.quantile(q):.4f}" for q in (0.25, 0.5, 0.75)),
                "worst": f"{sse.max():.4f}",
                f"at or below {DECK_A}": int((sse <= DECK_A).sum()),
                "wrong pixels best / median": f"{wrong.min():g} / {wrong.median():g}",
                "iterations, median": f"{group.iterations.median():g}",
                "seconds, median": f"{group.seconds.median():.0f}",
            }
        )
    return rows


def main() -> None:
    """Compares, runs the seeds if asked, writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=0, help="long runs, one a seed")
    parser.add_argument("--seconds", type=float, default=600, help="of solving, each")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes, one thread each")
    asked = parser.parse_args()
    os.chdir(os.environ["OPTAE_DATA"])
    with threadpool_limits(1):
        pairs = [compare(seed) for seed in COMPARED]
    made: list[str] = []
    lines = [
        "# Compiled Powell against SciPy's",
        "",
        "Deck A's network, 35-20-15-2-15-20-35, linear encoder, decoder logistic:1.6, no biases, U(-1, 1),",
        "Font2 of the decks' `font.h`, half_sse.",
        '`scipy.optimize.minimize(method="Powell")` on optae\'s NumPy objective against',
        f"`powell-fast`, {ITERATIONS} iterations, medians of {PAIRS} pairs that take turns, processor time;",
        "then the relative distance between their iterates.",
        "",
        *table(pairs),
    ]
    path = RESULTS / "powell_fast.csv"
    if asked.seeds or path.exists():
        frame = long_runs(asked.seeds, asked.seconds, asked.jobs) if asked.seeds else pd.read_csv(path)
        made = commits(frame)
        lines += ["", f"Long runs; deck A reached {DECK_A} in one.", "", *table(distribution(frame))]
    print(write("powell_fast", "\n".join(lines), "one thread a run", made).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
