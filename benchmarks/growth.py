"""How the cost of `lm`, `l-bfgs`, `adam` and `powell-fast` grows with the network and with the data.

    python benchmarks/growth.py [--seconds 3]

Widths: the letters of font2 through 35-4w-3w-2-3w-4w-35, w = 2 to 64. Samples: 35-20-15-2-15-20-35 on 32 to
2048 letters of the project's three fonts, with two pixels flipped in each beyond the first 96. tanh, linear
latent, bce. Measured is the time to within a tenth of the best: to f <= f_L + 0.1 (f_0 - f_L), f_L the
least that any of the four reached there (More & Wild, 2009). Each has --seconds. Writes results/growth.csv,
results/growth.md and results/pictures/growth.png. Seconds are of the processor, one thread.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import optae
from optae.environment import environment
from optae.workers import limit_threads

RESULTS = Path(__file__).parent.parent / "results"
SHARE = 0.1
METHODS: dict[str, dict[str, Any]] = {
    "lm": {},
    "l-bfgs": {"ftol": 0.0, "gtol": 0.0},
    "adam": {"lr": 3e-3},
    "powell-fast": {},
}
WIDTHS = (2, 4, 8, 16, 32, 64)
SAMPLES = (32, 128, 512, 2048)


def letters(samples: int) -> np.ndarray:
    """So many of the 96 letters in turn, two pixels flipped in each beyond the first 96."""
    fonts = np.vstack([optae.load_dataset(f"font{i}").x for i in (2, 1, 3)])
    x, rng = np.resize(fonts, (samples, 35)), np.random.default_rng(0)
    flips = rng.permuted(np.tile(np.arange(35), (samples, 1)), axis=1)[:, :2]
    x[np.arange(samples)[96:, None], flips[96:]] = 1 - x[np.arange(samples)[96:, None], flips[96:]]
    return x


def problems() -> Iterator[tuple[str, int, optae.Problem]]:
    """What grows, how large, and the problem."""
    for w in WIDTHS:
        model = optae.Autoencoder([35, 4 * w, 3 * w, 2])
        yield "parameters", model.size, optae.Problem(model, letters(32))
    for n in SAMPLES:
        yield "samples", n, optae.Problem(optae.Autoencoder([35, 20, 15, 2]), letters(n))


def history(problem: optae.Problem, method: str, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Processor seconds and the least loss by then."""
    started = time.process_time()

    def stop(_: object) -> None:
        if time.process_time() - started > limit:
            raise KeyboardInterrupt  # ends the run, its best kept

    chosen = optae.METHODS[method](**METHODS[method])
    result = optae.fit(problem, chosen, max_iterations=10**7, on_progress=stop)
    spent = time.process_time() - started - result.seconds["compile"]
    rows = result.rows
    seconds = np.array([row.seconds for row in rows]) * spent / max(rows[-1].seconds, 1e-9)
    return seconds, np.array([row.best for row in rows])


def measure(limit: float) -> Iterator[dict[str, Any]]:
    """A row for each problem and method; no seconds where it never came so low."""
    history(next(problems())[2], "powell-fast", 0.1)  # compiles
    for axis, size, problem in problems():
        found = {method: history(problem, method, limit) for method in METHODS}
        start = next(iter(found.values()))[1][0]
        least = min(best[-1] for _, best in found.values())
        goal = least + SHARE * (start - least)
        for method, (seconds, best) in found.items():
            there = seconds[best <= goal]
            row = {"axis": axis, "size": size, "parameters": problem.model.size, "samples": len(problem.x)}
            yield row | {
                "method": method,
                "seconds": round(float(there[0]), 4) if len(there) else None,
                "bce": float(best[-1]),
                "goal": goal,
                "limit": limit,
            }


def draw(frame: pd.DataFrame, path: Path) -> None:
    """Seconds by size, both logarithmic."""
    figure, panels = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
    for panel, (axis, rows) in zip(panels, frame.groupby("axis", sort=False), strict=True):
        for method, line in rows.groupby("method", sort=False):
            panel.loglog(line["size"], line.seconds, marker="o", label=method)
        panel.set(xlabel=f"{axis} ({'32 letters' if axis == 'parameters' else '2,167 parameters'})")
        panel.grid(alpha=0.3)
    panels[0].set(ylabel="processor seconds to within a tenth of the best")
    panels[1].legend()
    figure.savefig(path, dpi=150)


def sentences(frame: pd.DataFrame) -> Iterator[str]:
    """Up to what size each method is the fastest, or within twice of it."""
    for axis, rows in frame.groupby("axis", sort=False):
        table = rows.pivot(index="size", columns="method", values="seconds")[list(METHODS)]
        good = table.le(2 * table.min(axis=1), axis=0)
        for method in METHODS:
            sizes = good.index[good[method]]
            words = f"at {', '.join(f'{size:,}' for size in sizes)} {axis}" if len(sizes) else "at none"
            yield f"- by {axis}, `{method}` is within twice the fastest {words}."


def page(frame: pd.DataFrame, limit: float) -> str:
    """The results page."""
    tables = []
    for axis, rows in frame.groupby("axis", sort=False):
        table = rows.pivot(index="size", columns="method", values="seconds")[list(METHODS)]
        tables += [f"| {axis} | {' | '.join(METHODS)} |", "| --: |" + " --: |" * len(METHODS)]
        for size, line in table.iterrows():
            cells = (f"{value:.3g}" if value == value else f"> {limit:g}" for value in line)
            tables.append(f"| {size:,} | {' | '.join(cells)} |")
        tables.append("")
    lines = [
        "# How cost grows",
        "",
        "Processor seconds to f <= f_L + 0.1 (f_0 - f_L), f_L the least that any of the four reached within",
        f"{limit:g} s. Made by `python benchmarks/growth.py` on {environment()['processor']}, one thread.",
        "By parameters: 32 letters; by samples: 35-20-15-2-15-20-35, 2,167 parameters. bce, tanh, one seed.",
        "",
        *tables,
        *sentences(frame),
        "",
        "![Seconds by parameters and by samples](pictures/growth.png)",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measures, draws, writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3, help="of the processor, of each run")
    asked = parser.parse_args()
    limit_threads(1)
    with threadpool_limits(1):
        frame = pd.DataFrame(measure(asked.seconds))
    frame.to_csv(RESULTS / "growth.csv", index=False)
    draw(frame, RESULTS / "pictures" / "growth.png")
    (RESULTS / "growth.md").write_text(page(frame, asked.seconds), encoding="utf-8")
    print(page(frame, asked.seconds))


if __name__ == "__main__":
    main()
