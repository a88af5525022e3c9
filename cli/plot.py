"""optae plot: pictures that compare stored runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optae.evaluation.definitions import HELDOUT, METRICS
from optae.evaluation.pass_line import PASS_LINE
from optae.registry import lookup

from .table import names

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from optae.figures.kinds import Words

SOURCE = "optae plot"
PATH = click.Path(path_type=Path)
WARNINGS = 3  # lines before the rest is only counted


@click.command()
@click.argument("kind", metavar="KIND")
@click.argument("folders", nargs=-1, required=True, metavar="DIR...", type=PATH)
@click.option("--out", type=PATH, help="The picture, or for all the folder.  [default: beside the first DIR]")
@click.option(
    "--cost",
    default="operations",
    show_default=True,
    help="Cost to show: seconds, operations, evaluations, iterations or epochs.",
)
@click.option(
    "--metric",
    default="loss",
    show_default=True,
    help=f"Metric of convergence, ranks and boxes: loss, {', '.join(METRICS)}; of convergence also"
    f" {', '.join(HELDOUT)}.",
)
@click.option(
    "--by",
    callback=names,
    default="",
    metavar="FIELDS",
    help="The values of these fields are the lines, on one axis: arch, or init,method; any of a recipe."
    "  [default: method]",
)
@click.option(
    "--spread",
    type=click.Choice(["quartiles", "sd"]),
    default="quartiles",
    show_default=True,
    help="Of convergence: median and quartiles, or mean and standard deviation.",
)
@click.option("--target", default=PASS_LINE, show_default=True, help="Target of profile and ecdf.")
@click.option("--tau", default=1e-3, show_default=True, help="Tolerance of data-profile.")
@click.option(
    "--where", multiple=True, metavar="TEXT", help="Only runs of this kind, such as method=adam; repeatable."
)
@click.option(
    "--score",
    type=click.Choice(["pixels", "percent"]),
    default="pixels",
    show_default=True,
    help="Of run: wrong pixels below each reconstruction, or the share of right ones beside them.",
)
@click.option("--with-compile", is_flag=True, help="Seconds include compiling.")
@click.option("--mixed-times", is_flag=True, help="Compare seconds of unlike machines and threads.")
def plot(
    kind: str,
    folders: tuple[Path, ...],
    out: Path | None,
    where: tuple[str, ...],
    by: list[str],
    score: str,
    **chosen: Any,
) -> None:
    """Draw stored runs: KIND is one of those below, or all that compare them.

    \b
    convergence   median and quartiles over seeds, by cost; the best run
    profile       performance profiles of the cost to a target
    data-profile  what a cost solves, to a tolerance
    ecdf          who reaches a target, and when
    ranks         average ranks, and who cannot be told apart
    boxes         every run of every method
    slices        the loss around the best run's vector
    paths         several methods on one plane of the loss
    run           one run's own, as optae train draws them

    \b
    optae plot convergence grid/ --cost seconds --metric max_pixel_error
    optae plot convergence grid/ --by arch --metric mse --cost epochs --spread sd
    optae plot boxes grid/ --by init,method --metric mse
    optae plot profile grid/ --target max_pixel_error=0 --out profile.png
    optae plot all grid/ --out pictures/
    optae plot run runs/mnist-adam-0
    optae plot run runs/font3-adam-0 --score percent
    """
    from optae.figures import check_place
    from optae.figures.kinds import KINDS, Words

    lookup("kind of picture", kind, dict.fromkeys([*KINDS, "all", "run"]))
    if kind == "run":
        _run(folders, out, score)
        return
    frame, words = _cells(folders, where), Words(by=tuple(by), **chosen)
    if kind == "all":
        _all(frame, out or _beside(folders[0], "plots"), words)
    else:
        path = check_place(out or _beside(folders[0], f"{kind}.png"), SOURCE)
        _keep(KINDS[kind](frame, words), path)


def _run(folders: tuple[Path, ...], out: Path | None, score: str) -> None:
    """The pictures of one run, in a folder."""
    from optae.figures.run import of_run
    from optae.storage.run import load_run

    if len(folders) != 1:
        raise ValueError(f"plot run draws one run, not {len(folders)}: name one folder")
    folder = out or _beside(folders[0], "pictures")
    for name, figure in of_run(load_run(folders[0]), score):
        _keep(figure, folder / f"{name}.png")


def _cells(folders: tuple[Path, ...], where: tuple[str, ...]) -> "DataFrame":
    """The stored cells, and on stderr what is wrong with some."""
    from optae.comparison import where as select
    from optae.storage.frame import load_cells

    frame = load_cells(folders)
    warnings = frame.attrs.get("warnings", [])
    for line in warnings[:WARNINGS]:
        click.echo(f"Warning: {line}", err=True)
    if len(warnings) > WARNINGS:
        click.echo(f"Warning: and {len(warnings) - WARNINGS} more such", err=True)
    if not len(frame):
        raise ValueError(f"no stored runs in '{folders[0]}': give a folder of optae bench or optae train")
    return select(frame, where) if where else frame


def _all(frame: "DataFrame", folder: Path, words: "Words") -> None:
    """Every picture that these runs allow; why not the others, on stderr."""
    from optae.figures.kinds import KINDS

    drawn = 0
    for kind, draw in KINDS.items():
        try:
            _keep(draw(frame, words), folder / f"{kind}.png")
            drawn += 1
        except ValueError as error:
            click.echo(f"{kind}: not drawn, {error}", err=True)
    if not drawn:
        raise ValueError("no picture could be drawn of these runs: the lines above say why")


def _beside(folder: Path, what: str) -> Path:
    place = folder.resolve()
    return place.with_name(f"{place.name or 'runs'}-{what}")


def _keep(figure: "Figure", path: Path) -> None:
    """Write a picture where none of another program lies, and say where."""
    from optae.figures import check_place, save

    click.echo(save(figure, check_place(path, SOURCE), SOURCE))
