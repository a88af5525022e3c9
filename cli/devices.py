"""optae devices: time JAX on each device that it finds."""

from pathlib import Path

import click

from optae.engines.hardware import PRECISIONS

from .common import show, table_output
from .training import BATCH

EPOCHS = 3


@click.command()
@click.option("--dataset", default="mnist", show_default=True, help="Data set, as in `optae train`.")
@click.option(
    "--arch", default="", metavar="WIDTHS", help="Layer widths.  [default: the data's width,512,256,2]"
)
@click.option("--batch", type=click.IntRange(1), default=BATCH, show_default=True, help="Samples in a step.")
@click.option("--epochs", type=click.IntRange(1), default=EPOCHS, show_default=True, help="Epochs to time.")
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default="float32",
    show_default=True,
    help="Precision of matrix products.",
)
@table_output
def devices(
    dataset: str, arch: str, batch: int, epochs: int, precision: str, form: str | None, out: Path | None
) -> None:
    """Time one variational autoencoder on every device that JAX finds.

    The table has the seconds of an epoch and those of compiling, on the CPU and on each kind of accelerator.
    If there are several devices of a kind, it also has a row for all of them. If JAX finds only the CPU, a
    line says so. `--device` is also an axis of `optae bench` and a column of `optae table`.

    \b
    optae devices
    optae devices --dataset emoji --batch 32 --epochs 20
    """
    from optae.execution.devices import compare_devices
    from optae.experiments.readers import arch as widths

    [words] = widths("arch", arch)
    show(compare_devices(dataset, words["arch"], batch, epochs, precision), form, out)
