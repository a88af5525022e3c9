"""optae denoise: stored runs on noise that no training saw."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from optae.evaluation.denoising import DRAWS, trained_level
from optae.model.corruptions import at_level, corruption, spelled
from optae.tables.render import FORMATS
from optae.text import natural

from .generate import numbers
from .table import show

SOURCE = "optae denoise"
STEMS = ("restored", "levels", "codes", "confusion")
PATH = click.Path(path_type=Path)


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=PATH)
@click.option("--noise", metavar="WORD", help="[default: that of the first run, or flip:0.1]")
@click.option(
    "--levels", metavar="L1,L2,...", help="Strengths of it.  [default: 0, half to twice the trained]"
)
@click.option("--draws", default=DRAWS, show_default=True, help="Fresh noisy copies of each sample.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the fresh noise.")
@click.option("--pictures", type=PATH, metavar="DIR", help="[default: RUN/denoised, where there is one run]")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="As of `optae table`.")
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
    from optae import comparison as report
    from optae.evaluation.denoising import baselines, default_levels, evaluate, network
    from optae.storage.groups import by_recipe, same_data, stored_runs

    stored = stored_runs(runs)
    data, first = same_data(stored), stored[0]
    word = corruption(noise) or first.model.corruption or corruption("flip:0.1")
    chosen = numbers("--levels", levels, "0.1,0.2") if levels else default_levels(word)
    found = sorted(by_recipe(stored).items(), key=lambda item: natural(item[0]))
    groups = {name: [network(run.model, run.theta) for run in many] for name, many in found}
    name = next(name for name, many in found if first in many)
    folder = pictures or (first.path / "denoised" if len(stored) == 1 else None)
    _check_free(folder)
    ways = {**baselines(data, first.model.latent_width), **groups}
    scored = evaluate(ways, data, word, chosen, draws, seed)
    unit = f"{str(spelled(word)).partition(':')[0]} {word.strength}"
    caption = f"{data.name}: {len(data.x)} samples, {draws} fresh noisy copies of each"
    show(report.denoising_table(scored, caption, unit), form, out)
    if folder is not None:
        _draw(folder, first, data, word, chosen, scored, unit, name)


def _draw(
    folder: Path, run: Any, data: Any, noise: Any, levels: Sequence[float], found: Any, unit: str, name: str
) -> None:
    """All the pictures, those of one network of the first run."""
    from optae import figures

    level = trained_level(noise, levels)
    example = next(one for one in found if one.name == name and one.level == level)
    drawn = {
        "restored": figures.restored(run.model, run.theta, data, noise, levels),
        "levels": figures.error_by_level(found, unit, data),
        "codes": figures.codes_under_noise(run.model, run.theta, data, at_level(noise, level)),
        "confusion": figures.confusion(example, data, unit),
    }
    for stem, figure in drawn.items():
        click.echo(figures.save(figure, folder / f"{stem}.png", SOURCE), err=True)


def _check_free(folder: Path | None) -> None:
    """Raises ValueError where a picture would cover a file that is not ours."""
    from optae.figures import made_by

    for path in (folder / f"{stem}.png" for stem in STEMS) if folder else ():
        if path.exists() and not (path.is_file() and made_by(SOURCE, path)):
            raise ValueError(f"'{path}' exists and is no picture of optae denoise: choose another --pictures")
