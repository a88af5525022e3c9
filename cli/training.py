"""The options of `optae train` that are not fields of an experiment: short forms, presets, several hosts."""

import os
import re
from pathlib import Path

import click

from optae.datasets.fetch import cache
from optae.engines import compile_cache
from optae.experiments.grid import LIMITS
from optae.experiments.schema import Words
from optae.methods import method_spec

from .options import Option

KEPT = "OPTAE_COMPILE_CACHE"  # the environment variable that names a folder, or says off
BATCH = 128  # samples in a batch of a variational autoencoder
VAE = {"bottleneck": "gaussian", "encoder": "relu", "decoder": "relu"}
MODELS = ("ae", "vae", "mlp")
EMOJI = {
    "arch": (400, 256, 128, 8),
    "max_iterations": 60,
}  # five faces come back as five; two units confuse them
EMOJI_BATCH = 32

OPTIONS = (
    Option("--option", "options", group="method", metavar="KEY=VALUE", multiple=True,
           help="An option of the method, such as lr=1e-3; repeatable."),
    Option("--batch", group="method", type=click.INT, metavar="N",
           help=f"Samples in a step (at most all); --option batch=N.  [default: all, or {BATCH} for a vae]"),
    Option("--config", group="method", metavar="RUN.JSON",
           help="Run a stored run's recipe again: its run.json, or its folder. Other options replace what it"
           " says."),
    Option("--data-folder", group="data", metavar="DIR", help="Folder of the IDX files of (fashion-)mnist."),
    Option("--emoji-font", group="data", metavar="FILE",
           help="TrueType font to draw emoji with; if its strokes are thin, add"
           " --dataset emoji:1000,threshold=0.3,weight=1.  [default: five faces of optae's own]"),
    Option("--emoji-characters", group="data", metavar="TEXT", help="Characters of the font to draw."),
    Option("--epochs", group="budget", type=click.FLOAT, metavar="N",
           help="Passes over the data, short for --max-iterations with methods that take epochs."),
    Option("--model", "network", group="network", type=click.Choice(MODELS),
           help=f"vae: gaussian bottleneck, ReLU, jax, float32 epochs, batches of {BATCH}; for emoji"
           f" 400,256,128,8, batches of {EMOJI_BATCH} and {EMOJI['max_iterations']} epochs. mlp: a network"
           " that learns the targets or classes of the data set.  [default: ae]"),
    Option("--kl-weight", group="variational", type=click.FLOAT, metavar="WEIGHT",
           help="Weight of the KL divergence, short for --bottleneck gaussian:WEIGHT.  [default: 1]"),
    Option("--threads", group="hardware", type=click.IntRange(1, 1024), metavar="N",
           help="Threads of BLAS and of XLA.  [default: one for BLAS, or all where products are large]"),
    Option("--distributed", group="hardware", metavar="HOST:PORT,N,ID",
           help="Join process ID, from 0, of N over several hosts; process 0 writes."),
)  # fmt: skip


def experiment_words(given: Words, model: str, kl_weight: float | None) -> Words:
    """Return an experiment's words: the given ones over the presets of the model."""
    if model != "vae" and "bottleneck" not in given and (kl_weight is not None or "kl_warmup" in given):
        raise ValueError("`kl_weight` and `kl_warmup` are for `model` vae")
    if kl_weight is not None and "bottleneck" in given:
        raise ValueError("`kl_weight` beside `bottleneck`: write gaussian:0.5, and leave `kl_weight` out")
    words = {**_presets(model, given), **given}
    if kl_weight is not None:
        words["bottleneck"] = f"gaussian:{kl_weight!r}"
    if "precision" in words:
        words.setdefault("engine", "jax")
    return words


def _presets(model: str, given: Words) -> Words:
    """Return the presets of the model; methods without epochs minimise one frozen draw on engine jax."""
    if model != "vae":
        return {"network": model} if model == "mlp" else {}
    if not method_spec(given["method"]).batch.endswith("stochastic"):
        return {**VAE, "engine": "jax"}
    faces = given["dataset"].startswith("emoji")
    given["options"] = {"batch": EMOJI_BATCH if faces else BATCH, **given["options"]}
    return {**VAE, "precision": "float32", **(_for_emoji(given) if faces else {})}


def _for_emoji(given: Words) -> Words:
    """Return the presets of small faces; a limit that is given stands alone."""
    return {name: word for name, word in EMOJI.items() if name == "arch" or not given.keys() & set(LIMITS)}


def join(distributed: str | None) -> int | None:
    """Join the other hosts' processes; return this process's number, from 0, or None if there is one host.

    Raises ValueError if the text is not HOST:PORT,N,ID, or if no host answers there.
    """
    if distributed is None:
        return None
    match = re.fullmatch(r"([^,]+:[0-9]{1,5}),([0-9]{1,4}),([0-9]{1,4})", distributed)
    if match is None or not int(match[3]) < int(match[2]):
        raise ValueError(f"`distributed` '{distributed}': write HOST:PORT,N,ID such as 10.0.0.1:1234,2,0")
    import jax

    try:
        jax.distributed.initialize(match[1], int(match[2]), int(match[3]))
    except RuntimeError as error:
        raise ValueError(f"`distributed` '{distributed}': {' '.join(str(error).split())[:200]}") from None
    return int(match[3])


def keep_compiled(engine: str) -> None:
    """Keep what JAX compiles in the user's cache, or where `KEPT` says, unless that says off."""
    named = os.environ.get(KEPT, "")
    if engine == "jax" and named != "off":
        compile_cache.keep(Path(named) if named else cache() / "compiled")


def all_devices() -> int:
    """Return the number of devices that all hosts have together."""
    import jax

    return jax.device_count()
