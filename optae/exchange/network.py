"""What a file of another library says of a network of ours: the description that an import reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from ..model.autoencoder import Autoencoder
from ..model.chain import Chain
from ..model.mlp import MLP
from ..plugins import is_own
from ..text import quoted
from .steps import Block

Facts = dict[str, Any]
FORMAT, VERSION = "optae network", 1
KINDS: dict[str, type[Autoencoder] | type[MLP]] = {"autoencoder": Autoencoder, "mlp": MLP}
PRECISIONS = {"float64": np.float64, "float32": np.float32}
KEY = "optae"  # of the description in a file's own notes


@dataclass(frozen=True)
class Exported:
    """A network, or a part of it, on its way to a file."""

    facts: Facts  # its description
    blocks: tuple[Block, ...]
    dtype: type  # of its numbers

    @property
    def input_name(self) -> str:
        """The name of its input: a code z for a decoder, else a sample x."""
        return "z" if self.facts["part"] == "decoder" else "x"

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of its outputs."""
        if self.blocks[-1].halves:
            return "mean", "log_variance"
        return ("z" if self.facts["part"] == "encoder" else "y",)

    @property
    def note(self) -> str:
        """The description as text."""
        return json.dumps(self.facts, allow_nan=False)


@dataclass(frozen=True)
class Found:
    """What a file holds: its arrays by the names of our layout, or in the order of its layers."""

    arrays: Mapping[str, np.ndarray]
    facts: Facts | None = None  # its description, if it is one of ours


def described(model: Chain, part: str, recipe: Mapping[str, Any]) -> Facts:
    """Return the description of a network, with the `recipe` of the run that trained it, if there is one."""
    kind = "mlp" if isinstance(model, MLP) else "autoencoder"
    facts = {"format": FORMAT, "version": VERSION, "part": part, "kind": kind, "model": model.words}
    return {**facts, "recipe": dict(recipe)} if recipe else facts


def model_of(facts: Any, path: str) -> Chain:
    """Return the model of a description. Raises ValueError for one that is not ours, or not whole."""
    if not isinstance(facts, dict) or facts.get("format") != FORMAT or facts.get("kind") not in KINDS:
        raise ValueError(f"{quoted(path)} has no description of a network: name a run of the same one")
    if facts.get("version") != VERSION:
        raise ValueError(f"{quoted(path)} is of version {facts.get('version')}: this optae reads {VERSION}")
    if facts.get("part") != "whole":
        raise ValueError(f"{quoted(path)} holds the {facts.get('part')} alone: export the whole network")
    words = facts.get("model")
    if not isinstance(words, dict) or any(is_own(str(word)) for word in words.values()):
        raise ValueError(f"{quoted(path)} describes a network by a file of somebody's own: it is not read")
    try:
        model: Chain = KINDS[facts["kind"]].of(words)
    except Exception as error:  # words of wrong types fail in many ways
        raise ValueError(f"{quoted(path)} describes no network: {' '.join(str(error).split())}") from None
    return model


def theta_of(model: Chain, found: Found, path: str) -> np.ndarray:
    """Return the vector (size,) of arrays that are named as in the layout, or else come in its order.

    Raises ValueError for arrays that do not fit the model, and for nan.
    """
    shapes, arrays = model.layout.shapes, found.arrays
    if arrays.keys() != shapes.keys() and len(arrays) == len(shapes):
        arrays = dict(zip(shapes, arrays.values(), strict=True))
    there = {name: np.shape(array) for name, array in arrays.items()}
    if there != dict(shapes):
        raise ValueError(
            f"{quoted(path)} holds {_listed(there)}, but the network has {_listed(shapes)}: name another run"
        )
    theta = np.asarray(model.layout.pack({name: np.asarray(a, float) for name, a in arrays.items()}))
    if not np.isfinite(theta).all():
        raise ValueError(f"{quoted(path)} holds numbers that are not finite")
    return theta


def needed(library: str, extra: str) -> Any:
    """Return a library that a format needs. Raises ValueError, with what installs it, if it is not there."""
    try:
        return import_module(library)
    except ImportError:
        raise ValueError(f"this format needs {library}: run pip install 'optae[{extra}]'") from None


def _listed(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Return the shapes of the matrices, such as 35x20, 20x2."""
    return ", ".join("x".join(map(str, shape)) for shape in shapes.values() if len(shape) == 2) or "nothing"
