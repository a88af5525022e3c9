"""optae explore: an interactive page that runs the decoder."""

import shlex
from pathlib import Path

import click

from .common import PATH
from .output import say


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=PATH)
@click.option(
    "-o", "--out", type=PATH, default=Path("explorer.html"), show_default=True, help="The page to write."
)
def explore(runs: tuple[Path, ...], out: Path) -> None:
    """Make one interactive page of one to four stored runs. It opens in any browser, without a network.

    Drag a point and see it decoded; draw a glyph and see its code and its reconstruction, with noise; walk
    between two letters; zoom into any window; watch the latent plane develop during training. Several runs
    stand side by side with linked cursors: when you move one, the others show the code of the same image.

    \b
    optae explore runs/font2-lm-0
    optae explore runs/font2-powell-0 runs/font2-lm-0 -o powell-and-lm.html
    """
    from optae.pages import exhibit, explorer, save
    from optae.storage.run import load_run
    from optae.text import one_line

    if out.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--out '{out}': a page is an HTML file, so end it with .html")
    command = one_line(shlex.join(["optae", "explore", *map(str, runs)]))
    page = explorer([exhibit(load_run(run)) for run in runs], command)
    path = save(page, out)
    say(f"{path}  ({path.stat().st_size / 1000:,.0f} kB)")
