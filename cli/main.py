"""optae on the command line: parses, calls the library, prints. One file per command."""

import click

from .program import Program

COMMANDS = {
    "train": (".train", "Train one network by one method, and keep what came out."),
    "generate": (".generate", "Decode latent points, walks and windows of a stored run."),
    "show": (".show", "Draw a stored run in the terminal: letters, what comes back, the loss."),
    "explore": (".explore", "Make a page on which stored runs decode, live, in any browser."),
    "confusion": (".confusion", "Show what a classifier takes a run's reconstructions for."),
    "denoise": (".denoise", "Score stored runs on noise that no training saw."),
    "bench": (".bench", "Run a grid of experiments, each cell once; killed and resumed at will."),
    "verify": (".verify", "Run a stored cell again, and say whether it reproduces."),
    "plot": (".plot", "Draw pictures that compare stored runs."),
    "table": (".table", "Group, pivot and sort stored runs: medians, intervals, success, time to a target."),
    "compare": (".compare", "Say whether one method is better than another, on the same seeds."),
    "report": (".report", "Make a page that compares stored runs: verdict, tables, curves, letters."),
    "data": (".data", "Look into a data set: how far apart its letters are."),
    "methods": (".methods", "List the methods, what each needs and how far it scales."),
    "check": (".check", "Certify the gradients, layer by layer; grade your own."),
}

GREETING = """\
optae: which method should train this network, and how sure are we?

Three things to try:

  optae train --method lm --target max_pixel_error=0   32 letters through two numbers, in seconds
  optae show runs/font2-lm-0                           what came of it, here in the terminal
  optae explore runs/font2-lm-0                        a page where you drag, draw and decode

optae --help lists the commands, optae COMMAND --help explains one."""


@click.group(
    cls=Program,
    invoke_without_command=True,
    commands_at=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="optae")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Which method should train this network, and how sure are we?

    Autoencoders whose parameters are one flat vector, trained by any method and compared fairly. Start with

        optae train --method powell --arch 35,20,15,2,15,20,35
    """
    if ctx.invoked_subcommand is None:
        click.echo(GREETING)
