"""optae confusion: how a digit classifier reads the reconstructions of a stored run."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from optae.evaluation.confusion import Confusion

from .media import keep, made_for_a_medium, picture_ending
from .tables import print_table

SOURCE = "optae confusion"
ROWS = 8


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--seed", default=0, show_default=True, help="Seed of the classifier.")
@picture_ending
@made_for_a_medium
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the pictures.  [default: RUN]")
def confusion(run: str, seed: int, ending: str, out: Path | None) -> None:
    """Train a digit classifier on the originals, and show how it reads the reconstructions.

    Writes confusion.png (the matrix) and confused.png (the mistakes). Needs scikit-learn.

    \b
    optae confusion runs/mnist-adam-0
    optae confusion runs/mnist-adam-0 --width 3.3in --picture-format pdf
    """
    from optae.evaluation.confusion import confusion as confuse
    from optae.storage.run import load_run

    stored = load_run(run)
    found = confuse(stored.autoencoder, stored.theta, stored.data, seed)
    originals, reconstructions = found.accuracy
    facts = {"originals": f"{100 * originals:.2f} %", "reconstructions": f"{100 * reconstructions:.2f} %"}
    print_table([{"recognised": name, "of those shown": share} for name, share in facts.items()])
    pairs = found.pairs[:ROWS]
    if pairs:
        names = found.classes
        print_table([{"predicted": names[p], "actual": names[a], "images": f"{n:,}"} for p, a, n in pairs])
    _draw(found, out or stored.path, ending)


def _draw(found: "Confusion", folder: Path, ending: str) -> None:
    from optae import figures

    drawn = {"confusion": figures.confusion_matrix, "confused": figures.confused}
    places = {figures.check_place(folder / f"{stem}{ending}", SOURCE): draw for stem, draw in drawn.items()}
    for path, draw in places.items():
        keep(draw(found), path, SOURCE)
