"""Problems of the literature by name, so that methods meet what others were measured on.

The deep autoencoders of Hinton & Salakhutdinov (2006) are those on which Hessian-free optimisation, K-FAC,
Shampoo and K-BFGS were compared: bce is minimised with L2, and the squared error, summed over pixels, is
reported. To add one, give it an entry in `PROBLEMS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..registry import lookup
from .schema import Words


@dataclass(frozen=True)
class Classic:
    """A problem as the words of an experiment, what is reported of it, and where it comes from."""

    words: Mapping[str, Any]
    reports: tuple[str, ...]  # metrics of the training images, each also of those held out
    source: str


def _deep(dataset: str, arch: str, units: str, init: str) -> Words:
    """Return the words of a deep autoencoder with these units, a linear code and a logistic output."""
    activations: Words = {"encoder": units, "latent": "identity", "decoder": units, "output": "logistic"}
    widths = tuple(map(int, arch.split("-")))
    return {"dataset": dataset, "arch": widths, **activations, "init": init, "loss": "bce", "l2": 1e-5}


PROBLEMS = {
    "deep-mnist": Classic(
        _deep("mnist", "784-1000-500-250-30", "logistic", "sparse"),
        ("squared_error", "bce"),
        "Hinton & Salakhutdinov, 2006; start of Martens, 2010",
    ),
    "deep-mnist-relu": Classic(
        _deep("mnist", "784-1000-500-250-30", "relu", "torch"),
        ("bce",),
        "Goldfarb, Ren & Bahamou, 2020",
    ),
    "deep-curves": Classic(
        _deep("curves-like", "784-400-200-100-50-25-6", "logistic", "sparse"),
        ("squared_error", "bce"),
        "Hinton & Salakhutdinov, 2006, on curves of optae's own",
    ),
    "deep-fashion": Classic(
        _deep("fashion-mnist", "784-1000-500-250-30", "logistic", "sparse"),
        ("squared_error", "bce"),
        "as deep-mnist, on the images of Xiao et al., 2017",
    ),
}


def read_problem(name: str, value: object) -> list[Words]:
    """Return the words of a problem by its name, as an axis of a grid takes them. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"`{name}` = {value!r}: give a name in quotation marks, such as deep-mnist")
    return [dict(lookup("problem", value, PROBLEMS).words)]
