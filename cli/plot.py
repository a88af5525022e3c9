"""optae plot: draw pictures that compare stored runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optae.evaluation.definitions import HELDOUT, METRICS
from optae.evaluation.pass_line import PASS_LINE
from optae.registry import lookup

from .common import PATH, load, names, only_where
from .media import keep, made_for_a_medium
from .output import say

if TYPE_CHECKING:
    from pandas import DataFrame

    from optae.figures.kinds import Words

SOURCE = "optae plot"
WARNINGS = 3  # warnings that are printed; the others are only counted


@click.command()
@click.argument("kind", metavar="KIND")
@click.argument("folders", nargs=-1, required=True, metavar="DIR...", type=PATH)
@click.option(
    "--out",
    type=PATH,
    help="Picture to write; for KIND all, tuning and run the folder.  [default: beside the first DIR]",
)
@click.option(
    "--cost",
    default="operations",
    show_default=True,
    help="Cost on the axis: seconds, operations, evaluations, iterations or epochs.",
)
@click.option(
    "--metric",
    default="loss",
    show_default=True,
    help=f"Metric for convergence, ranks and boxes: loss, {', '.join(METRICS)}; for convergence also"
    f" {', '.join(HELDOUT)}; or mine.py:NAME of your own that the runs measured.",
)
@click.option(
    "--by",
    callback=names,
    default="",
    metavar="FIELDS",
    help="Fields of a recipe, such as arch, or init,method: one line for each combination of their values."
    "  [default: method]",
)
@click.option(
    "--spread",
    type=click.Choice(["quartiles", "sd"]),
    default="quartiles",
    show_default=True,
    help="Bands of convergence: quartiles around the median, or standard deviation around the mean.",
)
@click.option("--target", default=PASS_LINE, show_default=True, help="Target for profile and ecdf.")
@click.option("--tau", default=1e-3, show_default=True, help="Tolerance for data-profile.")
@only_where
@click.option(
    "--score",
    type=click.Choice(["pixels", "percent"]),
    default="pixels",
    show_default=True,
    help="For run: wrong pixels below each reconstruction, or the share of right pixels beside them.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["png", "pdf", "svg"]),
    help="Format of the pictures.  [default: by the ending of --out, else png]",
)
@made_for_a_medium
@click.option("--with-compile", is_flag=True, help="Include compiling in the seconds.")
@click.option("--mixed-times", is_flag=True, help="Compare seconds of different machines and thread counts.")
def plot(
    kind: str,
    folders: tuple[Path, ...],
    out: Path | None,
    conditions: tuple[str, ...],
    by: list[str],
    score: str,
    form: str | None,
    **chosen: Any,
) -> None:
    """Draw stored runs. KIND is one of these, or `all` for all but the last two:

    \b
    convergence   median and quartiles over seeds, by cost, and the best run
    profile       performance profiles of the cost to reach a target
    data-profile  share of problems solved to a tolerance, by cost
    ecdf          share of runs that reach a target, by cost
    ranks         average ranks, and which methods do not differ significantly
    boxes         the final values of every run, by method
    slices        the loss around the best run's vector
    paths         the path of each method on a plane of its own through the loss
    curvature     how training unfolds the spectrum of the Hessian, method by method
    tuning        how sensitive methods are to their options, and the best of k trials, from optae tune
    run           the pictures of one run, as optae train draws them

    \b
    optae plot convergence grid/ --cost seconds --metric max_pixel_error
    optae plot convergence grid/ --by arch --metric mse --cost epochs --spread sd
    optae plot boxes grid/ --by init,method --metric mse
    optae plot profile grid/ --target max_pixel_error=0 --out profile.pdf --width 3.3in
    optae plot convergence grid/ --style slides
    optae plot all grid/ --out pictures/
    optae plot run runs/mnist-adam-0
    optae plot run runs/font3-adam-0 --score percent
    """
    from optae.figures import check_place
    from optae.figures.kinds import KINDS, Words

    lookup("kind of picture", kind, dict.fromkeys([*KINDS, "all", "tuning", "run"]))
    ending = f".{form or 'png'}"
    if kind == "run":
        _run(folders, out, score, ending)
        return
    if kind == "tuning":
        _tuning(folders, out, ending)
        return
    frame, words = load(folders, conditions, WARNINGS), Words(by=tuple(by), **chosen)
    if kind == "all":
        _all(frame, _many("all", out) or _beside(folders[0], "plots"), words, ending)
    else:
        path = check_place(out or _beside(folders[0], f"{kind}{ending}"), SOURCE)
        if form and path.suffix.lower() != ending:
            raise ValueError(f"`format` {form} beside '{path}': end its name with {ending}")
        keep(KINDS[kind](frame, words), path, SOURCE)


def _run(folders: tuple[Path, ...], out: Path | None, score: str, ending: str) -> None:
    """Draw the pictures of one run into a folder."""
    from optae.figures.run import of_run
    from optae.storage.run import load_run

    if len(folders) != 1:
        raise ValueError(f"plot run draws one run, not {len(folders)}: name one folder")
    folder = _many("run", out) or _beside(folders[0], "pictures")
    for name, figure in of_run(load_run(folders[0]), score):
        keep(figure, folder / f"{name}{ending}", SOURCE)


def _tuning(folders: Sequence[Path], out: Path | None, ending: str) -> None:
    """Draw the pictures of tunings into a folder."""
    from optae.comparison.tuning.record import load as tunings_in
    from optae.figures.comparison.tuning import pictures

    tuned = [one for folder in folders for one in tunings_in(folder)]
    if not tuned:
        raise ValueError(f"no tuning in '{folders[0]}': name a folder that `optae tune` has written")
    folder = _many("tuning", out) or _beside(folders[0], "pictures")
    for name, figure in pictures(tuned).items():
        keep(figure, folder / f"{name}{ending}", SOURCE)


def _all(frame: "DataFrame", folder: Path, words: "Words", ending: str) -> None:
    """Draw every picture that these runs allow, and print to stderr why others are missing."""
    from optae.figures.kinds import KINDS

    drawn = 0
    for kind, draw in KINDS.items():
        try:
            keep(draw(frame, words), folder / f"{kind}{ending}", SOURCE)
            drawn += 1
        except ValueError as error:
            say(f"{kind}: not drawn, {error}", err=True)
    if not drawn:
        raise ValueError("no picture could be drawn of these runs: the lines above say why")


def _many(kind: str, out: Path | None) -> Path | None:
    """Return the folder for many pictures. Raises ValueError if it is named like one picture."""
    from optae.figures.files import FORMATS

    form = "" if out is None else out.suffix.lower().removeprefix(".")
    if out is not None and form in FORMATS:
        remedy = f"`out` '{out.with_suffix('')}' `format` {form}"
        raise ValueError(f"plot {kind} draws several pictures, into a folder: {remedy}")
    return out


def _beside(folder: Path, what: str) -> Path:
    place = folder.resolve()
    return place.with_name(f"{place.name or 'runs'}-{what}")
