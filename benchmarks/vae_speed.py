"""How fast a compiled epoch of the VAE 784-512-256-2 is, beside the machine's own matrix products.

    python benchmarks/vae_speed.py [--steps 50] [--repeats 40] [--page vae_speed]

Writes results/vae_speed.md: milliseconds a step of batch 128 by wall clock and by processor time, in float32
and with bfloat16 products, and those of the step's matrix products alone, timed in turn in the same run. The
images are random: no product is faster for them. Then results/pictures/vae_cost.png: the cost of a sample
against batch size, width and number of simulated devices. For another machine, name its own page of
`stamp.PAGES`, which has the table alone.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from stamp import RESULTS, write

import optae
from optae.engines import engine
from optae.engines.hardware import Hardware
from optae.engines.streams import DEVICE, FRESH, stream, words
from optae.engines.threads import cores
from optae.methods.first_order import rules as fo
from optae.methods.first_order.compiled_epochs import PLAIN, begin, compiled

WIDTHS, BATCH = (784, 512, 256, 2), 128
PAGE = "vae_speed"
BOUND = "the matrix products alone"
RULE = fo.Adam(1e-3)


def epoch(
    widths: tuple[int, ...], batch: int, steps: int, precision: str, devices: int = 1
) -> Callable[[], None]:
    """One pass over `steps` batches, compiled and run once."""
    model = optae.Autoencoder(widths, encoder="relu", decoder="relu", bottleneck="gaussian")
    hardware = Hardware(precision, "cpu" if devices > 1 else None, devices)
    run = compiled(engine("jax"), model, RULE, PLAIN, hardware)
    data = run.put((np.random.default_rng(0).random((steps * batch, widths[0])), None))
    state = {"carry": run.put(begin(model, RULE, model.init(0))), "epoch": 0}
    orders = stream(0, FRESH)

    def once() -> None:
        order = orders.permutation(steps * batch).reshape(steps, batch)
        state["carry"], _ = run(state["carry"], data, order, words(0, DEVICE, state["epoch"]), state["epoch"])
        state["epoch"] += 1

    once()
    return once


def products(widths: tuple[int, ...], batch: int, steps: int, by_rows: bool = True) -> Callable[[], None]:
    """The matrix products of as many steps and nothing else: of each layer forward, and both backward.

    `by_rows`: a layer's inputs are written out the other way for the weights' gradient, which is faster here.
    """
    full = [*widths[:-1], 2 * widths[-1]], [*reversed(widths)]
    shapes = [pair for part in full for pair in pairwise(part)]
    rng = np.random.default_rng(0)
    xs = [jnp.asarray(rng.standard_normal((batch, i)), jnp.float32) for i, _ in shapes]
    ws = [jnp.asarray(rng.standard_normal(shape), jnp.float32) for shape in shapes]
    gs = [jnp.asarray(rng.standard_normal((batch, o)), jnp.float32) for _, o in shapes]

    def step(carry: Any, _: Any) -> Any:
        """Every product depends on the carry, so that none is taken out of the loop."""
        total = carry
        for k, (x, w, g) in enumerate(zip(xs, ws, gs, strict=True)):
            x = x.at[0, 0].add(total)
            turned = jax.lax.optimization_barrier(x.T) if by_rows else x.T
            outputs = [x @ w, turned @ g.at[0, 0].add(total)]
            if k:  # nobody wants the gradient of the images
                outputs.append(g.at[0, 0].add(total) @ w.T)
            total = total + sum(out[0, 0] for out in outputs) * 1e-30
        return total, None

    run = jax.jit(lambda start: jax.lax.scan(step, start, None, length=steps)[0])
    run(jnp.float32(0)).block_until_ready()
    return lambda: run(jnp.float32(0)).block_until_ready()


def in_turn(jobs: dict[str, Callable[[], Any]], steps: int, repeats: int) -> dict[str, tuple[float, float]]:
    """Milliseconds a step of each job, wall and processor: the least of several, taken in turn."""
    best = dict.fromkeys(jobs, (np.inf, np.inf))
    for _ in range(repeats):
        for name, job in jobs.items():
            wall, work = time.perf_counter(), time.process_time()
            job()
            spent = time.perf_counter() - wall, time.process_time() - work
            best[name] = tuple(min(a, 1e3 * b / steps) for a, b in zip(best[name], spent, strict=True))
    return best


def table(best: dict[str, tuple[float, float]], steps: int) -> str:
    bound, full = best[BOUND], 60_000 // BATCH
    lines = [
        "# One epoch of the VAE 784-512-256-2, batch 128",
        "",
        f"{steps} steps a time, the least of several in turn. The share is that of the products alone in",
        "the whole, by the wall clock.",
        "",
        "| what | ms a step, wall | processor | an epoch of 60,000, s | products' share |",
        "| --- | --: | --: | --: | --: |",
    ]
    for name, (wall, work) in best.items():
        share = f"{100 * bound[0] / wall:.0f} %"
        lines.append(f"| {name} | {wall:.2f} | {work:.2f} | {full * wall / 1e3:.2f} | {share} |")
    return "\n".join(lines)


COSTS = """
import sys
sys.path.insert(0, {folder!r})
from vae_speed import epoch, in_turn
jobs = {{n: epoch((784, 256, 2), 128, 20, "float32", n) for n in (1, 2, 4, 8)}}
print(*(in_turn(jobs, 20, 3)[n][0] for n in jobs))
"""


def picture(path: Path) -> None:
    """Microseconds a sample against batch size, width, devices."""
    from matplotlib.figure import Figure

    batches, widths, devices = (32, 64, 128, 256, 512), (64, 128, 256, 512, 1024), (1, 2, 4, 8)
    by_batch = [
        1e3 * in_turn({"": epoch((784, 256, 2), b, 10, "float32")}, 10 * b, 3)[""][0] for b in batches
    ]
    by_width = [1e3 * in_turn({"": epoch((784, w, 2), 128, 10, "float32")}, 1280, 3)[""][0] for w in widths]
    flags = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8"}
    code = COSTS.format(folder=str(Path(__file__).parent))
    out = subprocess.run(
        [sys.executable, "-c", code], env=flags, check=True, stdout=subprocess.PIPE, text=True
    )
    by_devices = [1e3 * float(word) / 128 for word in out.stdout.split()]
    figure = Figure(figsize=(10, 3.4), layout="constrained")
    every = (("batch size", batches, by_batch), ("width of 784-w-2", widths, by_width))
    every += (("simulated devices", devices, by_devices),)
    for axes, (name, at, cost) in zip(figure.subplots(1, 3), every, strict=True):
        axes.plot(at, cost, "o-")
        axes.set_xscale("log", base=2)
        axes.set_xticks(at, [str(n) for n in at])
        axes.set(xlabel=name, ylim=(0, None))
        axes.set_ylabel("microseconds a sample")
    figure.suptitle(f"Cost of a compiled epoch, {cores()} cores; 784-256-2, batch 128 where not varied")
    figure.savefig(path, dpi=120)


def main() -> None:
    """Times, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--page", default=PAGE, help="the page to write, without .md")
    arguments = parser.parse_args()
    jobs: dict[str, Callable[[], Any]] = {
        BOUND: products(WIDTHS, BATCH, arguments.steps),
        "the same, as x.T @ g": products(WIDTHS, BATCH, arguments.steps, by_rows=False),
        "float32": epoch(WIDTHS, BATCH, arguments.steps, "float32"),
        "bfloat16 products": epoch(WIDTHS, BATCH, arguments.steps, "bfloat16"),
    }
    text = table(in_turn(jobs, arguments.steps, arguments.repeats), arguments.steps)
    if arguments.page == PAGE:
        text += "\n\n![Cost of a sample](pictures/vae_cost.png)"
    print(write(arguments.page, text, f"{cores()} cores").read_text(encoding="utf-8"))
    if arguments.page == PAGE:
        picture(RESULTS / "pictures" / "vae_cost.png")


if __name__ == "__main__":
    main()
