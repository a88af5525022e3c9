"""Ten seeds at once against ten seeds one after the other, ours and PyTorch's, in one run.

    OPTAE_DATA=folder/with/font.h python benchmarks/seeds.py [--epochs 4500 --seeds 10 --cores 2]

Full-batch Adam (1e-3) on 35-60-50-30-2-30-50-60-35, tanh, bce, Font3 of the decks' `font.h`. PyTorch loops in
eager mode (pip install torch), from the same starts. Every process has one thread; on two cores two
processes share the seeds, as in `optae bench`. Writes results/seeds.md. Seconds are of the wall clock,
compilation apart.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import optae
from optae.environment import environment
from optae.fit import fit_together
from optae.workers import limit_threads

RESULT = Path(__file__).parent.parent / "results" / "seeds.md"
WIDTHS = [35, 60, 50, 30, 2]
Way = Callable[[Sequence[int], int], list[float]]  # seeds and epochs to the lowest bce of each


def problems(seeds: Sequence[int], engine: str) -> list[optae.Problem]:
    """One a seed."""
    model, x = optae.Autoencoder(WIDTHS), optae.load_dataset("font.h:Font3").x
    return [optae.Problem(model, x, engine, seed) for seed in seeds]


def together(precision: str, seeds: Sequence[int], epochs: int) -> list[float]:
    """All in one compiled loop."""
    adam = replace(optae.METHODS["adam"](), precision=precision)
    return [result.value for result in fit_together(problems(seeds, "jax"), adam, max_iterations=epochs)]


def one_by_one(engine: str, seeds: Sequence[int], epochs: int) -> list[float]:
    """The same problems apart."""
    adam = optae.METHODS["adam"]()
    return [optae.fit(one, adam, max_iterations=epochs).value for one in problems(seeds, engine)]


def torchs(dtype: str, seeds: Sequence[int], epochs: int) -> list[float]:
    """PyTorch's eager loop over the seeds."""
    return [_torch(one, epochs, dtype) for one in problems(seeds, "numpy")]


def _torch(problem: optae.Problem, epochs: int, dtype: str) -> float:
    import torch

    torch.set_num_threads(1)
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


WAYS: dict[str, Way] = {
    "optae, all seeds at once, float32": partial(together, "float32"),
    "optae, all seeds at once, float64": partial(together, "float64"),
    "optae, jax, one by one, float64": partial(one_by_one, "jax"),
    "optae, numpy, one by one, float64": partial(one_by_one, "numpy"),
    "PyTorch eager, one by one, float32": partial(torchs, "float32"),
    "PyTorch eager, one by one, float64": partial(torchs, "float64"),
}


def work(way: str, seeds: Sequence[int], epochs: int) -> list[float]:
    """A process's part."""
    return WAYS[way](seeds, epochs)


def measure(way: str, seeds: int, epochs: int, cores: int) -> tuple[float, float]:
    """Seconds, and the mean lowest bce, with the seeds shared by so many processes."""
    ends = [seeds * i // cores for i in range(cores + 1)]
    parts = [range(start, stop) for start, stop in pairwise(ends)]
    with ExitStack() as stack:
        pools = [
            stack.enter_context(ProcessPoolExecutor(1, get_context("spawn"), limit_threads, (1,)))
            for _ in parts
        ]

        def run(epochs: int) -> list[float]:
            jobs = [pool.submit(work, way, part, epochs) for pool, part in zip(pools, parts, strict=True)]
            return [value for job in jobs for value in job.result()]

        run(3)  # compiles
        started = time.perf_counter()
        values = run(epochs)
        return time.perf_counter() - started, float(np.mean(values))


def rows(seeds: int, epochs: int, cores: int) -> Iterator[tuple[str, int, float, float]]:
    """Each way and its processes, seconds and mean lowest bce."""
    for way in WAYS:
        for count in sorted({1, cores}, reverse=True):
            yield way, count, *measure(way, seeds, epochs, count)


def main() -> None:
    """Measures, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=4500)
    parser.add_argument("--cores", type=int, default=2)
    asked = parser.parse_args()
    os.chdir(os.environ["OPTAE_DATA"])
    found = []
    for row in rows(asked.seeds, asked.epochs, asked.cores):
        found.append(row)
        print(*row, flush=True)
    ours = found[0][2]
    lines = [
        "# All seeds at once",
        "",
        f"{asked.seeds} seeds x {asked.epochs} full-batch Adam epochs of 35-60-50-30-2-30-50-60-35, bce,",
        "Font3 of the decks' `font.h`. Made by `python benchmarks/seeds.py` on",
        f"{environment()['processor']}; seconds of the wall clock, without compilation; a thread a process.",
        "",
        "| way | processes | seconds | of the first line | mean lowest bce |",
        "| --- | --: | --: | --: | --: |",
        *(
            f"| {way} | {count} | {spent:.1f} | {spent / ours:.1f} | {value:.4f} |"
            for way, count, spent, value in found
        ),
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
