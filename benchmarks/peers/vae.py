"""A step of the VAE 784-512-256-2 by optae, Keras on JAX and PyTorch, taking turns in one run.

    pip install 'optae[peers]'
    python benchmarks/peers/vae.py [--steps 200 --rounds 9]

The same work for all: images of 784 grey levels in shuffled batches of 128, ReLU layers, one draw of the
noise, summed bce + KL, Adam 1e-3, float32, all cores. The images are random: no product is faster for them.
Keras trains by its own compiled `fit`, and by its compiled train step in a plain loop; PyTorch with its plain
and its fused Adam, and compiled, its bce by `binary_cross_entropy_with_logits`. Writes results/peers_vae.md:
milliseconds a step by the wall clock, without compilation, and ratios round by round. Three minutes.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"
sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from stamp import write
from vae_speed import BATCH, WIDTHS, epoch, products

from optae.engines.threads import cores

LATENT = WIDTHS[-1]
OURS = "optae, float32"
Pass = Callable[[], Any]  # over all the images, once
ABOUT = """# A step of the VAE 784-512-256-2, batch 128, beside Keras and PyTorch

Milliseconds a step, {steps} steps a turn, medians of {rounds} rounds in which all take turns, wall clock. The
ratio is to optae in the same round: its median and its range; a range that holds 1 is a tie.
Keras {keras}, PyTorch {torch}.

| what | ms a step | an epoch of 60,000, s | of optae's float32 [range] |
| --- | --: | --: | --: |"""


def keras_model() -> Any:
    """Gaussian codes, Bernoulli pixels, and the loss added where it is called."""
    import keras

    class Vae(keras.Model):
        """The same network in Keras' own words."""

        def __init__(self) -> None:
            super().__init__()
            dense = keras.layers.Dense
            self.encoder = keras.Sequential(
                [*(dense(width, "relu") for width in WIDTHS[1:-1]), dense(2 * LATENT)]
            )
            self.decoder = keras.Sequential(
                [*(dense(width, "relu") for width in WIDTHS[-2:0:-1]), dense(WIDTHS[0])]
            )
            self.seed = keras.random.SeedGenerator(0)

        def call(self, x):
            codes = self.encoder(x)
            mean, log_variance = codes[:, :LATENT], codes[:, LATENT:]
            noise = keras.random.normal(keras.ops.shape(mean), seed=self.seed)
            logits = self.decoder(mean + keras.ops.exp(0.5 * log_variance) * noise)
            bce = keras.ops.sum(keras.ops.softplus(logits) - x * logits)
            kl = -0.5 * keras.ops.sum(1 + log_variance - mean**2 - keras.ops.exp(log_variance))
            self.add_loss((bce + kl) / BATCH)
            return logits

    model = Vae()
    model.compile(optimizer=keras.optimizers.Adam(1e-3), jit_compile=True)
    return model


def keras_fit(x: np.ndarray) -> Pass:
    """Keras' compiled `fit`."""
    model = keras_model()
    return lambda: model.fit(x, batch_size=BATCH, epochs=1, shuffle=True, verbose=0)


def keras_steps(x: np.ndarray) -> Pass:
    """Keras' model and optimizer, stateless, in one compiled step and a plain loop."""
    import jax

    model = keras_model()
    model(x[:BATCH])
    adam = model.optimizer
    adam.build(model.trainable_variables)

    def loss(weights: Any, others: Any, x: Any) -> Any:
        _, others, losses = model.stateless_call(weights, others, x, return_losses=True)
        return sum(losses), others

    def step(state: Any, x: Any) -> Any:
        weights, others, moments = state
        (value, others), grads = jax.value_and_grad(loss, has_aux=True)(weights, others, x)
        weights, moments = adam.stateless_apply(moments, grads, weights)
        return (weights, others, moments), value

    compiled = jax.jit(step, donate_argnums=0)
    kept = (model.trainable_variables, model.non_trainable_variables, adam.variables)
    state = [tuple([jax.numpy.array(one.value) for one in part] for part in kept)]

    def once() -> None:
        order = np.random.permutation(len(x))
        for start in range(0, len(x), BATCH):
            state[0], value = compiled(state[0], x[order[start : start + BATCH]])
        value.block_until_ready()

    return once


def torch_pass(x: np.ndarray, fused: bool, compiled: bool) -> Pass:
    """PyTorch's loop, the images indexed in memory."""
    import torch
    from torch import nn
    from torch.nn.functional import binary_cross_entropy_with_logits

    def network(*widths: int) -> nn.Sequential:
        layers: list[nn.Module] = []
        for i, (wide, narrow) in enumerate(pairwise(widths)):
            layers += [nn.Linear(wide, narrow), *([nn.ReLU()] if i < len(widths) - 2 else [])]
        return nn.Sequential(*layers)

    torch.set_num_threads(cores())
    encoder, decoder = network(*WIDTHS[:-1], 2 * LATENT), network(*reversed(WIDTHS))
    adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3, fused=fused)
    images = torch.from_numpy(x)

    def loss(x: torch.Tensor) -> torch.Tensor:
        mean, log_variance = encoder(x).split(LATENT, dim=1)
        logits = decoder(mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean))
        bce = binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
        return (bce + kl) / BATCH

    loss = torch.compile(loss) if compiled else loss

    def once() -> None:
        for index in torch.randperm(len(images)).split(BATCH):
            adam.zero_grad()
            loss(images[index]).backward()
            adam.step()

    return once


def rounds(jobs: dict[str, Pass], steps: int, count: int) -> dict[str, list[float]]:
    """Milliseconds a step of each, round by round; a first one, which compiles, is not counted."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for i in range(count + 1):
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            if i:
                times[name].append(1e3 * (time.perf_counter() - started) / steps)
    return times


def row(name: str, times: list[float], ours: list[float]) -> str:
    """A line of the table."""
    ratios, ms = [a / b for a, b in zip(times, ours, strict=True)], median(times)
    tie = ", a tie" if min(ratios) <= 1 <= max(ratios) and name != OURS else ""
    ratio = f"{median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}]{tie}"
    return f"| {name} | {ms:.2f} | {ms * (60_000 // BATCH) / 1e3:.2f} | {ratio} |"


def main() -> None:
    """Take turns, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    x = np.random.default_rng(0).random((asked.steps * BATCH, WIDTHS[0]), dtype=np.float32)
    times = rounds(
        {
            OURS: epoch(WIDTHS, BATCH, asked.steps, "float32"),
            "optae, bfloat16 products": epoch(WIDTHS, BATCH, asked.steps, "bfloat16"),
            "Keras on JAX, its compiled step in a plain loop": keras_steps(x),
            "Keras on JAX, `fit`": keras_fit(x),
            "PyTorch, eager": torch_pass(x, False, False),
            "PyTorch, eager, fused Adam": torch_pass(x, True, False),
            "PyTorch, torch.compile, fused Adam": torch_pass(x, True, True),
            "the matrix products alone, JAX": products(WIDTHS, BATCH, asked.steps),
        },
        asked.steps,
        asked.rounds,
    )
    import keras
    import torch

    about = ABOUT.format(
        steps=asked.steps, rounds=asked.rounds, keras=keras.__version__, torch=torch.__version__
    )
    text = "\n".join([about, *(row(name, found, times[OURS]) for name, found in times.items())])
    print(write("peers_vae", text, f"{cores()} cores").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
