"""What the pages cost, and one to open.

    python benchmarks/pages.py            decoding in the browser, sizes, a report over 5,000 cells
    python benchmarks/pages.py example    a live explorer of 32 letters, and a picture of it

Writes results/pages.md, or results/explorer.html and results/pictures/explorer.png. Needs Chromium and
playwright; MNIST where it is found, else random digits.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from playwright.sync_api import sync_playwright
from stamp import RESULTS, write

from optae import Autoencoder, Dataset, Gaussian, load_dataset
from optae.experiments.experiment import Experiment
from optae.experiments.identity import cell, content_hash
from optae.pages import Exhibit, explorer, save
from optae.storage.cells import finished, write_cells
from optae.tables.render import markdown
from optae.tables.table import Table

METHODS = ("adam", "l-bfgs", "backprop", "rmsprop", "momentum")
LOSSES, SEEDS, COPIES = ("bce", "mse"), 10, 50
CALLS = 400
TIMED = """async () => {
  const { first } = await ready;
  const z = Array.from({ length: 400 }, () => first.z.map(() => 6 * Math.random() - 3));
  for (const one of z) first.model.decode(one);
  const taken = z.map((one) => {
    const began = performance.now();
    for (let k = 0; k < 5; k++) first.model.decode(one);
    return (performance.now() - began) / 5;
  });
  return taken.sort((a, b) => a - b)[200];
}"""
FRAMES = """async () => {
  const { first } = await ready;
  const taken = [];
  await new Promise((done) => {
    let last = performance.now();
    const step = (now) => {
      taken.push(now - last); last = now;
      first.go(first.z.map((v) => v + 0.01));
      if (taken.length < 90) requestAnimationFrame(step); else done();
    };
    requestAnimationFrame(step);
  });
  return taken.slice(10).sort((a, b) => a - b)[40];
}"""


def digits() -> Dataset:
    """MNIST, or as many random pixels."""
    try:
        return load_dataset("mnist")
    except ValueError:
        x = np.random.default_rng(0).integers(0, 256, (2000, 784)) / 255
        return Dataset("random", x, ("0",) * 2000, (28, 28), "random pixels")


def decoding(folder: Path) -> list[dict[str, Any]]:
    """Size of the page, median milliseconds of a decode, and of a frame while the point moves."""
    nets = {
        "letters 35-60-50-30-2": (Autoencoder([35, 60, 50, 30, 2]), load_dataset("font2")),
        "MNIST VAE 784-512-256-2": (
            Autoencoder([784, 512, 256, 2], encoder="relu", decoder="relu", bottleneck=Gaussian()),
            digits(),
        ),
    }
    return [_decoding(folder, name, *net) for name, net in nets.items()]


def _decoding(folder: Path, name: str, model: Autoencoder, data: Dataset) -> dict[str, Any]:
    path = save(explorer([Exhibit(name, model, model.init(0), data)]), folder / "page.html")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(path.as_uri())
        tab.wait_for_selector("html[data-ready=yes]")
        tab.wait_for_timeout(1500)
        decode, frame = tab.evaluate(TIMED), tab.evaluate(FRAMES)
        browser.close()
    size = path.stat().st_size / 1000
    return {
        "network": name,
        "page, kB": round(size),
        "decode, ms": round(decode, 4),
        "frame, ms": round(frame, 1),
    }


def cells(folder: Path) -> int:
    """Runs 100 cells, and writes each 50 times, under other seeds."""
    for loss in LOSSES:
        for method in METHODS:
            for seed in range(SEEDS):
                experiment = Experiment(
                    arch=(35, 8, 2), method=method, seed=seed, loss=loss, max_evaluations=CALLS
                )
                data = experiment.data()
                one = cell(experiment, data)
                _copies(folder, finished(one, data, experiment.run()))
    return len(list(folder.iterdir()))


def _copies(folder: Path, files: dict[str, bytes]) -> None:
    facts, copies = json.loads(files["run.json"]), {}
    for k in range(COPIES):
        seed = facts["seed"] + SEEDS * k
        recipe = facts["recipe"] | {"seed": seed}
        named = facts | {"cell": content_hash(recipe), "recipe": recipe, "seed": seed}
        copies[named["cell"]] = {**files, "run.json": json.dumps(named, indent=2).encode()}
    write_cells(folder, copies)


def reporting(folder: Path) -> list[dict[str, Any]]:
    """Seconds of the whole command, and the page's size, before and after there is an index of the cells."""
    grid = folder / "grid"
    many = cells(grid)
    time.sleep(3)  # a file that changed just now has no place in an index
    return [{"cells": many, "index": index, **_report(grid)} for index in ("none", "of the first report")]


def _report(grid: Path) -> dict[str, Any]:
    page = grid.parent / "report.html"
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    optae("report", str(grid), "-o", str(page))
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used
    return {
        "seconds": round(seconds, 1),
        "of the processor": round(used, 1),
        "page, kB": round(page.stat().st_size / 1000),
    }


def example() -> None:
    """Trains by Gauss-Newton and explores: the letters, and the page in a picture of 200 colours."""
    with tempfile.TemporaryDirectory() as place:
        shot = Path(place) / "shot.png"
        optae("train", "--method", "lm", "--target", "max_pixel_error=0", cwd=place)
        optae("explore", "runs/font2-lm-0", "-o", str(RESULTS.resolve() / "explorer.html"), cwd=place)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            tab = browser.new_page(viewport={"width": 1280, "height": 860})
            tab.goto((RESULTS / "explorer.html").as_uri())
            tab.wait_for_selector("html[data-ready=yes]")
            tab.locator(".plane").click(position={"x": 330, "y": 240})
            tab.locator("#walk-to").select_option("17")
            tab.mouse.move(5, 5)
            tab.wait_for_timeout(1500)
            tab.screenshot(path=shot)
            browser.close()
        small = Image.open(shot).convert("RGB").resize((960, 645), Image.Resampling.LANCZOS)
        small.quantize(200, Image.Quantize.MAXCOVERAGE).save(
            RESULTS / "pictures" / "explorer.png", optimize=True
        )


def optae(*words: str, cwd: str | None = None) -> None:
    """Runs the command line."""
    command = [sys.executable, "-c", "from optae.cli.main import main; main()", *words]
    subprocess.run(command, check=True, cwd=cwd)


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        decoded, reported = decoding(Path(place)), reporting(Path(place))
    texts = [
        "# What the pages cost\n\nIn headless Chromium.\n",
        markdown(
            Table.of(pd.DataFrame(decoded), "Median of 400 decodes; of 80 frames while the point moves")
        ),
        markdown(
            Table.of(pd.DataFrame(reported), "optae report as a process of its own: 100 runs, each 50 times")
        ),
    ]
    print(write("pages", "\n".join(texts), f"{os.cpu_count()} cores").read_text(encoding="utf-8"))


if __name__ == "__main__":
    example() if "example" in sys.argv else main()
