"""Deck A's claim as a measurement: do letters that are less alike resist noise better?

    OPTAE_DATA=folder/with/font.h python benchmarks/denoising_subsets.py

All sets of four letters of Font2 are ranked by the mean distance of their pairs; 120 of them, evenly over the
ranks with both ends, each train 35-18-5-18-35 by L-BFGS on 25 frozen copies under flips of 15 %, and are
scored on 500 fresh copies. Writes results/denoising_subsets.csv, .md and .png.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from denoising import RESULTS, collect, scores, trained, write
from matplotlib import rc_context

from optae.datasets.distances import distances, measured
from optae.evaluation.denoising import baselines
from optae.experiments.experiment import Experiment
from optae.experiments.identity import data_of
from optae.figures.style import STYLE, method_style, save, sheet
from optae.statistics import rank_correlation

FONT = "$OPTAE_DATA/font.h:Font2"
NETWORK = Experiment(
    dataset=FONT, arch=(35, 18, 5), noise="flip:0.15", copies=25, method="l-bfgs", max_iterations=200
)
SUBSETS, DRAWS = 120, 500
DENOISERS = {"network": "powell", "nearest letter": "adam"}  # and whose colour each has


def run(letters: str) -> list[dict[str, object]]:
    """One set of letters: how far apart they are, and what comes back."""
    experiment = replace(NETWORK, dataset=f"{FONT}[{letters}]")
    data = data_of(experiment.dataset)
    apart = measured(distances(data.x), tuple(range(len(data.x))))
    facts, restore = trained(experiment)
    ways = {"network": restore, "nearest letter": baselines(data, 3)["nearest letter"][0]}
    found = scores(ways, experiment, 0.15, DRAWS)
    return [{**facts, "mean_distance": apart.mean, "least_distance": apart.least, **row} for row in found]


def chosen() -> list[str]:
    """Sets of four, evenly over the ranks of their mean distance."""
    data = data_of(FONT)
    table, every = distances(data.x), list(combinations(range(len(data.x)), 4))
    order = np.argsort([measured(table, four).mean for four in every], kind="stable")
    picks = np.linspace(0, len(every) - 1, SUBSETS).astype(int)
    return ["".join(data.labels[i] for i in every[order[pick]]) for pick in picks]


def correlation(group: pd.DataFrame, distance: str) -> str:
    """Spearman's of the distance and the share restored, with a 95 % jackknife interval over the letters."""
    found = rank_correlation(group[distance], group.exact, list(group.letters))
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


@rc_context(STYLE)
def picture(frame: pd.DataFrame, claim: str) -> None:
    """Every set a dot."""
    figure = sheet(8, 4.6, "Letters that are less alike resist noise better", claim)
    axes = figure.subplots()
    for name, colour in DENOISERS.items():
        group, look = frame[frame.denoiser == name], method_style(colour)
        axes.plot(
            group.mean_distance, 100 * group.exact, look.marker, color=look.color, ms=4, mew=0, label=name
        )
    axes.set(xlabel="mean distance of the letters, pixels", ylabel="restored exactly, %")
    axes.legend()
    save(figure, RESULTS / "denoising_subsets.png")


def main() -> None:
    """Runs what is missing, then writes table and picture."""
    frame = collect(
        "denoising_subsets", (({"letters": four}, lambda four=four: run(four)) for four in chosen())
    )
    rows = []
    for name in DENOISERS:
        group = frame[frame.denoiser == name]
        ranked = group.sort_values("mean_distance").exact.to_numpy()
        third = [part.mean() for part in np.array_split(ranked, 3)]
        rows.append([
            name, len(group), correlation(group, "mean_distance"), correlation(group, "least_distance"),
            *(f"{100 * share:.1f}" for share in third),
        ])  # fmt: skip
    write(
        "denoising_subsets",
        "Distance of letters and resistance to noise",
        "Sets of four letters of Font2, 35-18-5-18-35 by L-BFGS, 25 frozen copies of each letter under flips"
        " of 15 %; the share restored exactly of 500 fresh copies. Spearman's correlation over the sets"
        " [95 %, jackknife over the 32 letters that the sets share], then the mean share (%) in the thirds of"
        " the sets by mean distance.",
        [
            "denoiser",
            "sets",
            "with the mean distance",
            "with the least distance",
            "nearest third",
            "middle",
            "farthest",
        ],
        rows,
    )
    found = f"Spearman's correlation of the network's: {rows[0][2]}, 95 % by jackknife over letters."
    picture(frame, f"{SUBSETS} sets of four; {found}")


if __name__ == "__main__":
    main()
