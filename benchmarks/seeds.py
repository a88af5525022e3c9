"""An epoch of ten seeds by optae and PyTorch: one by one, with a fused Adam, compiled, batched.

    pip install 'optae[peers]'
    OPTAE_DATA=folder/with/font.h python benchmarks/seeds.py [--seeds 10 --repeats 7 --seconds 1]

Full-batch Adam (1e-3) on 35-60-50-30-2-30-50-60-35, tanh, bce, Font3 of the decks' `font.h`, in one process
of one thread, from the same starts. Every way trains all the seeds from their starts; the ways take turns,
each for about a second a turn. Writes results/seeds.md: milliseconds of the processor for an epoch of all
seeds, medians over the turns, without compilation. Three minutes.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import mean, median
from typing import Any

import numpy as np
from stamp import write

import optae
from optae.execution.workers import limit_threads
from optae.training.fit import fit_together

WIDTHS = [35, 60, 50, 30, 2]
DTYPES = ("float32", "float64")
CHECKED = 100  # epochs after which the ways are compared
ABOUT = """# Ten seeds at once

Milliseconds for an epoch of all {seeds} seeds: full-batch Adam on 35-60-50-30-2-30-50-60-35, bce, Font3 of
the decks' `font.h`; medians of {repeats} turns in one process of one thread, processor time, without
compilation and without the looks at wrong pixels that optae takes off its clock. The ratio is to optae's
batched loop in the same precision, turn by turn: its median and its range; a range that holds 1 is a tie.
The last column is the mean bce after {checked} epochs: equal numbers are equal work.

| library | way | precision | ms an epoch | of optae batched [range] | bce |
| --- | --- | --- | --: | --: | --: |"""
Trained = tuple[Sequence[float], float]  # bce of every seed, and processor seconds of training
Train = Callable[[int], Trained]  # of so many epochs


@dataclass(frozen=True)
class Way:
    """A library, what it does with the seeds, and a function that makes its training loop."""

    library: str
    how: str
    dtype: str
    make: Callable[[list[optae.Problem], str], Train]


def apart(engine: str, problems: list[optae.Problem], dtype: str) -> Train:
    """optae, a seed after another."""
    adam = optae.METHODS["adam"]()
    adam = adam if engine == "numpy" else replace(adam, precision=dtype)
    mine = [optae.Problem(one.model, one.x, engine=engine, seed=one.seed) for one in problems]
    return lambda epochs: ours([optae.fit(one, adam, max_iterations=epochs) for one in mine])


def together(problems: list[optae.Problem], dtype: str) -> Train:
    """optae, all seeds in one compiled loop."""
    adam = replace(optae.METHODS["adam"](), precision=dtype)
    mine = [optae.Problem(one.model, one.x, engine="jax", seed=one.seed) for one in problems]
    return lambda epochs: ours(fit_together(mine, adam, max_iterations=epochs))


def ours(results: Sequence[optae.Result]) -> Trained:
    """Solving alone: the looks at wrong pixels, which no other loop here has, are off the clock."""
    return [one.value for one in results], sum(one.seconds["processor"] for one in results)


def torchs(batched: bool, fused: bool, compiled: bool, problems: list[optae.Problem], dtype: str) -> Train:
    """PyTorch, seed by seed or with the seeds as the first axis of every array."""
    import torch

    kind = {"float32": torch.float32, "float64": torch.float64}[dtype]
    starts = [list(one.model.layout.unpack(one.start()).values()) for one in problems]
    if batched:
        starts = [[np.stack([np.atleast_2d(part) for part in parts]) for parts in zip(*starts, strict=True)]]
    x = torch.tensor(problems[0].x, dtype=kind)
    x = x.expand(len(problems), *x.shape) if batched else x
    linear, layer = (len(WIDTHS) - 2, 2 * len(WIDTHS) - 3), torch.baddbmm if batched else torch.addmm
    score = torch.nn.functional.binary_cross_entropy_with_logits

    def loss(parts: Sequence[Any]) -> Any:
        """(seeds,) if they are batched, else ()."""
        y = x
        for i, (weight, bias) in enumerate(zip(parts[::2], parts[1::2], strict=True)):
            y = layer(bias, y, weight)
            y = y if i in linear else torch.tanh(y)
        return score(y, x, reduction="none").sum((-1, -2)) / x.shape[-2]

    loss = torch.compile(loss) if compiled else loss

    def descend(start: list[np.ndarray], epochs: int) -> list[float]:
        parts = [torch.tensor(part, dtype=kind, requires_grad=True) for part in start]
        adam = torch.optim.Adam(parts, lr=1e-3, fused=fused)
        for _ in range(epochs):
            adam.zero_grad()
            loss(parts).sum().backward()
            adam.step()
        return loss(parts).detach().reshape(-1).tolist()

    def train(epochs: int) -> Trained:
        started = time.process_time()
        values = [value for start in starts for value in descend(start, epochs)]
        return values, time.process_time() - started

    return train


def ways() -> list[Way]:
    """Every line of the table."""
    found = [Way("optae, numpy", "one by one", "float64", partial(apart, "numpy"))]
    for dtype in DTYPES:
        found.append(Way("optae, jax", "one by one, compiled", dtype, partial(apart, "jax")))
        found.append(Way("optae, jax", "batched, compiled", dtype, together))
    kinds = {
        "one by one": (False, False, False),
        "one by one, fused": (False, True, False),
        "one by one, fused, compiled": (False, True, True),
        "batched, fused": (True, True, False),
        "batched, fused, compiled": (True, True, True),
    }
    return found + [
        Way("PyTorch", how, dtype, partial(torchs, *flags))
        for dtype in DTYPES
        for how, flags in kinds.items()
    ]


def turns(loops: Sequence[Train], repeats: int, seconds: float) -> list[list[float]]:
    """Milliseconds an epoch of each loop, turn by turn, about so many seconds a turn."""
    epochs = []
    for loop in loops:
        epochs.append(max(20, round(CHECKED * seconds / loop(CHECKED)[1])))
    times: list[list[float]] = [[] for _ in loops]
    for _ in range(repeats):
        for loop, count, found in zip(loops, epochs, times, strict=True):
            found.append(1e3 * loop(count)[1] / count)
    return times


def page(found: list[tuple[Way, list[float], float]], seeds: int, repeats: int) -> str:
    """The table, fastest first, and who is told apart from optae's batched loop of the same precision."""
    best = {way.dtype: times for way, times, _ in found if way.make is together}
    lines = [ABOUT.format(seeds=seeds, repeats=repeats, checked=CHECKED)]
    for way, times, value in sorted(found, key=lambda one: (one[0].dtype, median(one[1]))):
        ratios = [a / b for a, b in zip(times, best[way.dtype], strict=True)]
        tie = ", a tie" if min(ratios) <= 1 <= max(ratios) and way.make is not together else ""
        lines.append(
            f"| {way.library} | {way.how} | {way.dtype} | {median(times):.2f}"
            f" | {median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}]{tie} | {value:.5f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Take turns, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1, help="of a turn, about")
    asked = parser.parse_args()
    limit_threads(1)
    import torch

    torch.set_num_threads(1)
    x = optae.load_dataset(os.path.join(os.environ["OPTAE_DATA"], "font.h:Font3")).x
    problems = [optae.Problem(optae.Autoencoder(WIDTHS), x, seed=seed) for seed in range(asked.seeds)]
    every = ways()
    loops = [way.make(problems, way.dtype) for way in every]
    values = [mean(loop(CHECKED)[0]) for loop in loops]  # and what is compiled is so now
    times = turns(loops, asked.repeats, asked.seconds)
    text = page(list(zip(every, times, values, strict=True)), asked.seeds, asked.repeats)
    print(write("seeds", text, "one thread").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
