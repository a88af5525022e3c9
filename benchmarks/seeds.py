"""Ten seeds at once against ten seeds one after the other, ours and PyTorch's, in one run.

    OPTAE_DATA=folder/with/font.h python benchmarks/seeds.py [--epochs 4500 --seeds 10]

Full-batch Adam (1e-3) on 35-60-50-30-2-30-50-60-35, tanh, bce, Font3 of the decks' `font.h`. PyTorch loops in
eager mode, in its own float32 and in the float64 that optae has, from the same starts (pip install torch).
Writes results/seeds.md. Seconds are of the processor, one thread, without compilation.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
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


def together(problems: list[optae.Problem], epochs: int) -> float:
    """All in one compiled loop."""
    found = fit_together(problems, optae.METHODS["adam"](), max_iterations=epochs)
    return float(np.mean([result.value for result in found]))


def one_by_one(problems: list[optae.Problem], epochs: int) -> float:
    """The same problems apart."""
    found = [optae.fit(problem, optae.METHODS["adam"](), max_iterations=epochs) for problem in problems]
    return float(np.mean([result.value for result in found]))


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


WAYS: dict[str, tuple[str, Way]] = {
    "optae, jax, all seeds at once": ("jax", together),
    "optae, jax, one by one": ("jax", one_by_one),
    "optae, numpy, one by one": ("numpy", one_by_one),
    "PyTorch eager, float32": ("numpy", torchs("float32")),
    "PyTorch eager, float64": ("numpy", torchs("float64")),
}


def measure(seeds: int, epochs: int) -> Iterator[tuple[str, float, float]]:
    """Each way's name, processor seconds and mean lowest bce."""
    model, x = optae.Autoencoder(WIDTHS), optae.load_dataset("font.h:Font3").x
    for name, (engine, way) in WAYS.items():
        problems = [optae.Problem(model, x, engine, seed) for seed in range(seeds)]
        way(problems, 3)  # compiles
        started = time.process_time()
        value = way(problems, epochs)
        yield name, time.process_time() - started, value


def main() -> None:
    """Measures, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=4500)
    asked = parser.parse_args()
    os.chdir(os.environ["OPTAE_DATA"])
    limit_threads(1)
    import torch

    torch.set_num_threads(1)
    with threadpool_limits(1):
        rows = list(measure(asked.seeds, asked.epochs))
    ours = rows[0][1]
    lines = [
        "# All seeds at once",
        "",
        f"{asked.seeds} seeds x {asked.epochs} full-batch Adam epochs of 35-60-50-30-2-30-50-60-35, bce,",
        "Font3 of the decks' `font.h`. Made by `python benchmarks/seeds.py` on",
        f"{environment()['processor']}; processor seconds of one thread, without compilation. optae in",
        "float64.",
        "",
        "| way | seconds | of ours | mean lowest bce |",
        "| --- | --: | --: | --: |",
        *(f"| {name} | {spent:.1f} | {spent / ours:.2f} | {value:.4f} |" for name, spent, value in rows),
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
