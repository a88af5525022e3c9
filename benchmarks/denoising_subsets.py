"""Deck A's claim as a measurement: do letters that are less alike resist noise better?

    OPTAE_DATA=folder/with/font.h python benchmarks/denoising_subsets.py [--jobs 2]

All sets of four letters of Font2 are ranked by the mean distance of their pairs; 120 of them, evenly over the
ranks with both ends, each train 35-18-5-18-35 by L-BFGS on 25 frozen copies under flips of 15 %, and are
scored on 500 fresh copies. Cells are kept in grids/. Writes results/denoising_subsets.md and .png.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from grids import jobs_asked, run_cells
from matplotlib import rc_context
from stamp import RESULTS, write

from optae.datasets.distances import Subset, distances, measured
from optae.experiments.experiment import Experiment
from optae.experiments.identity import data_of
from optae.figures.palette import looks
from optae.figures.style import STYLE, save, sheet
from optae.pages.stamp import commits
from optae.statistics import rank_correlation
from optae.storage.fresh_noise import FreshNoise, on_fresh_noise
from optae.tables.render import markdown
from optae.tables.table import Table

FONT = "$OPTAE_DATA/font.h:Font2"
NETWORK = Experiment(
    dataset=FONT, arch=(35, 18, 5), noise="flip:0.15", copies=25, method="l-bfgs", max_iterations=200
)
SUBSETS, DRAWS = 120, 500
DENOISERS = {"network": "powell", "nearest letter": "adam"}  # and whose colour each has
ABOUT = """# Distance of letters and resistance to noise

Sets of four letters of Font2, 35-18-5-18-35 by L-BFGS, 25 frozen copies of each letter under flips of 15 %;
the share restored exactly of 500 fresh copies. Spearman's correlation over the sets [95 %, jackknife over the
32 letters that the sets share], then the mean share (%) in the thirds of the sets by mean distance.
"""


def chosen() -> list[str]:
    """Sets of four, evenly over the ranks of their mean distance."""
    data = data_of(FONT)
    table, every = distances(data.x), list(combinations(range(len(data.x)), 4))
    order = np.argsort([measured(table, four).mean for four in every], kind="stable")
    picks = np.linspace(0, len(every) - 1, SUBSETS).astype(int)
    return ["".join(data.labels[i] for i in every[order[pick]]) for pick in picks]


def scored(cells: pd.DataFrame) -> pd.DataFrame:
    """A row for each set and denoiser: its letters, how far apart they are, the share restored exactly."""
    found = on_fresh_noise(cells, FreshNoise(draws=DRAWS))
    found["letters"] = found["dataset"].str.extract(r"\[(.*)\]")
    apart = {letters: _apart(letters) for letters in found["letters"]}
    return found.assign(
        denoiser=found["label"].replace(NETWORK.method, "network"),
        mean_distance=[apart[letters].mean for letters in found["letters"]],
        least_distance=[apart[letters].least for letters in found["letters"]],
    )


def _apart(letters: str) -> Subset:
    x = data_of(f"{FONT}[{letters}]").x
    return measured(distances(x), tuple(range(len(x))))


def correlation(group: pd.DataFrame, distance: str) -> str:
    """Spearman's of the distance and the share restored, with a 95 % jackknife interval over the letters."""
    found = rank_correlation(group[distance], group["denoised_exact"], list(group["letters"]))
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def row(name: str, group: pd.DataFrame) -> dict[str, object]:
    """A line of the table."""
    ranked = group.sort_values("mean_distance")["denoised_exact"].to_numpy()
    thirds = [f"{100 * part.mean():.1f}" for part in np.array_split(ranked, 3)]
    return {
        "denoiser": name,
        "sets": len(group),
        "with the mean distance": correlation(group, "mean_distance"),
        "with the least distance": correlation(group, "least_distance"),
        **dict(zip(("nearest third", "middle", "farthest"), thirds, strict=True)),
    }


@rc_context(STYLE)
def picture(frame: pd.DataFrame, claim: str) -> None:
    """Every set a dot."""
    figure = sheet(8, 4.6, "Letters that are less alike resist noise better", claim)
    axes = figure.subplots()
    for name, look in looks(DENOISERS).items():
        group = frame[frame["denoiser"] == name]
        x, y = group["mean_distance"], 100 * group["denoised_exact"]
        axes.plot(x, y, look.marker, color=look.color, ms=4, mew=0, label=name)
    axes.set(xlabel="mean distance of the letters, pixels", ylabel="restored exactly, %")
    axes.legend()
    save(figure, RESULTS / "denoising_subsets.png")


def main() -> None:
    """Runs what is missing, then writes table and picture."""
    experiments = [replace(NETWORK, dataset=f"{FONT}[{letters}]") for letters in chosen()]
    cells = run_cells("denoising_subsets", experiments, jobs_asked(__doc__))
    frame = scored(cells)
    rows = [row(name, frame[frame["denoiser"] == name]) for name in DENOISERS]
    text = ABOUT + "\n" + markdown(Table.of(pd.DataFrame(rows)))
    write("denoising_subsets", text, "one thread a run", [commits(cells)])
    found = f"Spearman's correlation of the network's: {rows[0]['with the mean distance']}"
    picture(frame, f"{SUBSETS} sets of four; {found}, 95 % by jackknife over letters.")


if __name__ == "__main__":
    main()
