"""The registry of formats, and networks written to files and read from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..files import check_file, whole_file
from ..model.chain import Chain
from ..registry import lookup
from ..text import quoted
from . import json_text, keras_file, onnx_graph, torch_files
from .network import PRECISIONS, Exported, Facts, Found, described, model_of, theta_of
from .steps import blocks

LARGEST = 2**31  # most bytes of a file that is read


@dataclass(frozen=True)
class Format:
    """One line of the registry."""

    suffix: str  # of its files
    write: Callable[[Exported, Path], Mapping[Path, bytes]]  # the content of its files
    read: Callable[[bytes, str], Found]


FORMATS = {
    "onnx": Format(".onnx", onnx_graph.write, onnx_graph.read),
    "torch": Format(".safetensors", torch_files.write, torch_files.read),
    "keras": Format(".keras", keras_file.write, keras_file.read),
    "json": Format(".json", json_text.write, json_text.read),
}


def save_network(
    model: Chain,
    theta: np.ndarray,
    path: str | Path,
    to: str | None = None,
    part: str = "whole",
    precision: str = "float64",
    recipe: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write a network, or its encoder or decoder, in the format `to` or that of the path's ending.

    Returns the files. Raises ValueError for what the format cannot hold, and writes nothing then.
    """
    path = Path(path)
    form = _format_of(path, to)
    if path.suffix.lower() != form.suffix:
        raise ValueError(f"{quoted(str(path))}: a file of this format ends in {form.suffix}")
    dtype = lookup("precision", precision, PRECISIONS)
    exported = Exported(described(model, part, recipe or {}), blocks(model, theta, part), dtype)
    files = form.write(exported, path)
    for place, content in files.items():
        with whole_file(place) as file:
            file.write(content)
    return [*files]


def load_network(path: str | Path, like: Chain | None = None) -> tuple[Chain, np.ndarray, Facts]:
    """Return the model, its vector (size,) and the file's description, which is empty if it is not ours.

    `like` is the model of a file that says none; its arrays then come in the order of its layers. Raises
    ValueError for a file that holds no network, or another one.
    """
    path = Path(path)
    form = _format_of(path, None)
    check_file(str(path))
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{quoted(str(path))} has more than {LARGEST >> 30} GB: it is not read")
    found = form.read(path.read_bytes(), str(path))
    model = like or model_of(found.facts, str(path))
    return model, theta_of(model, found, str(path)), found.facts or {}


def _format_of(path: Path, to: str | None) -> Format:
    """Return the format by its name, or by the ending of a path. Raises ValueError if neither says it."""
    if to is not None:
        return lookup("format", to, FORMATS)
    for form in FORMATS.values():
        if path.suffix.lower() == form.suffix:
            return form
    known = ", ".join(form.suffix for form in FORMATS.values())
    raise ValueError(f"{quoted(str(path))} has no ending of a format: give one of {known}")
