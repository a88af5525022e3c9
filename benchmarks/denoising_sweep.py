"""Which latent size, method and number of frozen copies denoises best?

    OPTAE_DATA=folder/with/font.h python benchmarks/denoising_sweep.py [--stored]

Font3 under flips of 10 %, 35-64-L-64-35, bce: 1000 epochs of `adam`, 300 iterations of `l-bfgs`, 20 of `lm`,
each for two minutes at most, on 5, 20 or 100 frozen copies of each letter, and Adam on 20 fresh copies beside
them; scored on 250 other copies of each letter. Writes results/denoising_sweep.csv and .md.
"""

import sys
from dataclasses import replace
from itertools import product
from typing import Any

from denoising import collect, scores, trained, write

from optae.evaluation.denoising import baselines
from optae.experiments.experiment import Experiment
from optae.experiments.identity import data_of

NETWORK = Experiment(dataset="$OPTAE_DATA/font.h:Font3", noise="flip:0.1", max_seconds=120)
METHODS = {"adam": (1000, (("lr", 5e-3),)), "l-bfgs": (300, ()), "lm": (20, ())}  # iterations, options
LATENT, COPIES, DRAWS = (2, 5, 10, 20), (5, 20, 100), 250


def run(latent: int, method: str, regime: str, copies: int) -> list[dict[str, object]]:
    """One cell."""
    most, options = METHODS[method]
    words = {"method": method, "options": options, "regime": regime, "copies": copies}
    experiment = replace(NETWORK, arch=(35, 64, latent), max_iterations=most, **words)
    facts, restore = trained(experiment)
    return [{**facts, **row} for row in scores({"network": restore}, experiment, 0.1, DRAWS)]


def _cell(cells: Any, key: tuple[Any, ...]) -> str:
    if key not in cells.index:
        return "not run"
    row = cells.loc[key]
    return f"{100 * row.within_one:.1f} ({row.iterations})"


def main() -> None:
    """Runs what is missing, then writes the table; with --stored, the table of what is there."""
    axes = [(m, "frozen", c) for m, c in product(METHODS, COPIES)] + [("adam", "fresh", 20)]
    keys = [{"latent": n, "method": m, "regime": r, "copies": c} for m, r, c in axes for n in LATENT]
    keys = keys if "--stored" not in sys.argv else []
    frame = collect("denoising_sweep", ((key, lambda key=key: run(**key)) for key in keys))
    cells = frame.set_index(["method", "regime", "copies", "latent"])
    rows = [[*axis, *(_cell(cells, (*axis, n)) for n in LATENT)] for axis in axes]
    nearest = baselines(data_of(NETWORK.dataset), 2)["nearest letter"][0]
    best = scores({"nearest letter": nearest}, NETWORK, 0.1, DRAWS)[0]["within_one"]
    write(
        "denoising_sweep",
        "Latent size, method and copies",
        "Font3 under flips of 10 %, 35-64-L-64-35, bce, one seed, two minutes at most: letters within one"
        " pixel of the truth on fresh noise, in per cent, by latent units; in brackets the iterations."
        f" The nearest letter reaches {100 * best:.1f}.",
        ["method", "regime", "copies", *(f"L = {n}" for n in LATENT)],
        rows,
    )


if __name__ == "__main__":
    main()
