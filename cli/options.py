"""Options that several commands share, under one name everywhere."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from optae.activations import ACTIVATIONS
from optae.autoencoder import Autoencoder
from optae.criteria import LOSSES
from optae.datasets import DATASETS, Dataset
from optae.experiments import Experiment
from optae.inits import INITS

MODEL = ("dataset", "arch", "encoder", "latent", "decoder", "output", "bias", "init", "loss")
DEFAULT = Experiment()


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--dataset, --arch, the activations, --bias, --init, --loss: passed on as `MODEL`'s names."""
    activations = ", ".join(ACTIVATIONS)
    options = [
        click.option(
            "--dataset",
            default=DEFAULT.dataset,
            show_default=True,
            help=f"{', '.join(DATASETS)}, a C header as font.h:Font3, or a .npy or .csv of values in [0, 1].",
        ),
        click.option(
            "--arch",
            callback=_arch,
            metavar="WIDTHS",
            help="Layer widths: all of them, as 35,20,15,2,15,20,35, or the encoder's half, as 35,20,15,2."
            "  [default: the data's width,60,50,30,2]",
        ),
        click.option(
            "--encoder",
            default=DEFAULT.encoder,
            show_default=True,
            help=f"Activation of the encoder's hidden layers: {activations}; a gain as in logistic:1.6.",
        ),
        click.option(
            "--latent", default=DEFAULT.latent, show_default=True, help="Activation of the latent layer."
        ),
        click.option(
            "--decoder",
            default=DEFAULT.decoder,
            show_default=True,
            help="Activation of the decoder's hidden layers.",
        ),
        click.option(
            "--output",
            default=None,
            help="Activation of the output.  [default: the decoder's if that ends in [0, 1], else logistic]",
        ),
        click.option(
            "--bias/--no-bias",
            default=DEFAULT.bias,
            show_default=True,
            help="Biases in every layer, or none.",
        ),
        click.option(
            "--init",
            default=DEFAULT.init,
            show_default=True,
            help=f"Start of the weights: {', '.join(INITS)}.",
        ),
        click.option(
            "--loss", default=DEFAULT.loss, show_default=True, help=f"What is minimised: {', '.join(LOSSES)}."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def build_model(**words: Any) -> tuple[Autoencoder, Dataset]:
    """The model and the data that these words name. Raises ValueError."""
    experiment = Experiment(**words)
    data = experiment.data()
    return experiment.problem(data).model, data


def pairs(texts: Sequence[str], flag: str = "--option") -> dict[str, str]:
    """`key=value` texts as a dict. Raises ValueError."""
    for text in texts:
        if "=" not in text or not text.split("=", 1)[0].strip():
            raise ValueError(f"{flag} '{text}': write key=value, such as lr=1e-3")
    return {key.strip(): value.strip() for key, value in (text.split("=", 1) for text in texts)}


def _arch(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(
            f"--arch '{text}': write whole numbers with commas, such as 35,20,15,2,15,20,35"
        ) from None
