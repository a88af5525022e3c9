"""Keras: a .keras file of a functional model, with the description as one more entry of the archive."""

import io
import json
import os
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..text import quoted
from .network import Exported, Found, needed
from .steps import Block, Dense, Scale, Step

NOTE = "optae.json"  # the entry of the archive
ACTIVATIONS = {
    "logistic": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "softplus": "softplus",
    "softmax": "softmax",
}


@contextmanager
def _doubles() -> Iterator[None]:
    """Let Keras on JAX have double precision, and silence what it does that NumPy is about to forbid."""
    import jax

    with jax.enable_x64(True), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="keras")
        yield


@_doubles()
def write(network: Exported, path: Path) -> dict[Path, bytes]:
    """Return the file. Raises ValueError if Keras is not installed."""
    keras, dtype = _keras(), np.dtype(network.dtype).name
    x = keras.Input((network.blocks[0].inputs,), dtype=dtype, name=network.input_name)
    dense: list[tuple[Any, Dense]] = []
    y = x
    for block in network.blocks[:-1]:
        y = _through(keras, block, y, dtype, dense)
        y = y[:, : block.outputs // 2] if block.halves else y
    last = network.blocks[-1]
    y = _through(keras, last, y, dtype, dense)
    half = last.outputs // 2
    model = keras.Model(x, [y[:, :half], y[:, half:]] if last.halves else y, name="optae")
    for layer, step in dense:
        arrays = [step.weight] if step.bias is None else [step.weight, step.bias]
        layer.set_weights([array.astype(network.dtype) for array in arrays])
    return {path: _saved(model, network.note)}


@_doubles()
def read(content: bytes, path: str) -> Found:
    """Return the arrays of the dense layers in their order, and the description if it is a file of ours.

    Raises ValueError for a file that Keras cannot read.
    """
    keras = _keras()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "net.keras"
        place.write_bytes(content)
        try:
            model = keras.models.load_model(place, compile=False)
        except Exception:  # whatever the library makes of it
            raise ValueError(f"{quoted(path)} is not a whole Keras file") from None
    arrays = {
        f"{layer.name}.{i}": np.asarray(array, dtype=float)
        for layer in model.layers
        if isinstance(layer, keras.layers.Dense)
        for i, array in enumerate(layer.get_weights())
    }
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        facts = json.loads(archive.read(NOTE)) if NOTE in archive.namelist() else None
    return Found(arrays, facts)


def _keras() -> Any:
    """Return Keras, on JAX if nothing else was chosen: its own NumPy has no double precision."""
    if "keras" in sys.modules or "KERAS_BACKEND" in os.environ:
        return needed("keras", "keras")
    os.environ["KERAS_BACKEND"] = "jax"
    try:
        return needed("keras", "keras")
    finally:
        del os.environ["KERAS_BACKEND"]


def _through(keras: Any, block: Block, y: Any, dtype: str, dense: list[tuple[Any, Dense]]) -> Any:
    for step in block.steps:
        layer = _layer(keras, step, dtype)
        if isinstance(step, Dense):
            dense.append((layer, step))
        y = layer(y)
    return y


def _layer(keras: Any, step: Step, dtype: str) -> Any:
    """Return the layer of a step."""
    layers = keras.layers
    if isinstance(step, Dense):
        name = step.name.replace(".", "_")
        return layers.Dense(step.weight.shape[1], use_bias=step.bias is not None, dtype=dtype, name=name)
    if isinstance(step, Scale):
        return layers.Rescaling(step.factor.tolist(), step.shift.tolist(), dtype=dtype)
    if step.name == "leaky-relu":
        return layers.LeakyReLU(negative_slope=step.leak, dtype=dtype)
    return layers.Activation(ACTIVATIONS[step.name], dtype=dtype)


def _saved(model: Any, note: str) -> bytes:
    """Return the content of the archive that Keras writes, with the description in it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "net.keras"
        model.save(place)
        with zipfile.ZipFile(place, "a") as archive:
            archive.writestr(NOTE, note)
        return place.read_bytes()
