"""optae subsets: do letters that are less alike resist noise better?"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.experiments.experiment import Experiment
from optae.experiments.grid import LIMITS
from optae.experiments.schema import Words
from optae.training.signals import SIGNALS

from .bench import progress_line
from .common import show
from .options import FIELDS, WORKERS, GroupedCommand, Option, field_option, grouped, read
from .output import say
from .progress import live

SOURCE = "optae subsets"
SIZE, SETS, DRAWS = 4, 120, 500
DEFAULTS: Words = {"arch": (35, 18, 5), "noise": "flip:0.15", "copies": 25, "method": "l-bfgs"}
ITERATIONS = 200
UNSET = {
    "arch": "35,18,5",
    "noise": "flip:0.15",
    "copies": "25",
    "method": "l-bfgs",
    "max_iterations": f"{ITERATIONS}, unless another limit is given",
}
OWN = (
    Option("--size", group="data", type=click.INT, metavar="K", help=f"Letters in a set.  [default: {SIZE}]"),
    Option("--sets", group="data", type=click.INT, metavar="N",
           help=f"Sets, evenly from the most alike letters to the least.  [default: {SETS}]"),
    Option("--draws", group="noise", type=click.IntRange(1), metavar="N",
           help=f"Fresh noisy copies of each letter for the score.  [default: {DRAWS}]"),
    Option("--out", group="output", type=click.Path(path_type=Path),
           help="Folder of the trained sets.  [default: runs/subsets]"),
    Option("--jobs", group="hardware", type=WORKERS, metavar="N",
           help="Sets to train at the same time.  [default: one for each core]"),
)  # fmt: skip
NETWORK = [  # `draws` are here those of the score
    field_option(name, UNSET.get(name, ""))
    for name, known in FIELDS.items()
    if known.read and name != "draws"
]


@click.command(cls=GroupedCommand, params=grouped(NETWORK, OWN))
def subsets(
    size: int | None, sets: int | None, draws: int | None, out: Path | None, jobs: int | None, **typed: Any
) -> None:
    """Train one network on many sets of letters, and correlate their distance with what it restores.

    All sets of K letters are ranked by the mean distance of their pairs ("orthogonality"), and N of them,
    evenly over the ranks, are trained and scored on fresh noise. The table has Spearman's correlation of the
    distance with the share of letters restored exactly. Its interval resamples letters (the jackknife), as
    the sets share them. Beside the network stands nearest-letter decoding. The picture is written beside the
    folder. The same command resumes what was interrupted.

    \b
    optae subsets
    optae subsets --dataset font.h:Font2 --noise salt-pepper:0.3 --sets 60 --out pepper
    """
    words = {**DEFAULTS, **read(typed)}
    if not words.keys() & set(LIMITS):
        words["max_iterations"] = ITERATIONS
    _measure(
        Experiment(**words), size or SIZE, sets or SETS, draws or DRAWS, out or Path("runs/subsets"), jobs
    )


def _measure(network: Experiment, size: int, sets: int, draws: int, out: Path, jobs: int | None) -> None:
    """Train what is missing, then print the table and draw the picture."""
    from optae.comparison.subsets import scored, sets_of, subsets_table
    from optae.figures import check_place, save
    from optae.figures.comparison.subsets import subsets as drawn
    from optae.pages.results import cells_of

    if network.resolved.noise is None:
        raise ValueError("`noise` none leaves nothing to restore: give a kind, such as flip:0.15")
    picture = check_place(out.with_name(f"{out.name}.png"), SOURCE)
    experiments = [replace(network, dataset=word) for word in sets_of(network.dataset, size, sets)]
    with SIGNALS.waiting(), live(progress_line, refresh=4) as look:
        run_plan(plan(experiments, out), out, jobs=jobs, on_progress=look)
    found = scored(cells_of(experiments, [out]), draws)
    show(
        subsets_table(found, f"{network.dataset}: sets of {size} letters, {network.resolved.noise}"),
        None,
        None,
    )
    say(save(drawn(found, network.dataset), picture, SOURCE))
