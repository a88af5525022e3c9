"""optae denoise: stored runs on noise that no training saw."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optae.evaluation.denoising import DRAWS
from optae.tables.render import FORMATS

from .generate import numbers
from .table import show

if TYPE_CHECKING:
    from optae.comparison.denoising import Study

SOURCE = "optae denoise"
STEMS = ("restored", "levels", "codes", "confusion")
PATH = click.Path(path_type=Path)


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=PATH)
@click.option("--noise", metavar="WORD", help="Noise to add.  [default: that of the first run, or flip:0.1]")
@click.option(
    "--levels", metavar="L1,L2,...", help="Its strengths.  [default: 0, and half to twice the trained one]"
)
@click.option("--draws", default=DRAWS, show_default=True, help="Fresh noisy copies of each sample.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the fresh noise.")
@click.option(
    "--pictures",
    type=PATH,
    metavar="DIR",
    help="Folder of the pictures.  [default: RUN/denoised, where there is one run]",
)
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), help="Format of the table, as in `optae table`."
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the table to this file.")
def denoise(
    runs: Sequence[Path], noise: str | None, levels: str | None, draws: int, seed: int,
    pictures: Path | None, form: str | None, out: Path | None,
) -> None:  # fmt: skip
    """Score stored runs on fresh noise, and draw what they make of it.

    RUN is a run folder, or a folder of them; runs that differ only in their seed are one row. Beside them
    stand the noisy input itself, the nearest clean letter (of independent flips the likeliest, so the most
    that can be exact) and PCA with as many components as the latent layer has units.

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
    _check_free(folder)
    found = study(stored, noise, chosen, draws, seed)
    show(found.table, form, out)
    if folder is not None:
        _draw(folder, found)


def _draw(folder: Path, found: "Study") -> None:
    """All the pictures, those of one network of the first run."""
    from optae.figures import save
    from optae.figures.denoising import of_study

    for stem, figure in of_study(found).items():
        click.echo(save(figure, folder / f"{stem}.png", SOURCE), err=True)


def _check_free(folder: Path | None) -> None:
    """Raises ValueError where a picture would cover a file that another program has written."""
    from optae.figures import check_place

    for stem in STEMS if folder else ():
        check_place(Path(folder or "", f"{stem}.png"), SOURCE)
