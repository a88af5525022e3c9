"""optae report: a page for a comparison."""

from collections.abc import Sequence
from pathlib import Path

import click

from .table import load

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("dirs", nargs=-1, metavar="[SPEC.toml] [DIR]...", type=PATH)
@click.option(
    "-o", "--out", type=PATH, default=Path("report.html"), show_default=True, help="The page to write."
)
@click.option("--title", help="The question that the runs answer.  [default: from what differs]")
@click.option(
    "--metric",
    help="Metric that decides: loss, another metric, or seconds, operations or evaluations until the target."
    "  [default: seconds where all runs had one target, else loss]",
)
@click.option(
    "--target", help="Target of times and profiles.  [default: that of all runs, else max_pixel_error=1]"
)
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="Only runs of this kind, such as method=adam; repeatable.",
)
@click.option(
    "--markdown",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Make the page in Markdown that the spec describes.  [default: results/ and the spec's name]",
)
@click.option("--pdf", type=PATH, help="Print it to this file too, by a Chromium that is installed.")
def report(
    dirs: Sequence[Path],
    out: Path,
    title: str | None,
    metric: str | None,
    target: str | None,
    conditions: Sequence[str],
    markdown: str | None,
    pdf: Path | None,
) -> None:
    """Make one self-contained page that compares stored runs; DIR is runs/ where none is given.

    The verdict in words, sortable tables, convergence curves on any cost axis, profiles, ranks, paths over
    the loss, reconstructions and worst letters of every method, every cell's recipe and how to run it again.

    With --markdown the page is in Markdown, and SPEC.toml says what stands on it: its title, question and
    remark, and a table or a picture for each [[table]] and [[figure]]. It shows the cells of the spec alone,
    which lie at or below DIR, and says what made it; the pictures go into pictures/ beside it.

    \b
    optae report grid/ -o report.html
    optae report grid/ --where loss=bce --metric seconds --target max_pixel_error=0 --pdf report.pdf
    optae report letters.toml grid/ --markdown results/letters.md

    \b
        [[table]]                              # words as of optae table; of another metric: "best of exact"
        by = ["arch", "label"]
        metric = "half_sse"
        columns = ["best", "median", "worst", "best of exact", "seconds"]
        [[figure]]                             # as of optae plot, and of the best run such as
        kind = "ecdf"                          # reconstructions, latent, decoded
        target = "max_pixel_error=0"
        caption = "Share of runs without a wrong pixel."
        [denoise]                              # scores on fresh noise, for tables with rows = "denoised"
        levels = [0.1, 0.2]
    """
    specs = [path for path in dirs if path.suffix == ".toml"]
    if markdown is not None or specs:
        _results(specs, [path for path in dirs if path not in specs], markdown)
        return
    from optae.pages import save
    from optae.pages.printing import printed
    from optae.pages.report import report as make

    for path, ends in ((out, (".html", ".htm")), (pdf, (".pdf",))):
        if path is not None and path.suffix.lower() not in ends:
            raise ValueError(f"'{path}' has another ending: end it with {ends[0]}")
    path = save(make(load(dirs, conditions), metric, target, title), out)
    click.echo(f"{path}  ({path.stat().st_size / 1000:,.0f} kB)")
    if pdf is not None:
        click.echo(printed(path, pdf))


def _results(specs: Sequence[Path], dirs: Sequence[Path], markdown: str | None) -> None:
    """The page of results that a spec describes."""
    from optae.pages.results import write_page

    if len(specs) != 1 or markdown is None:
        raise ValueError("a page of results is of one spec: optae report SPEC.toml DIR --markdown FILE.md")
    page = Path(markdown) if markdown else Path("results", f"{specs[0].stem}.md")
    if page.suffix.lower() != ".md":
        raise ValueError(f"'{page}' has another ending: end it with .md")
    folders = list(dirs) or [Path("grids", specs[0].stem)]
    words = ["optae report", str(specs[0]), *map(str, folders if dirs else []), "--markdown"]
    command = " ".join([*words, *([markdown] if markdown else [])])
    click.echo(write_page(specs[0], folders, page, command))
