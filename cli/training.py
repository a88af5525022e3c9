"""Options of a variational autoencoder and of compiled epochs, and what `--model vae` takes for granted."""

import re
from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from optae.experiments.epoch_options import DEVICES, PRECISIONS
from optae.methods import method_spec
from optae.methods.first_order.schedules import SCHEDULES

VAE = {"bottleneck": "gaussian", "encoder": "relu", "decoder": "relu", "precision": "float32", "batch": 128}
MODELS: dict[str, dict[str, Any]] = {"ae": {}, "vae": VAE}
EPOCHS = 20  # where nobody gives a budget

_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--kl-weight", {"type": float, "help": "Of the Gaussian bottleneck's divergence.  [default: 1]"}),
    ("--kl-warmup", {"type": float, "metavar": "EPOCHS", "help": "Epochs until that weight counts in full."}),
    ("--draws", {"type": int, "help": "Of the noise, for each image of a full-batch method's frozen loss."}),
    ("--batch", {"type": int, "help": "Samples a step, as --option batch=N.  [default: all; 128 of a vae]"}),
    ("--epochs", {"type": float, "help": "Passes over the data: --max-iterations of a first-order method."}),
    (
        "--precision",
        {
            "help": "Compiled epochs with such products of matrices; without --batch, all in such numbers:"
            f" {', '.join(PRECISIONS)}."
        },
    ),
    ("--schedule", {"help": f"Of the rate: {', '.join(SCHEDULES)}; cosine:1 rises for an epoch first."}),
    ("--clip", {"type": float, "metavar": "NORM", "help": "The gradient's largest norm, over all weights."}),
    ("--device", {"help": f"{', '.join(DEVICES)}.  [default: the best that JAX finds]"}),
    (
        "--distributed",
        {
            "metavar": "HOST:PORT,N,ID",
            "help": "This is process ID, from 0, of N over several hosts; 0 writes.",
        },
    ),
    ("--devices", {"type": int, "metavar": "N", "help": "Split every batch over so many of them."}),
    ("--look", {"type": int, "metavar": "EPOCHS", "help": "Between looks at held-out data.  [default: 1]"}),
)


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--model and all that is special to a vae or to compiled epochs."""
    for flag, extra in reversed(_OPTIONS):
        command = click.option(flag, **{"default": None, **extra})(command)
    return click.option(
        "--model",
        type=click.Choice(list(MODELS)),
        default="ae",
        show_default=True,
        help="vae: a Gaussian bottleneck, ReLU layers, jax, float32 epochs of batches of 128.",
    )(command)


def experiment_words(words: dict[str, Any], typed: dict[str, Any]) -> dict[str, Any]:
    """An experiment's words of these options; `typed`, the method's own, gains the batch."""
    words = {**words, **_presets(words["model"], words)}
    kl_weight, batch, epochs = words.pop("kl_weight"), words.pop("batch"), words.pop("epochs")
    if words.pop("model") == "ae" and (kl_weight, words["kl_warmup"]) != (None, None):
        raise ValueError("--kl-weight and --kl-warmup are for --model vae")
    if kl_weight is not None:
        words["bottleneck"] = f"gaussian:{kl_weight!r}"
    if batch is not None:
        typed.setdefault("batch", batch)
    if epochs is not None:
        words["max_iterations"] = epochs
    if words["precision"] and not words["engine"]:
        words["engine"] = "jax"
    return words


def join(distributed: str | None, words: dict[str, Any]) -> bool:
    """Joins the other hosts' processes, where there are any, and says whether this one writes the run.

    Without --devices a batch is split over all the devices of all hosts. Raises ValueError for what is no
    HOST:PORT,N,ID, or where nobody answers there.
    """
    if distributed is None:
        return True
    match = re.fullmatch(r"([^,]+:[0-9]{1,5}),([0-9]{1,4}),([0-9]{1,4})", distributed)
    if match is None or not int(match[3]) < int(match[2]):
        raise ValueError(f"--distributed '{distributed}': write HOST:PORT,N,ID such as 10.0.0.1:1234,2,0")
    import jax

    try:
        jax.distributed.initialize(match[1], int(match[2]), int(match[3]))
    except RuntimeError as error:
        raise ValueError(f"--distributed '{distributed}': {' '.join(str(error).split())[:200]}") from None
    words["devices"] = words["devices"] or jax.device_count()
    return int(match[3]) == 0


def _presets(model: str, words: dict[str, Any]) -> dict[str, Any]:
    """What the model takes for granted, where nobody typed otherwise."""
    context = click.get_current_context()
    given = {name for name in words if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    presets = MODELS[model]
    if not method_spec(words["method"]).batch.endswith("stochastic"):  # it minimises one frozen draw
        given |= {"precision", "batch"}
        presets = {**presets, "engine": words["engine"] or "jax"} if presets else {}
    return {name: value for name, value in presets.items() if name not in given}
