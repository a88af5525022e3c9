"""optae report: make a page that compares stored runs."""

from collections.abc import Sequence
from pathlib import Path

import click

from .common import PATH, load, only_where
from .output import say, warn


@click.command()
@click.argument("dirs", nargs=-1, metavar="[SPEC.toml] [DIR]...", type=PATH)
@click.option(
    "-o", "--out", type=PATH, default=Path("report.html"), show_default=True, help="The page to write."
)
@click.option(
    "--title", help="The question that the runs answer, or the name of the one run.  [default: from the runs]"
)
@click.option(
    "--metric",
    help="Metric that decides: loss, another metric, or seconds, operations or evaluations until the target."
    "  [default: seconds if all runs had the same target, else loss]",
)
@click.option(
    "--target",
    help="Target of times and profiles.  [default: the one that all runs had, else max_pixel_error=1]",
)
@only_where
@click.option(
    "--markdown",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Write the page that the spec describes, in Markdown.  [default: results/ and the spec's name]",
)
@click.option(
    "--pdf", type=PATH, help="Also print the page to this file, by an installed Chromium or Chrome."
)
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
    """Make one self-contained page of stored runs: a comparison, or the lab report of one run.

    DIR is runs/ by default. The lab report of one run says what was asked, and shows the network, the data,
    the curve, every letter with its wrong pixels, the latent plane, the cost, the recipe, the versions, and
    the command that runs it again.

    The page of several runs shows the verdict in words, sortable tables, convergence curves by any cost,
    profiles, ranks, paths over the loss, reconstructions and worst letters of every method, and for every
    cell its recipe and the command that runs it again.

    With --markdown the page is in Markdown, and SPEC.toml describes it: title, question and remark, then a
    table or a picture for each [[table]] and [[figure]]. It shows only the cells of the spec, which are read
    from DIR and the folders below it, and names what made it. The pictures go into pictures/ beside the page.

    \b
    optae report runs/font2-lm-0 -o lab.html --pdf lab.pdf
    optae report grid/ -o report.html
    optae report grid/ --where loss=bce --metric seconds --target max_pixel_error=0 --pdf report.pdf
    optae report letters.toml grid/ --markdown results/letters.md

    \b
        [[table]]                              # the options of optae table; also "STATISTIC of METRIC"
        by = ["arch", "label"]
        metric = "half_sse"
        columns = ["best", "median", "worst", "best of exact", "seconds"]
        [[figure]]                             # the options of optae plot
        kind = "ecdf"                          # or, of the best run, reconstructions, latent, decoded
        target = "max_pixel_error=0"
        caption = "Share of runs without a wrong pixel."
        [denoise]                              # scores on fresh noise for tables with rows = "denoised"
        levels = [0.1, 0.2]
    """
    specs = [path for path in dirs if path.suffix == ".toml"]
    if markdown is not None or specs:
        _results(specs, [path for path in dirs if path not in specs], markdown)
        return
    from optae.pages import save
    from optae.pages.lab import lab_report
    from optae.pages.printing import printed
    from optae.pages.report import report as make

    for path, ends in ((out, (".html", ".htm")), (pdf, (".pdf",))):
        if path is not None and path.suffix.lower() not in ends:
            raise ValueError(f"'{path}' has another ending: end it with {ends[0]}")
    frame = load(dirs, conditions)
    if len(frame) == 1:
        _refuse_words(metric=metric, target=target)
        page = lab_report(frame, title)
    else:
        page = make(frame, metric, target, title)
    path = save(page, out)
    say(f"{path}  ({path.stat().st_size / 1000:,.0f} kB)")
    if pdf is not None:
        say(printed(path, pdf))


def _refuse_words(**words: str | None) -> None:
    """Raise ValueError for an option that only a comparison of runs has."""
    for name in (name for name, word in words.items() if word is not None):
        raise ValueError(f"`{name}` decides between runs, and this is one: leave it out")


def _results(specs: Sequence[Path], dirs: Sequence[Path], markdown: str | None) -> None:
    """Write the page of results that a spec describes."""
    from optae.pages.results import write_page

    if len(specs) != 1 or markdown is None:
        raise ValueError("a page of results is of one spec: optae report SPEC.toml DIR --markdown FILE.md")
    page = Path(markdown) if markdown else Path("results", f"{specs[0].stem}.md")
    if page.suffix.lower() != ".md":
        raise ValueError(f"'{page}' has another ending: end it with .md")
    folders = list(dirs) or [Path("grids", specs[0].stem)]
    words = ["optae report", str(specs[0]), *map(str, folders if dirs else []), "--markdown"]
    command = " ".join([*words, *([markdown] if markdown else [])])
    say(write_page(specs[0], folders, page, command, warn))
