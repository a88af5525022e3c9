"""optae show: show a stored run in the terminal."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optae.text import one_line

from .characters import curve, glyph, side_by_side
from .output import named

if TYPE_CHECKING:
    import numpy as np

    from optae.datasets import Dataset
    from optae.storage.run import Run

MOST, FEW, LARGE = 32, 8, 150  # images to show: FEW if they have more than LARGE pixels, else MOST
HEIGHT = 8


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--samples", type=click.IntRange(1), help="Number of images.  [default: 32, or 8 if they are large]"
)
@click.option(
    "--iwae",
    type=click.IntRange(2),
    metavar="K",
    help="Also measure the log-likelihood of held-out images by K importance samples, such as 5000.",
)
@click.option(
    "--iwae-images",
    type=click.IntRange(1),
    metavar="N",
    help="Held-out images, evenly spread, for that log-likelihood.  [default: all]",
)
@click.option(
    "--quadrature",
    type=click.IntRange(4),
    metavar="POINTS",
    help="Or measure it by quadrature, over POINTS codes along each of at most two latent units.",
)
@click.option(
    "--ascii",
    "plain",
    is_flag=True,
    help="Use only ASCII characters.  [default: if the terminal has no others]",
)
def show(
    run: Path,
    samples: int | None,
    iwae: int | None,
    iwae_images: int | None,
    quadrature: int | None,
    plain: bool,
) -> None:
    """Show a stored run in the terminal: letters, reconstructions and the loss.

    Below each name is the original, then the reconstruction and its number of wrong pixels, which are red if
    the terminal has colour. The curve is the best loss so far; both its axes are logarithmic.

    \b
    optae show runs/font2-lm-0
    optae show runs/mnist-adam-0 --iwae 5000 --iwae-images 1000
    optae show runs/mnist-adam-0 --quadrature 600
    """
    from optae.storage.run import load_run

    stored = load_run(run)
    fancy = not plain and "utf" in (getattr(sys.stdout, "encoding", "") or "").lower()
    width = min(shutil.get_terminal_size((80, 24)).columns, 120)
    many = samples or (FEW if stored.data.x.shape[1] > LARGE else MOST)
    lines = [_title(stored), "", *letters(stored, many, width, fancy), *_loss(stored, width, fancy)]
    lines += _likelihood(stored, iwae, iwae_images, quadrature)
    with named():
        click.echo(
            "\n".join(line.rstrip() for line in lines), color=False if "NO_COLOR" in os.environ else None
        )


def _title(stored: "Run") -> str:
    facts = stored.record
    arch = "-".join(map(str, facts["arch"]))
    return one_line(
        f"{facts['method']} on {stored.data.name}, {arch}, seed {facts['seed']}: {facts['status']}"
    )


def letters(stored: "Run", many: int, width: int, fancy: bool) -> list[str]:
    """Return the lines of originals above their reconstructions, as many in a row as fit."""
    import numpy as np

    data = stored.data
    x = data.x[:many]
    with np.errstate(all="ignore"):
        y = np.nan_to_num(stored.autoencoder.reconstruct(stored.theta, x))
    blocks = [_block(data, caption_of(data.labels[i], fancy), x[i], y[i], fancy) for i in range(len(x))]
    each = max(1, (width + 2) // (data.shape[1] + 2))
    rows = [side_by_side(blocks[i : i + each]) for i in range(0, len(blocks), each)]
    return [line for row in rows for line in (*row, "")]


def caption_of(label: str, fancy: bool) -> str:
    """Return a label as one line of characters that the terminal has."""
    text = one_line(label) or ("space" if label else "")
    return text if fancy else text.encode("ascii", "replace").decode()


def _block(data: "Dataset", label: str, x: "np.ndarray", y: "np.ndarray", fancy: bool) -> list[str]:
    from optae.evaluation.metrics import wrong_mask

    wide = data.shape[1]
    above, below = x.reshape(data.shape).tolist(), y.reshape(data.shape).tolist()
    wrong = int(wrong_mask(y, x).sum())
    long, short = f"{wrong} bad", f"{wrong}x"
    foot = long if len(long) < wide else short
    return [
        f"{label:^{wide}.{wide}}",
        *glyph(above, above, fancy),
        " " * wide,
        *glyph(below, above, fancy),
        click.style(f"{foot:^{wide}.{wide}}", fg="red") if wrong else " " * wide,
    ]


def _loss(stored: "Run", width: int, fancy: bool) -> list[str]:
    from optae.experiments.build import validation_parts

    trace, facts = stored.trace, stored.record
    x, y = trace["evaluations"].tolist(), trace["best"].tolist()
    drawn = curve([max(v, 1.0) for v in x], y, width, HEIGHT, fancy, "evaluations, log-log")
    value = "no number" if facts["value"] is None else f"{facts['value']:.6g}"
    metrics = facts["metrics"]
    seen, _ = validation_parts(stored.experiment, stored.data)
    exact, worst = f"{metrics['exact']} of {len(seen)} exact", metrics["max_pixel_error"]
    end = f"{exact}, {worst} wrong pixels at worst"
    return [one_line(f"best {facts['loss']} so far: from {facts['start']:.4g} to {value}; {end}"), *drawn]


def _likelihood(stored: "Run", samples: int | None, images: int | None, points: int | None) -> list[str]:
    """Return a line with the log-likelihood of held-out images, if it is asked for."""
    from optae.training.result import likelihood_of

    from .summary import likelihood_row

    if samples is None and images is None and points is None:
        return []
    asked = replace(stored.experiment, iwae=samples, iwae_images=images, quadrature=points)
    found = likelihood_of(asked.problem(stored.data), stored.theta)
    return [f"{name}: {value}" for name, value in likelihood_row(found).items()]
