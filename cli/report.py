"""optae report: a page for a comparison."""

from collections.abc import Sequence
from pathlib import Path

import click

from .table import load

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("dirs", nargs=-1, metavar="[DIR]...", type=PATH)
@click.option(
    "-o", "--out", type=PATH, default=Path("report.html"), show_default=True, help="The page to write."
)
@click.option("--title", help="The question that the runs answer.  [default: from what differs]")
@click.option(
    "--metric",
    help="What decides: loss, a metric, or seconds, operations or evaluations until the target."
    "  [default: seconds where all runs had one target, else loss]",
)
@click.option(
    "--target", help="What times and profiles wait for.  [default: that of all runs, else max_pixel_error=1]"
)
@click.option(
    "--where", "conditions", multiple=True, metavar="CONDITION", help="Only such runs, as method=adam."
)
@click.option("--pdf", type=PATH, help="Print it to this file too, by a Chromium that is installed.")
def report(
    dirs: Sequence[Path],
    out: Path,
    title: str | None,
    metric: str | None,
    target: str | None,
    conditions: Sequence[str],
    pdf: Path | None,
) -> None:
    """Make one self-contained page that compares stored runs; DIR is runs/ where none is given.

    The verdict in words, sortable tables, convergence curves on any cost axis, profiles, ranks, paths over
    the loss, reconstructions and worst letters of every method, every cell's recipe and how to run it again.

    \b
    optae report grid/ -o report.html
    optae report grid/ --where loss=bce --metric seconds --target max_pixel_error=0 --pdf report.pdf
    """
    from optae.pages import save
    from optae.pages.printing import printed
    from optae.pages.report import report as make

    for path, ends in ((out, (".html", ".htm")), (pdf, (".pdf",))):
        if path is not None and path.suffix.lower() not in ends:
            raise ValueError(f"'{path}' is no name for such a file: end it with {ends[0]}")
    path = save(make(load(dirs, conditions), metric, target, title), out)
    click.echo(f"{path}  ({path.stat().st_size / 1000:,.0f} kB)")
    if pdf is not None:
        click.echo(printed(path, pdf))
