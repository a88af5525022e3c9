"""The command `optae`: parses, calls the library and prints. Each command is a file of this folder."""

import click

from optae.tables.language import LANGUAGE, LANGUAGES

from .output import say
from .program import Program

COMMANDS = {
    "choose": (".choose", "Say which method should train a network, and how sure that is."),
    "train": (".train", "Train one network by one method, and store the run."),
    "generate": (".generate", "Decode latent points, walks and windows of a stored run."),
    "show": (".show", "Show a stored run in the terminal: letters, reconstructions, the loss."),
    "explore": (".explore", "Make an interactive page that encodes and decodes in the browser."),
    "export": (".exchange", "Write a run's network for ONNX, PyTorch, Keras or any language."),
    "import": (".exchange", "Make a run of a network in a file."),
    "confusion": (".confusion", "Show how a digit classifier reads a run's reconstructions."),
    "curvature": (".curvature", "Show the eigenvalues of the loss's curvature where a run ended."),
    "denoise": (".denoise", "Score stored runs on noise that they were not trained on."),
    "subsets": (".subsets", "Correlate how alike letters are with how well they resist noise."),
    "tune": (".tune", "Find the options of a method that suit a problem, on seeds of their own."),
    "bench": (".bench", "Run a grid of experiments; stop and resume it at any time."),
    "verify": (".verify", "Run a stored cell again, and say whether it reproduces."),
    "list": (".list", "List the stored runs and grids of a folder."),
    "plot": (".plot", "Draw pictures that compare stored runs."),
    "table": (".table", "Tabulate stored runs: medians, intervals, success, time to a target."),
    "compare": (".compare", "Say whether one method is better than another, on the same seeds."),
    "drift": (".drift", "Say what changed when the same grid ran in another environment."),
    "pack": (".pack", "Put the records and histories of cells into one file."),
    "report": (".report", "Make a page that compares stored runs: verdict, tables, curves, letters."),
    "data": (".data", "Show facts about a data set, such as its letters' distances."),
    "methods": (".methods", "List the methods, what each needs and how far it scales."),
    "problems": (".problems", "List the problems of the literature that a name stands for."),
    "devices": (".devices", "Time training on every device that JAX finds."),
    "check": (".check", "Certify the gradients, layer by layer, or grade your own."),
    "new": (".new", "Write a file to start from: a method of your own."),
}

GREETING = """\
optae: which method should train this network, and how sure are we?

Three things to try:

  optae train --method lm --target max_pixel_error=0   encode 32 letters as two numbers each, in seconds
  optae show runs/font2-lm-0                           show the result, here in the terminal
  optae explore runs/font2-lm-0                        make a page where you drag, draw and decode

optae --help lists the commands, optae COMMAND --help explains one."""


@click.group(
    cls=Program,
    invoke_without_command=True,
    commands_at=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="optae")
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    envvar="OPTAE_LANG",
    show_envvar=True,
    help="Language of reports, tables and pictures.",
)
@click.pass_context
def main(ctx: click.Context, lang: str) -> None:
    """Which method should train this network, and how sure are we?

    Train autoencoders whose parameters are one flat vector by any method, and compare the methods fairly.
    Start with

        optae train --method powell --arch 35,20,15,2,15,20,35
    """
    token = LANGUAGE.set(lang)
    ctx.call_on_close(lambda: LANGUAGE.reset(token))
    if ctx.invoked_subcommand is None:
        say(GREETING)
