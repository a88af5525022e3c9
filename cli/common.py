"""The parts that commands share: options, reading stored runs, and writing a table."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optae.files import whole_file
from optae.tables.language import translated_table
from optae.tables.render import FORMATS, render
from optae.tables.table import Table

from .output import say, warn
from .program import with_flags

if TYPE_CHECKING:
    from pandas import DataFrame

PATH = click.Path(path_type=Path)
SUFFIXES = {".md": "markdown", ".csv": "csv", ".tex": "latex"}
NAMED = {
    "label": "Label of the table in LaTeX, such as tab:letters.",
    "caption": "Caption of the table.  [default: what it shows]",
}  # options that `show` alone reads
Command = Callable[..., Any]

only_where = click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="Only runs that match, such as method=adam,powell, seed<5 or loss!=mse; repeatable.",
)


def names(ctx: click.Context, param: click.Parameter, text: str | None) -> list[str] | None:
    """Return the words of a comma-separated option."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def table_output(command: Command) -> Command:
    """Add the options that say how and where a table is written."""
    out = click.option(
        "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the table to this file."
    )
    form = click.option(
        "--format",
        "form",
        type=click.Choice(list(FORMATS)),
        help="Format; latex needs \\usepackage{booktabs}.  [default: by the ending of --out, .md, .csv or"
        " .tex, else terminal]",
    )
    for name, help in NAMED.items():
        command = click.option(f"--{name}", metavar="TEXT", callback=_kept, expose_value=False, help=help)(
            command
        )
    return form(out(command))


def comparison_options(command: Command) -> Command:
    """Add the options that `optae table` and `optae compare` have in common."""
    target = click.option(
        "--target", help="Target, such as max_pixel_error=0, exact=32, or a number for the trained loss."
    )
    compiling = click.option("--with-compile", is_flag=True, help="Include compiling in all times.")
    mixed = click.option(
        "--mixed-times",
        is_flag=True,
        help="Show times even of different thread counts or machines, and of starved or suspended runs.",
    )
    return only_where(target(compiling(mixed(table_output(command)))))


def load(dirs: Sequence[Path], conditions: Sequence[str], most: int | None = None) -> "DataFrame":
    """Return the stored runs that match the conditions, and print warnings about damaged ones to stderr.

    At most `most` warnings are printed, and the others counted. Raises ValueError if there are no runs.
    """
    from optae.comparison import where
    from optae.storage.frame import load_cells

    places = list(dirs) or [Path("runs")]
    frame = load_cells(places)
    warnings = frame.attrs.get("warnings", [])
    for warning in warnings[:most]:
        warn(warning)
    if most is not None and len(warnings) > most:
        warn(f"and {len(warnings) - most} more such")
    if frame.empty:
        found = ", ".join(f"'{place}'" for place in places)
        raise ValueError(f"no runs in {found}: name folders that `optae bench` or `optae train` has written")
    return where(frame, conditions)


def _kept(ctx: click.Context, param: click.Parameter, text: str | None) -> None:
    """Keep an option that `show` alone reads."""
    ctx.meta[f"optae.{param.name}"] = text or ""


def show(result: Table, form: str | None, out: Path | None) -> None:
    """Print the table with its notes, or write it to a file and print how many rows it has."""
    context = click.get_current_context()
    command = context.command
    result = translated_table(result)
    result = replace(result, notes=tuple(with_flags(note, command) for note in result.notes))
    words = {name: context.meta.get(f"optae.{name}", "") for name in NAMED}
    if out is None:
        say(render(result, form or "terminal", **words), nl=False)
        return
    text = render(result, form or SUFFIXES.get(out.suffix.lower(), "terminal"), **words)
    with whole_file(out) as file:
        file.write(text.encode())
    say(f"{out}: {len(result.frame)} rows", err=True)
