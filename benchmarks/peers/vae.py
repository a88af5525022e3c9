"""An epoch of the VAE 784-512-256-2 by optae, Keras on JAX and PyTorch, taking turns in one run.

    pip install 'optae[peers]'
    python benchmarks/peers/vae.py [--steps 200 --rounds 5]

The same work for all: 60,000 or fewer images of 784 grey levels in shuffled batches of 128, ReLU layers, one
draw of the noise, summed bce + KL, Adam 1e-3, float32, all cores. The images are random: no product is faster
for them. Keras is compiled (jit_compile), PyTorch eager. Writes results/peers_vae.md: milliseconds a step by
the wall clock, the least of the rounds, without compilation.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from vae_speed import BATCH, WIDTHS, cores, epoch, products

from optae.environment import environment

RESULT = Path(__file__).parent.parent.parent / "results" / "peers_vae.md"
LATENT = WIDTHS[-1]
OURS = "optae, float32"


def keras_epoch(x: np.ndarray) -> Callable[[], None]:
    """Keras' compiled `fit`."""
    import keras

    class Vae(keras.Model):
        """Gaussian codes, Bernoulli pixels."""

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
    return lambda: model.fit(x, batch_size=BATCH, epochs=1, shuffle=True, verbose=0)


def torch_epoch(x: np.ndarray) -> Callable[[], None]:
    """PyTorch's eager loop, the images indexed in memory."""
    import torch
    from torch import nn
    from torch.nn.functional import softplus

    def network(*widths: int) -> nn.Sequential:
        layers: list[nn.Module] = []
        for i, (wide, narrow) in enumerate(pairwise(widths)):
            layers += [nn.Linear(wide, narrow), *([nn.ReLU()] if i < len(widths) - 2 else [])]
        return nn.Sequential(*layers)

    torch.set_num_threads(cores())
    encoder, decoder = network(*WIDTHS[:-1], 2 * LATENT), network(*reversed(WIDTHS))
    adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
    images = torch.from_numpy(x)

    def once() -> None:
        for index in torch.randperm(len(images)).split(BATCH):
            x = images[index]
            mean, log_variance = encoder(x).split(LATENT, dim=1)
            logits = decoder(mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean))
            bce = (softplus(logits) - x * logits).sum()
            kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
            adam.zero_grad()
            ((bce + kl) / BATCH).backward()
            adam.step()

    return once


def main() -> None:
    """Times in turn, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    x = np.random.default_rng(0).random((asked.steps * BATCH, WIDTHS[0]), dtype=np.float32)
    jobs: dict[str, Callable[[], None]] = {
        OURS: epoch(WIDTHS, BATCH, asked.steps, "float32"),
        "optae, bfloat16 products": epoch(WIDTHS, BATCH, asked.steps, "bfloat16"),
        "Keras on JAX, compiled": keras_epoch(x),
        "PyTorch, eager": torch_epoch(x),
        "the matrix products alone, JAX": products(WIDTHS, BATCH, asked.steps),
    }
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()  # compiles
    for _ in range(asked.rounds):
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            times[name].append(1e3 * (time.perf_counter() - started) / asked.steps)
    best = {name: min(found) for name, found in times.items()}
    import keras
    import torch

    lines = [
        "# An epoch of the VAE 784-512-256-2, batch 128, beside Keras and PyTorch",
        "",
        f"Made by `python benchmarks/peers/vae.py` on {environment()['processor']}, cores: {cores()};",
        f"{asked.steps} steps a time, the least of {asked.rounds} rounds in turn, wall clock.",
        f"Keras {keras.__version__}, PyTorch {torch.__version__}.",
        "",
        "| what | ms a step | an epoch of 60,000, s | of optae's float32 |",
        "| --- | --: | --: | --: |",
        *(
            f"| {name} | {ms:.2f} | {ms * (60_000 // BATCH) / 1e3:.2f} | {ms / best[OURS]:.2f} |"
            for name, ms in best.items()
        ),
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
