"""How the cost of `lm`, `l-bfgs`, `adam` and `powell-fast` grows with the network and with the data.

    python benchmarks/growth.py [--seconds 5 --seeds 3]

Widths: the letters of font2 through 35-4w-3w-2-3w-4w-35, w = 2 to 64. Samples: 35-20-15-2-15-20-35 on 32 to
2048 letters of the project's three fonts, with two pixels flipped in each beyond the first 96. tanh, linear
latent, bce. Measured are the time of an iteration, and the time to within a tenth of the best: to
f <= f_L + 0.1 (f_0 - f_L), f_L the least that any of the four reached from that start (More & Wild, 2009);
medians over seeds, a run that never came so low counting as infinite. Each run has --seconds. Seconds are of
the processor, one thread. Writes results/growth.csv, results/growth.md and results/pictures/growth.png.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from stamp import RESULTS, write
from threadpoolctl import threadpool_limits

import optae
from optae.execution.workers import limit_threads
from optae.figures.palette import looks

SHARE = 0.1
METHODS: dict[str, dict[str, Any]] = {
    "lm": {},
    "l-bfgs": {"ftol": 0.0, "gtol": 0.0},
    "adam": {"lr": 3e-3},
    "powell-fast": {},
}
WIDTHS = (2, 4, 8, 16, 32, 64)
SAMPLES = (32, 128, 512, 2048)
AXES = {"parameters": "32 letters", "samples": "2,167 parameters"}
COLUMNS = {"iteration": "of an iteration", "seconds": "to within a tenth of the best"}


def letters(samples: int) -> np.ndarray:
    """So many of the 96 letters in turn, two pixels flipped in each beyond the first 96."""
    fonts = np.vstack([optae.load_dataset(f"font{i}").x for i in (2, 1, 3)])
    x, rng = np.resize(fonts, (samples, 35)), np.random.default_rng(0)
    flips = rng.permuted(np.tile(np.arange(35), (samples, 1)), axis=1)[:, :2]
    x[np.arange(samples)[96:, None], flips[96:]] = 1 - x[np.arange(samples)[96:, None], flips[96:]]
    return x


def problems(seed: int) -> Iterator[tuple[str, int, optae.Problem]]:
    """What grows, how large, and the problem."""
    for w in WIDTHS:
        model = optae.Autoencoder([35, 4 * w, 3 * w, 2])
        yield "parameters", model.size, optae.Problem(model, letters(32), seed=seed)
    for n in SAMPLES:
        yield "samples", n, optae.Problem(optae.Autoencoder([35, 20, 15, 2]), letters(n), seed=seed)


def history(problem: optae.Problem, method: str, limit: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Processor seconds, the least loss by then, and the seconds of an iteration."""
    started = time.process_time()

    def stop(_: object) -> None:
        if time.process_time() - started > limit:
            raise KeyboardInterrupt  # ends the run, its best kept

    chosen = optae.METHODS[method](**METHODS[method])
    result = optae.fit(problem, chosen, max_iterations=10**7, on_progress=stop)
    spent = time.process_time() - started - result.seconds["compile"]
    rows = result.rows
    seconds = np.array([row.seconds for row in rows]) * spent / max(rows[-1].seconds, 1e-9)
    return seconds, np.array([row.best for row in rows]), spent / max(result.iterations, 1)  # at least


def measure(seed: int, limit: float) -> Iterator[dict[str, Any]]:
    """A row for each problem and method; infinite seconds where it never came so low."""
    for axis, size, problem in problems(seed):
        found = {method: history(problem, method, limit) for method in METHODS}
        start = next(iter(found.values()))[1][0]
        least = min(best[-1] for _, best, _ in found.values())
        goal = least + SHARE * (start - least)
        for method, (seconds, best, iteration) in found.items():
            there = seconds[best <= goal]
            yield {
                "axis": axis, "size": size, "seed": seed, "method": method,
                "seconds": round(float(there[0]), 4) if len(there) else np.inf,
                "iteration": iteration, "bce": float(best[-1]), "goal": goal, "limit": limit,
            }  # fmt: skip


def medians(frame: pd.DataFrame, axis: str, column: str) -> pd.DataFrame:
    """Over the seeds: a row a size, a column a method; what took all the time there was is infinite."""
    rows = frame[frame.axis == axis]
    rows = rows.assign(**{column: rows[column].where(rows[column] < rows.limit, np.inf)})
    return rows.pivot_table(index="size", columns="method", values=column, aggfunc="median")[list(METHODS)]


def draw(frame: pd.DataFrame, path: Path) -> None:
    """Both times by size, all logarithmic."""
    figure, panels = plt.subplots(2, 2, figsize=(9, 6.5), sharex="col", sharey="row", layout="constrained")
    for row, (column, words) in zip(panels, COLUMNS.items(), strict=True):
        for panel, (axis, constant) in zip(row, AXES.items(), strict=True):
            table = medians(frame, axis, column).replace(np.inf, np.nan)
            for method, look in looks({name: name for name in METHODS}).items():
                panel.loglog(table.index, table[method], label=method, **look.line)
            panel.grid(alpha=0.3)
            panels[1, list(AXES).index(axis)].set(xlabel=f"{axis} ({constant})")
        row[0].set(ylabel=f"processor seconds\n{words}")
    panels[0, 0].legend()
    figure.savefig(path, dpi=120)


def sentences(frame: pd.DataFrame) -> Iterator[str]:
    """At what sizes each method is the right choice: the fastest, or within twice of it."""
    for axis in AXES:
        table = medians(frame, axis, "seconds")
        good = table.le(2 * table.min(axis=1), axis=0) & np.isfinite(table)
        for method in METHODS:
            sizes = good.index[good[method]]
            words = f"at {', '.join(f'{size:,}' for size in sizes)} {axis}" if len(sizes) else "at none"
            yield f"- by {axis}, `{method}` is within twice the fastest {words}."


def tables(frame: pd.DataFrame, limit: float) -> Iterator[str]:
    """Of both times, along both axes."""
    for column, words in COLUMNS.items():
        for axis in AXES:
            yield f"Seconds {words}:"
            yield ""
            yield f"| {axis} | {' | '.join(METHODS)} |"
            yield "| --: |" + " --: |" * len(METHODS)
            for size, line in medians(frame, axis, column).iterrows():
                cells = (f"{value:.3g}" if np.isfinite(value) else f"> {limit:g}" for value in line)
                yield f"| {size:,} | {' | '.join(cells)} |"
            yield ""


def page(frame: pd.DataFrame, limit: float, seeds: int) -> str:
    """The results page."""
    lines = [
        "# How cost grows",
        "",
        "Processor seconds of an iteration (an epoch, or a line search along every weight), and to",
        "f <= f_L + 0.1 (f_0 - f_L), f_L the least that any of the four reached from that start within",
        f"{limit:g} s: medians over {seeds} seeds.",
        "By parameters: 32 letters; by samples: 35-20-15-2-15-20-35, 2,167 parameters. bce, tanh.",
        "",
        *tables(frame, limit),
        *sentences(frame),
        "",
        "![Seconds by parameters and by samples](pictures/growth.png)",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measures, draws, writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="of the processor, of each run")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    limit_threads(1)
    with threadpool_limits(1):
        history(next(problems(0))[2], "powell-fast", 0.1)  # compiles
        frame = pd.DataFrame(row for seed in range(asked.seeds) for row in measure(seed, asked.seconds))
    frame.to_csv(RESULTS / "growth.csv", index=False)
    draw(frame, RESULTS / "pictures" / "growth.png")
    text = page(frame, asked.seconds, asked.seeds)
    print(write("growth", text, "one thread").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
