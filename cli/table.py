"""optae table: show stored runs as one table."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optae.evaluation.definitions import HELDOUT, METRICS

from .common import PATH, comparison_options, load, names, show

if TYPE_CHECKING:
    from pandas import DataFrame

    from optae.tables.table import Table


@click.command()
@click.argument("dirs", nargs=-1, metavar="[DIR]...", type=PATH)
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
    " compile_seconds, processor_seconds, evaluations, operations, iterations or restarts; or mine.py:NAME of"
    " your own that the runs measured.",
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
    metavar="LABEL|FILE.zip|reference",
    help="Baseline: show the probability that a run is better than one of LABEL. Or an archive of `optae"
    " pack`, whose methods are shown beside yours where problem, budget and seed are the same; reference is"
    " the archive of the runs that results/methods.md shows.",
)
@click.option("--pivot", "on", metavar="COLUMN", help="Show the values of this column side by side.")
@click.option(
    "--sort", metavar="COLUMN", help="Sort by this column, best first.  [default: by problem, then score]"
)
@click.option("--reverse", is_flag=True, help="Sort worst first.")
@click.option(
    "--reference",
    type=PATH,
    metavar="FILE.csv",
    help="CSV file of published figures to show beside ours, with the columns of --by and the metric.",
)
@click.option(
    "--flips",
    "only_flips",
    is_flag=True,
    help="Show the verdicts on pairs of methods that differ between the options given and those tuned.",
)
@comparison_options
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
    only_flips: bool,
    metric: str,
    against: str | None,
    **words: Any,
) -> None:
    """Group, pivot and sort stored runs. DIR is runs/ by default.

    The table has medians, interquartile means with intervals, success, and the time and evaluations to a
    target. Times are not compared between different thread counts or machines. A damaged run, one of whose
    files has changed since it was written, is named and left out.

    \b
    optae table results/letters --target max_pixel_error=0
    optae table results/letters --metric max_pixel_error --against adam --sort improvement
    optae table flips --by noise,label --columns "train_value,train_sd,mean,mean of mse"
    optae table tuned --flips --metric seconds --target max_pixel_error=0
    optae table mine --against reference --target max_pixel_error=0
    optae table runs --by method --pivot seed --where "seed<5"
    optae table a b --by dataset,label --columns iqm,ert_evaluations --target exact=32 --out table.tex
    """
    from optae.comparison import STATISTICS, add_reference, arrange, pivot, summarise
    from optae.comparison.beside import table_of
    from optae.comparison.tuning.words import notes

    places = list(dirs) or [Path("runs")]
    if only_flips:
        show(_flips(places, load(dirs, conditions), metric, **words), form, out)
        return
    frame, against, said = _loaded(dirs, conditions, against)
    words["against"] = against
    by = by if on is None else _with(frame, by, on)
    shown = columns
    if columns is not None and sort in STATISTICS and sort not in columns:
        shown = [*columns, sort]
    make = summarise if shown is None else partial(table_of, columns=shown)
    result = make(frame, by, metric, **words)
    if reference is not None:
        result = add_reference(result, reference, metric)
    if sort is not None or reverse:
        result = arrange(result, sort, reverse)
    if on is not None:
        result = pivot(result, on, columns[0] if columns else None)
    said += notes(places, frame)
    show(replace(result, notes=(*result.notes, *said)), form, out)


def _flips(places: Sequence[Path], frame: "DataFrame", metric: str, **words: Any) -> "Table":
    """Return the verdicts that tuning changes."""
    from optae.comparison.tuning.flips import flips
    from optae.comparison.tuning.record import load as tunings_in

    tuned = [one for place in places for one in tunings_in(place)]
    return flips(frame, tuned, metric, words["target"], words["mixed_times"])


def _loaded(
    dirs: Sequence[Path], conditions: Sequence[str], against: str | None
) -> tuple["DataFrame", str | None, list[str]]:
    """Return the runs, beside those of an archive if there is one, the baseline's label, and notes."""
    from optae.comparison import where
    from optae.comparison.against import with_reference
    from optae.storage.archive import archive_of

    archive = None if against is None else archive_of(against)
    if archive is None:
        return load(dirs, conditions), against, []
    frame, notes = with_reference(load(dirs, ()), load([archive], ()), archive.stem)
    return where(frame, conditions), None, notes


def _with(frame: "DataFrame", by: list[str] | None, on: str) -> list[str]:
    """Return the columns that name a row, including the one that is put side by side."""
    from optae.comparison import default_by
    from optae.comparison.filters import column

    column(frame, on, "--pivot")
    by = default_by(frame) if by is None else by
    if on == "method":
        by = [key for key in by if key != "label"]
    return by if on in by else [*by, on]
