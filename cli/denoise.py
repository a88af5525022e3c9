"""optae denoise: score stored runs on fresh noise."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optae.evaluation.denoising import DRAWS

from .common import PATH, show, table_output
from .generate import numbers
from .media import keep, made_for_a_medium, picture_ending

if TYPE_CHECKING:
    from optae.comparison.denoising import Study

SOURCE = "optae denoise"
STEMS = ("noisy", "restored", "levels", "codes", "confusion")


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=PATH)
@click.option("--noise", metavar="WORD", help="Noise to add.  [default: the first run's, or flip:0.1]")
@click.option(
    "--levels",
    metavar="L1,L2,...",
    help="Strengths of the noise.  [default: 0, and from half to twice the trained strength]",
)
@click.option("--draws", default=DRAWS, show_default=True, help="Fresh noisy copies of each sample.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the fresh noise.")
@click.option(
    "--pictures",
    type=PATH,
    metavar="DIR",
    help="Folder of the pictures.  [default: RUN/denoised, if there is only one run]",
)
@picture_ending
@made_for_a_medium
@table_output
def denoise(
    runs: Sequence[Path], noise: str | None, levels: str | None, draws: int, seed: int,
    pictures: Path | None, ending: str, form: str | None, out: Path | None,
) -> None:  # fmt: skip
    """Score stored runs on fresh noise, and draw their reconstructions.

    RUN is a run folder, or a folder of run folders. Runs that differ only in the seed share a row. For
    comparison the table also has the noisy input itself, the nearest clean letter (the likeliest one under
    independent flips, so an upper bound of exact letters) and PCA with one component for each latent unit.

    \b
    optae train --noise flip:0.1 --arch 35,64,10 --option lr=3e-3 --copies 8 --out runs/flips
    optae denoise runs/flips
    optae denoise runs/flips --noise flip:0.1 --levels 0.1,0.15,0.2 --out denoising.md
    """
    from optae.comparison.denoising import study
    from optae.storage.groups import stored_runs

    stored = stored_runs(runs)
    chosen = numbers("--levels", levels, "0.1,0.2") if levels else None
    folder = pictures or (stored[0].path / "denoised" if len(stored) == 1 else None)
    _check_free(folder, ending)
    found = study(stored, noise, chosen, draws, seed)
    show(found.table, form, out)
    if folder is not None:
        _draw(folder, found, ending)


def _draw(folder: Path, found: "Study", ending: str) -> None:
    """Draw all pictures; those that show a single network show the first run."""
    from optae.figures.denoising import of_study

    for stem, figure in of_study(found).items():
        keep(figure, folder / f"{stem}{ending}", SOURCE, err=True)


def _check_free(folder: Path | None, ending: str) -> None:
    """Raise ValueError if a picture would overwrite a file that another program has written."""
    from optae.figures import check_place

    for stem in STEMS if folder else ():
        check_place(Path(folder or "", f"{stem}{ending}"), SOURCE)
