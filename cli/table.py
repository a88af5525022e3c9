"""optae table: show stored runs as one table."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optae.evaluation.definitions import HELDOUT, METRICS
from optae.files import whole_file
from optae.tables.render import FORMATS, render
from optae.tables.table import Table
from optae.text import one_line

from .program import with_flags

if TYPE_CHECKING:
    from pandas import DataFrame


SUFFIXES = {".md": "markdown", ".csv": "csv", ".tex": "latex"}
Command = Callable[..., Any]


def names(ctx: click.Context, param: click.Parameter, text: str | None) -> list[str] | None:
    """Return the words of a comma-separated option."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def shared(command: Command) -> Command:
    """Add the options that `optae table` and `optae compare` have in common."""
    options = [
        click.option(
            "--where",
            "conditions",
            multiple=True,
            metavar="CONDITION",
            help="Only runs that match, such as method=adam,powell, seed<5 or loss!=mse; repeatable.",
        ),
        click.option(
            "--target", help="Target, such as max_pixel_error=0, exact=32, or a number for the trained loss."
        ),
        click.option("--with-compile", is_flag=True, help="Include compiling in all times."),
        click.option(
            "--mixed-times",
            is_flag=True,
            help="Show times even of different thread counts or machines, and of starved or suspended runs.",
        ),
        click.option(
            "--format",
            "form",
            type=click.Choice(list(FORMATS)),
            help="Format; latex needs \\usepackage{booktabs}.  [default: by the ending of --out, .md, .csv or"
            " .tex, else terminal]",
        ),
        click.option(
            "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the table to this file."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("dirs", nargs=-1, metavar="[DIR]...", type=click.Path(path_type=Path))
@click.option(
    "--by",
    callback=names,
    metavar="COLUMNS",
    help="One row for each combination of these columns, such as dataset,arch,label; every field of a recipe"
    " is a column.  [default: the label and every field that differs]",
)
@click.option(
    "--metric",
    default="value",
    show_default=True,
    help=f"Metric of the statistics: value (the trained loss, on noise that no run saw), train_value (the"
    f" lowest training loss, on a run's own noise), {', '.join(METRICS)}, start, seconds,"
    f" {', '.join(HELDOUT)} (held out),"
    " compile_seconds, processor_seconds, evaluations, operations, iterations or restarts.",
)
@click.option(
    "--columns",
    callback=names,
    metavar="STATISTICS",
    help="Columns to show: seeds, runs, refused, failed, diverged, interrupted, median, iqm, mean, sd, best,"
    " worst, train_value, train_sd (mean and standard deviation of each run's lowest training loss),"
    " q90, min, max, seconds, processor, compile, evaluations, operations, iterations, restarts; with"
    " --target success, seconds_to_target, evaluations_to_target, operations_to_target, ert_seconds,"
    " ert_evaluations, ert_operations; with"
    " --against improvement; or STATISTIC of METRIC, as in 'mean of mse'.  [default: the most informative]",
)
@click.option(
    "--against",
    metavar="LABEL",
    help="Baseline: show the probability that a run is better than one of LABEL.",
)
@click.option("--pivot", "on", metavar="COLUMN", help="Show the values of this column side by side.")
@click.option(
    "--sort", metavar="COLUMN", help="Sort by this column, best first.  [default: by problem, then score]"
)
@click.option("--reverse", is_flag=True, help="Sort worst first.")
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="CSV file of published figures to show beside ours, with the columns of --by and the metric.",
)
@shared
def table(
    dirs: Sequence[Path],
    conditions: Sequence[str],
    form: str | None,
    out: Path | None,
    columns: list[str] | None,
    on: str | None,
    by: list[str] | None,
    sort: str | None,
    reverse: bool,
    reference: Path | None,
    metric: str,
    **words: Any,
) -> None:
    """Group, pivot and sort stored runs. DIR is runs/ by default.

    The table has medians, interquartile means with intervals, success, and the time and evaluations to a
    target. Times are not compared between different thread counts or machines.

    \b
    optae table results/letters --target max_pixel_error=0
    optae table results/letters --metric max_pixel_error --against adam --sort improvement
    optae table flips --by noise,label --columns "train_value,train_sd,mean,mean of mse"
    optae table runs --by method --pivot seed --where "seed<5"
    optae table a b --by dataset,label --columns iqm,ert_evaluations --target exact=32 --out table.tex
    """
    from optae.comparison import STATISTICS, add_reference, arrange, pivot, summarise
    from optae.comparison.beside import table_of

    frame = load(dirs, conditions)
    by = by if on is None else _with(frame, by, on)
    shown = columns
    if columns is not None and sort in STATISTICS and sort not in columns:
        shown = [*columns, sort]
    if shown is None:
        result = summarise(frame, by, metric, **words)
    else:
        result = table_of(frame, by, metric, shown, **words)
    if reference is not None:
        result = add_reference(result, reference, metric)
    if sort is not None or reverse:
        result = arrange(result, sort, reverse)
    if on is not None:
        result = pivot(result, on, columns[0] if columns else None)
    show(result, form, out)


def load(dirs: Sequence[Path], conditions: Sequence[str]) -> "DataFrame":
    """Return the stored runs that match the conditions, and print warnings about damaged ones to stderr.

    Raises ValueError if there are none.
    """
    from optae.comparison import where
    from optae.storage.frame import load_cells

    places = list(dirs) or [Path("runs")]
    frame = load_cells(places)
    for warning in frame.attrs.get("warnings", []):
        click.echo(f"Warning: {one_line(warning)}", err=True)
    if frame.empty:
        found = ", ".join(f"'{place}'" for place in places)
        raise ValueError(f"no runs in {found}: name folders that `optae bench` or `optae train` has written")
    return where(frame, conditions)


def show(result: Table, form: str | None, out: Path | None) -> None:
    """Print the table with its notes, or write it to a file and print how many rows it has."""
    command = click.get_current_context().command
    result = replace(result, notes=tuple(with_flags(note, command) for note in result.notes))
    if out is None:
        click.echo(render(result, form or "terminal"), nl=False)
        return
    text = render(result, form or SUFFIXES.get(out.suffix.lower(), "terminal"))
    with whole_file(out) as file:
        file.write(text.encode())
    click.echo(f"{out}: {len(result.frame)} rows", err=True)


def _with(frame: "DataFrame", by: list[str] | None, on: str) -> list[str]:
    """Return the columns that name a row, including the one that is put side by side."""
    from optae.comparison import default_by
    from optae.comparison.filters import column

    column(frame, on, "--pivot")
    by = default_by(frame) if by is None else by
    if on == "method":
        by = [key for key in by if key != "label"]
    return by if on in by else [*by, on]
