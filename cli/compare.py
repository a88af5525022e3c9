"""optae compare: the paired verdict on two methods."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from .common import PATH, comparison_options, load, names, show


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.argument("dirs", nargs=-1, metavar="[DIR]...", type=PATH)
@click.option(
    "--metric",
    default="value",
    show_default=True,
    help="Metric to compare, as in `optae table`; with --target also the seconds, evaluations or operations"
    " until the target.",
)
@click.option(
    "--by",
    callback=names,
    metavar="COLUMNS",
    help="One row for each combination of these columns.  [default: the parts of the problem that differ]",
)
@click.option(
    "--across",
    callback=names,
    metavar="COLUMNS",
    help="Also pair runs that differ in these, such as loss.  [default: a pair shares the whole problem]",
)
@comparison_options
def compare(
    a: str,
    b: str,
    dirs: Sequence[Path],
    conditions: Sequence[str],
    form: str | None,
    out: Path | None,
    across: list[str] | None,
    **words: Any,
) -> None:
    """Say whether A is better than B, two labels or methods. DIR is runs/ by default.

    Runs that share the seed and the problem are paired, so both had the same start and noise. The table gives
    how many seeds each method wins, the median ratio with an interval, and the p-values of Wilcoxon's test
    and the sign test. With several problems, the problems are the sample of a t-test, and fewer than six
    cannot decide at 5 %.

    \b
    optae compare adam powell results/letters
    optae compare "adam lr=0.003" powell results/letters --metric max_pixel_error --by dataset
    optae compare adam least-squares results/letters --metric mse --across loss
    optae compare "lm (copies 5)" adam noisy
    optae compare adam powell runs --metric evaluations --target max_pixel_error=0
    """
    from optae.comparison import verdict

    show(verdict(load(dirs, conditions), a, b, across=across or (), **words).table, form, out)
