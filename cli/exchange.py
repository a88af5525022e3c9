"""optae export and optae import: networks in the formats of other libraries."""

from pathlib import Path

import click

from optae.exchange.formats import FORMATS
from optae.exchange.network import PRECISIONS
from optae.exchange.runs import export_run, import_run
from optae.exchange.steps import PARTS

from .common import PATH
from .output import say
from .summary import next_commands

ENDINGS = ", ".join(form.suffix for form in FORMATS.values())


@click.command()
@click.argument("run", metavar="RUN", type=PATH)
@click.option("--to", type=click.Choice(list(FORMATS)), help="Format.  [default: by the ending of --out]")
@click.option(
    "--out",
    type=PATH,
    metavar="FILE",
    help=f"The file, which ends in {ENDINGS}.  [default: RUN and the ending]",
)
@click.option(
    "--part",
    type=click.Choice(PARTS),
    default="whole",
    show_default=True,
    help="What of an autoencoder to write.",
)
@click.option(
    "--precision",
    type=click.Choice(list(PRECISIONS)),
    default="float64",
    show_default=True,
    help="Numbers of the file; most programs for phones and browsers want float32.",
)
def export(run: Path, to: str | None, out: Path | None, part: str, precision: str) -> None:
    """Write the network of a stored run in a format of another library.

    onnx is a graph for any runtime (opset 17; extra onnx). torch is a state dict in a .safetensors file, with
    a short Python file beside it that holds the module. keras is a .keras file (extra keras). json describes
    itself, for any language. Input and outputs are rows, (samples, columns). The encoder of a variational
    autoencoder gives mean and log_variance; the whole network decodes the mean. `optae import` reads whole
    networks of every format.

    \b
    optae export runs/font2-lm-0 --to onnx
    optae export runs/font2-lm-0 --out letters.json
    optae export runs/font2-lm-0 --to torch --part decoder --precision float32 --out decoder.safetensors
    """
    if out is None:
        if to is None:
            raise ValueError("there is neither --to nor --out: give a format, such as --to onnx")
        out = Path(f"{run.resolve().name}{FORMATS[to].suffix}")
    for path in export_run(run, out, to, part, precision):
        say(f"{path}: {path.stat().st_size:,} bytes")


@click.command("import")
@click.argument("file", metavar="FILE", type=PATH)
@click.option(
    "--like",
    type=PATH,
    metavar="RUN",
    help="Stored run of the same network, for a file that optae did not write.",
)
@click.option(
    "--dataset",
    metavar="WORD",
    help="Data set to measure the network on.  [default: that of the file or run]",
)
@click.option("--out", type=PATH, help="Run folder to write.  [default: runs/DATASET-imported-DIGEST-SEED]")
def import_(file: Path, like: Path | None, dataset: str | None, out: Path | None) -> None:
    """Make a run of a network in a file, for every command that takes a run, and for `optae train --start`.

    Files that `optae export` wrote describe themselves. The layers of any other .safetensors or .keras file
    are read in their order, with matrices (out, in) as PyTorch has them or (in, out) as Keras does, and
    --like names a run whose network they are.

    \b
    optae import letters.json --out runs/letters
    optae import trained_elsewhere.safetensors --like runs/font2-lm-0
    optae train --start runs/letters --method lm
    """
    found = import_run(file, out, like=like, dataset=dataset)
    value = found.record["value"]
    say(
        f"{found.path}: {found.model!r}, {found.record['loss']} {'none' if value is None else f'{value:.6g}'}"
    )
    say(next_commands(found.experiment, found.path))
