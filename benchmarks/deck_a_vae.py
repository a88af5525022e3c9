"""Deck A's variational autoencoder on MNIST and Fashion-MNIST: its pictures, and the losses besides.

    OPTAE_DATA=folder/around/mnist python benchmarks/deck_a_vae.py [--epochs 50]

784-256-2-256-784, ReLU, batches of 100, 50 epochs of RMSprop (1e-3), bce + KL, as the deck's Keras network.
Trains by `optae train`, keeps the runs in runs/ and writes results/deck_a_vae.md and its pictures.
"""

import argparse
import sys
from pathlib import Path
from subprocess import run

from PIL import Image
from stamp import RESULTS, write

import optae
from optae import figures
from optae.engines.threads import cores

PICTURES = {
    "latent": figures.latent_plane,
    "decoded": figures.quantile_grid,
    "reconstructions": figures.heldout_pairs,
}
TRAIN = ["train", "--model", "vae", "--arch", "784,256,2", "--method", "rmsprop", "--option", "lr=1e-3"]
TRAIN += ["--batch", "100"]


def trained(dataset: str, epochs: int) -> Path:
    """The run's folder; one that is there already is kept."""
    folder = Path("runs") / f"deck_a_vae_{dataset}_{epochs}"
    if not folder.exists():
        words = [*TRAIN, "--dataset", dataset, "--epochs", str(epochs), "--look", str(epochs)]
        command = "from optae.cli.main import main; main()"
        run([sys.executable, "-c", command, *words, "--out", str(folder)], check=True)
    return folder


def row(dataset: str, folder: Path) -> str:
    """A line of the table."""
    found = optae.load_run(folder)
    losses, record = found.trace.loss.iloc[1:-1], found.record
    seen = record["heldout"]
    first, last = losses.iloc[0], losses.iloc[-1]
    return (
        f"| {dataset} | {first:.2f} | {last:.2f} | {seen['negative_elbo']:.2f} ="
        f" {seen['misfit']:.2f} + {seen['divergence']:.2f} | {seen['negative_iwae']:.2f}"
        f" | {seen['active_units']:.0f} | {record['seconds']['solve']:.0f} |"
    )


def main() -> None:
    """Trains, copies the pictures, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=50)
    epochs = parser.parse_args().epochs
    folders = {dataset: trained(dataset, epochs) for dataset in ("mnist", "fashion-mnist")}
    lines = [
        "# Deck A's variational autoencoder",
        "",
        f"784-256-2-256-784, ReLU, batches of 100, {epochs} epochs of RMSprop 1e-3, float32, seed 0.",
        "Nats per image.",
        "",
        "| data | loss, epoch 1 | last epoch | held out: -ELBO = misfit + divergence | IWAE | active | s |",
        "| --- | --: | --: | --: | --: | --: | --: |",
        *(row(*pair) for pair in folders.items()),
    ]
    for dataset, folder in folders.items():
        found = optae.load_run(folder)
        for name, drawn in PICTURES.items():
            picture = f"deck_a_vae_{dataset}_{name}.png"
            path = RESULTS / "pictures" / picture
            figures.save(drawn(found.model, found.theta, found.data.heldout or found.data), path)  # type: ignore[arg-type]
            Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)
            lines += ["", f"![{dataset}: {name}](pictures/{picture})"]
    write("deck_a_vae", "\n".join(lines), f"{cores()} cores")


if __name__ == "__main__":
    main()
