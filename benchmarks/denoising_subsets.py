"""Deck A's claim as a measurement: do letters that are less alike resist noise better?

    OPTAE_DATA=folder/with/font.h python benchmarks/denoising_subsets.py [--jobs 2]

All sets of four letters of Font2 are ranked by the mean distance of their pairs; 120 of them, evenly over the
ranks with both ends, each train 35-18-5-18-35 by L-BFGS on 25 frozen copies under flips of 15 %, and are
scored on 500 fresh copies: what `optae subsets --dataset font.h:Font2` does. Cells are kept in grids/. Writes
results/denoising_subsets.md and .png.
"""

from dataclasses import replace

from grids import jobs_asked, run_cells
from stamp import RESULTS, write

from optae.comparison.subsets import scored, sets_of, subsets_table
from optae.experiments.experiment import Experiment
from optae.figures.comparison.subsets import subsets
from optae.figures.files import save
from optae.pages.stamp import commits
from optae.tables.render import markdown

FONT = "$OPTAE_DATA/font.h:Font2"
NETWORK = Experiment(
    dataset=FONT, arch=(35, 18, 5), noise="flip:0.15", copies=25, method="l-bfgs", max_iterations=200
)
SIZE, SETS, DRAWS = 4, 120, 500
ABOUT = """# Distance of letters and resistance to noise

Sets of four letters of Font2, 35-18-5-18-35 by L-BFGS, 25 frozen copies of each letter under flips of 15 %;
the share restored exactly of 500 fresh copies. Spearman's correlation over the sets [95 %, jackknife over the
32 letters that the sets share], then the mean share in the thirds of the sets by mean distance. One command
does the same for any font: `optae subsets --dataset font.h:Font2`.
"""


def main() -> None:
    """Runs what is missing, then writes table and picture."""
    experiments = [replace(NETWORK, dataset=word) for word in sets_of(FONT, SIZE, SETS)]
    cells = run_cells("denoising_subsets", experiments, jobs_asked(__doc__))
    found = scored(cells, DRAWS)
    text = f"{ABOUT}\n{markdown(subsets_table(found))}\n![Every set a dot](denoising_subsets.png)\n"
    write("denoising_subsets", text, "one thread a run", [commits(cells)])
    save(subsets(found, "Font2"), RESULTS / "denoising_subsets.png")


if __name__ == "__main__":
    main()
