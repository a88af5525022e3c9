"""Ten seeds at once against ten seeds one after the other, ours and PyTorch's, in one run.

    OPTAE_DATA=folder/with/font.h python benchmarks/seeds.py [--epochs 4500 --seeds 10 --cores 2]

Full-batch Adam (1e-3) on 35-60-50-30-2-30-50-60-35, tanh, bce, Font3 of the decks' `font.h`. PyTorch loops in
eager mode (pip install torch), from the same starts. Every computation has one thread; with two cores the
seeds are trained as two groups side by side, as `optae bench` does. Writes results/seeds.md. Seconds are of
the wall clock, compilation apart.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import optae
from optae.environment import environment
from optae.fit import fit_together
from optae.workers import limit_threads

RESULT = Path(__file__).parent.parent / "results" / "seeds.md"
WIDTHS = [35, 60, 50, 30, 2]
Way = Callable[[list[optae.Problem], int], float]  # the mean of the lowest bce


def together(precision: str, problems: list[optae.Problem], epochs: int) -> float:
    """All in one compiled loop."""
    adam = replace(optae.METHODS["adam"](), precision=precision)
    return float(np.mean([result.value for result in fit_together(problems, adam, max_iterations=epochs)]))


def one_by_one(problems: list[optae.Problem], epochs: int) -> float:
    """The same problems apart."""
    found = [optae.fit(problem, optae.METHODS["adam"](), max_iterations=epochs) for problem in problems]
    return float(np.mean([result.value for result in found]))


def side_by_side(way: Way, cores: int, problems: list[optae.Problem], epochs: int) -> float:
    """As many groups as cores, at the same time."""
    ends = [len(problems) * i // cores for i in range(cores + 1)]
    groups = [problems[start:stop] for start, stop in pairwise(ends)]
    with ThreadPoolExecutor(cores) as pool:
        means = list(pool.map(lambda group: way(group, epochs), groups))
    return float(np.average(means, weights=[len(group) for group in groups]))


def torchs(dtype: str) -> Way:
    """PyTorch's eager loop over the seeds."""

    def run(problems: list[optae.Problem], epochs: int) -> float:
        return float(np.mean([_torch(problem, epochs, dtype) for problem in problems]))

    return run


def _torch(problem: optae.Problem, epochs: int, dtype: str) -> float:
    import torch

    kind = getattr(torch, dtype)
    parts = problem.model.layout.unpack(problem.start()).values()
    parts = [torch.tensor(part, dtype=kind, requires_grad=True) for part in parts]
    layers, x = list(zip(parts[::2], parts[1::2], strict=True)), torch.tensor(problem.x, dtype=kind)
    linear = (len(layers) // 2 - 1, len(layers) - 1)
    adam, score = torch.optim.Adam(parts, lr=1e-3), torch.nn.BCEWithLogitsLoss(reduction="sum")
    lowest = np.inf
    for _ in range(epochs):
        y = x
        for i, (weight, bias) in enumerate(layers):
            y = torch.addmm(bias, y, weight)
            y = y if i in linear else torch.tanh(y)
        loss = score(y, x) / len(x)
        adam.zero_grad()
        loss.backward()
        adam.step()
        lowest = min(lowest, loss.item())
    return lowest


def ways(cores: int) -> dict[str, tuple[str, Way]]:
    """Each way's name, our engine, and what it does."""
    lanes = {precision: partial(together, precision) for precision in ("float32", "float64")}
    wide = f"on {cores} cores"
    return {
        f"optae, all seeds at once, float32, {wide}": ("jax", partial(side_by_side, lanes["float32"], cores)),
        f"optae, all seeds at once, float64, {wide}": ("jax", partial(side_by_side, lanes["float64"], cores)),
        "optae, all seeds at once, float32": ("jax", lanes["float32"]),
        "optae, all seeds at once, float64": ("jax", lanes["float64"]),
        "optae, jax, one by one, float64": ("jax", one_by_one),
        "optae, numpy, one by one, float64": ("numpy", one_by_one),
        "PyTorch eager, one by one, float32": ("numpy", torchs("float32")),
        "PyTorch eager, one by one, float64": ("numpy", torchs("float64")),
        f"PyTorch eager, float32, {wide}": ("numpy", partial(side_by_side, torchs("float32"), cores)),
    }


def measure(seeds: int, epochs: int, cores: int) -> Iterator[tuple[str, float, float]]:
    """Each way's name, seconds and mean lowest bce."""
    model, x = optae.Autoencoder(WIDTHS), optae.load_dataset("font.h:Font3").x
    for name, (engine, way) in ways(cores).items():
        problems = [optae.Problem(model, x, engine, seed) for seed in range(seeds)]
        way(problems, 3)  # compiles
        started = time.perf_counter()
        value = way(problems, epochs)
        yield name, time.perf_counter() - started, value
        print(name, time.perf_counter() - started, value, flush=True)


def main() -> None:
    """Measures, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=4500)
    parser.add_argument("--cores", type=int, default=2)
    asked = parser.parse_args()
    os.chdir(os.environ["OPTAE_DATA"])
    limit_threads(1)
    import torch

    torch.set_num_threads(1)
    with threadpool_limits(1):
        rows = list(measure(asked.seeds, asked.epochs, asked.cores))
    ours = rows[0][1]
    lines = [
        "# All seeds at once",
        "",
        f"{asked.seeds} seeds x {asked.epochs} full-batch Adam epochs of 35-60-50-30-2-30-50-60-35, bce,",
        "Font3 of the decks' `font.h`. Made by `python benchmarks/seeds.py` on",
        f"{environment()['processor']}; seconds of the wall clock, without compilation. PyTorch's",
        "ratio is to the first line.",
        "",
        "| way | seconds | of ours | mean lowest bce |",
        "| --- | --: | --: | --: |",
        *(f"| {name} | {spent:.1f} | {spent / ours:.2f} | {value:.4f} |" for name, spent, value in rows),
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
