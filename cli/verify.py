"""optae verify: run a stored run again and compare."""

from pathlib import Path

import click

from optae.execution.verify import TOLERANCE, Reproduction

from .output import say
from .tables import print_table


@click.command()
@click.argument("run", metavar="CELL_OR_RUN", type=click.Path(path_type=Path))
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    default=TOLERANCE,
    show_default=True,
    help="On another machine: largest difference of the losses, as a share of what the run gained.",
)
def verify(run: Path, tolerance: float) -> int:
    """Run a stored cell again, and say whether it reproduces. The exit code is 0 if it does, else 1.

    With the same processor, system and versions, the vector, the loss, the metrics, the counts, the status
    and the history must be the same bit for bit. Seconds, the environment, the budget and the other seeds
    that it was trained with are not compared. On other machines, where sums round differently, the losses
    must agree within the tolerance, as must the stored loss and the loss of the stored vector.

    A damaged run, one of whose files has changed since it was written, is refused, with exit code 2.

    A run that ended by its limit of seconds, its target or its user is run again for as many evaluations as
    it had. A run that drew its random numbers from an older numbering of the streams is not run again, and
    counts as not reproduced.

    \b
    optae verify runs/font2-powell-0
    optae verify letters/0013b3265a01a583
    """
    from optae.execution.verify import verify as run_again

    verdict = run_again(run, tolerance)
    if "value" in verdict.again:
        print_table(_rows(verdict))
    say(verdict.sentence)
    return 0 if verdict.reproduces else 1


def _rows(verdict: Reproduction) -> list[dict[str, object]]:
    """Return the rows that compare the stored run with the new one."""
    names = ("value", "status", "iterations", "calls")
    pairs = {name: (verdict.stored.get(name, ""), verdict.again.get(name, "")) for name in names}
    return [{"": name, "stored": then, "again": now} for name, (then, now) in pairs.items()]
