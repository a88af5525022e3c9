"""Options that several commands share, under one name everywhere."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from optae.datasets import DATASETS, Dataset
from optae.experiments.experiment import Experiment
from optae.experiments.noise_regime import REGIMES
from optae.model.activations import ACTIVATIONS
from optae.model.autoencoder import Autoencoder
from optae.model.corruptions import CORRUPTIONS
from optae.model.initializers import INITS
from optae.model.losses import LOSSES

MODEL = ("dataset", "arch", "encoder", "latent", "decoder", "output", "bias", "init", "loss")
DEFAULT = Experiment()


_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "--dataset",
        {"help": f"{', '.join(DATASETS)}, a C header as font.h:Font3, or a .npy or .csv of values in [0,1]."},
    ),
    (
        "--arch",
        {
            "callback": lambda ctx, param, text: read_arch(text),
            "default": None,
            "metavar": "WIDTHS",
            "help": "Layer widths: all of them, as 35,20,15,2,15,20,35, or the encoder's half, as 35,20,15,2."
            "  [default: the data's width,60,50,30,2]",
        },
    ),
    (
        "--encoder",
        {
            "help": f"Activation of the encoder's hidden layers: {', '.join(ACTIVATIONS)};"
            " with a gain as logistic:1.6."
        },
    ),
    ("--latent", {"help": "Activation of the latent layer."}),
    ("--decoder", {"help": "Activation of the decoder's hidden layers."}),
    (
        "--output",
        {"help": "Activation of the output.  [default: the decoder's if in [0, 1], else logistic]"},
    ),
    ("--bias/--no-bias", {"help": "Biases in every layer, or none."}),
    (
        "--init",
        {"help": f"Start of the weights: {', '.join(INITS)}; auto frees logistic layers, else it is glorot."},
    ),
    ("--loss", {"help": f"What is minimised: {', '.join(LOSSES)}."}),
)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--dataset, --arch, the activations, --bias, --init, --loss: passed on as `MODEL`'s names."""
    for name, (flag, extra) in reversed(list(zip(MODEL, _OPTIONS, strict=True))):
        known = {"default": getattr(DEFAULT, name), "show_default": name not in ("arch", "output")}
        command = click.option(flag, **{**known, **extra})(command)
    return command


_NOISE: dict[str, dict[str, Any]] = {
    "--noise": {
        "metavar": "WORD",
        "help": f"What the network must undo: {', '.join(CORRUPTIONS)}; such as flip:0.1, flip-exactly:3,"
        " shift:p=0.2,range=0.5.",
    },
    "--regime": {
        "help": f"{' or '.join(REGIMES)}: noise drawn once, or again and again."
        "  [default: fresh where the method takes epochs]"
    },
    "--copies": {"type": int, "metavar": "N", "help": "Noisy copies of each sample at a time.  [default: 1]"},
    "--redraw": {
        "type": int,
        "metavar": "N",
        "help": "Iterations on one draw, for methods without epochs.  [default: 20, if fresh]",
    },
}


def noise_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--noise, --regime, --copies, --redraw, as `Experiment` has them."""
    for flag, extra in reversed(_NOISE.items()):
        command = click.option(flag, **extra)(command)
    return command


def check_noise(experiment: Experiment, asked: Mapping[str, Any]) -> None:
    """Raises ValueError for a word of the regime that was given and means nothing here."""
    for name in ("regime", "copies", "redraw"):
        if asked.get(name) is None or getattr(experiment, name) is not None:
            continue
        remedy = "noise: add such as --noise flip:0.1"
        if experiment.noise is not None:
            remedy = f"a method without epochs and fresh noise, not {experiment.method}: leave it out"
            if experiment.regime == "frozen":
                remedy = "fresh noise, not --regime frozen: leave one of them out"
        raise ValueError(f"--{name} {asked[name]} needs {remedy}")


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


def read_arch(text: str | None) -> tuple[int, ...]:
    """`35,20,15,2` as numbers; nothing is an empty tuple. Raises ValueError."""
    if text is None:
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(
            f"--arch '{text}': write whole numbers with commas, such as 35,20,15,2,15,20,35"
        ) from None
