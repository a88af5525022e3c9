"""optae drift: what changed when the same recipes ran in another environment."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from .common import PATH, comparison_options, load, names, show


@click.command()
@click.argument("a", metavar="A", type=PATH)
@click.argument("b", metavar="B", type=PATH)
@click.option(
    "--metric",
    default="value",
    show_default=True,
    help="Metric to compare, as in `optae table`; with a target also the seconds, evaluations or operations"
    " until it.",
)
@click.option(
    "--by",
    callback=names,
    metavar="COLUMNS",
    help="One row for each combination of these columns.  [default: the label, and the parts of the problem"
    " that differ]",
)
@comparison_options
def drift(
    a: Path, b: Path, conditions: Sequence[str], form: str | None, out: Path | None, **words: Any
) -> None:
    """Say what changed when the same recipes ran in another environment: in value and in seconds.

    A and B are folders of cells of one grid, run with other versions of SciPy or NumPy, another BLAS, other
    threads or other code. Runs with equal recipe and seed are paired. First come the facts of the environment
    that differ, then a row for each method on each problem: how many runs are equal to the last bit, how many
    better or worse, the median ratio with an interval, p-values corrected for the number of rows, the
    evaluations until the target, the seconds of an evaluation, and the statuses that changed.

    \b
    old/bin/optae bench letters.toml --out before
    new/bin/optae bench letters.toml --out after
    optae drift before after
    optae drift before after --by label --metric max_pixel_error --format markdown
    """
    from optae.comparison.drift import drift as changed

    show(changed(load([a], conditions), load([b], conditions), **words), form, out)
