"""optae on the command line: parses, calls the library, prints. One file per command."""

import click

from .program import Program

COMMANDS = {
    "train": (".train", "Train one network by one method, and keep what came out."),
    "generate": (".generate", "Decode latent points, walks and windows of a stored run."),
    "denoise": (".denoise", "Score stored runs on noise that no training saw."),
    "bench": (".bench", "Run a grid of experiments, each cell once; killed and resumed at will."),
    "verify": (".verify", "Run a stored cell again, and say whether it reproduces."),
    "plot": (".plot", "Draw pictures that compare stored runs."),
    "table": (".table", "Group, pivot and sort stored runs: medians, intervals, success, time to a target."),
    "compare": (".compare", "Say whether one method is better than another, on the same seeds."),
    "data": (".data", "Look into a data set: how far apart its letters are."),
    "methods": (".methods", "List the methods, what each needs and how far it scales."),
    "check": (".check", "Certify the gradients, layer by layer; grade your own."),
}


@click.group(
    cls=Program,
    commands_at=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="optae")
def main() -> None:
    """Which method should train this network, and how sure are we?

    Autoencoders whose parameters are one flat vector, trained by any method and compared fairly. Start with

        optae train --method powell --arch 35,20,15,2,15,20,35
    """
