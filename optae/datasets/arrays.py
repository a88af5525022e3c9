"""Read arrays of samples from `.npy` and `.npz` files; sizes are checked before memory is used."""

import zipfile
from collections.abc import Callable, Collection
from dataclasses import replace
from math import prod
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..files import check_file
from ..registry import suggestion
from ..text import quoted
from .checks import check_size
from .dataset import Dataset
from .memory import from_arrays, with_heldout
from .options import read_options
from .scaling import scaled

NUMBERS, TARGETS = "biuf", "biufUS"  # the kinds of types that samples and targets may have
LABELS = ("y", "labels", "targets", "target")  # names of targets in an archive
GROWTH = 1100  # an unpacked member of an archive is at most this many times larger
WIDEST = 1000  # bytes of one value
T = TypeVar("T")


def read_npy(spec: str, path: str, after: str | None = None) -> Dataset:
    """Return the samples (n, d) or images (n, rows, columns) of a `.npy` file."""
    check_file(path)
    name = quoted(path)
    x = _guarded(f"{name} is not a whole .npy file", lambda: np.lib.format.open_memmap(path, mode="r"))
    return _dataset(spec, after, x, None, name)


def read_npz(spec: str, path: str, after: str | None = None) -> Dataset:
    """Return the samples `x` of a `.npz` file and its targets `y`; or `x_train`, with `x_test` held out."""
    check_file(path)
    name = quoted(path)
    with _guarded(f"{name} is not a .npz file", lambda: zipfile.ZipFile(path)) as archive:
        stored = {info.filename.removesuffix(".npy").lower(): info for info in archive.infolist()}
        parts = [
            [None if key is None else _member(archive, stored[key], name) for key in pair]
            for pair in _pairs(stored, name)
        ]
    found = [_dataset(spec, after, x, y, name) for x, y in parts if x is not None]
    return with_heldout(*found) if len(found) == 2 else found[0]


def in_memory(x: Any, y: Any = None) -> Dataset:
    """Return samples x (n, d) or (n, rows, columns), an array or a pandas frame, with their targets y if any.

    Of a frame, y may name columns. Raises ValueError as the readers of files do.
    """
    if not hasattr(x, "columns"):
        return _of_memory("the array", np.asarray(x), y)
    columns = [y] if isinstance(y, str) else list(y) if _are_words(y) else []
    if lacking := [column for column in columns if column not in x]:
        hint = suggestion(lacking[0], list(map(str, x)))
        raise ValueError(f"the frame has no column {quoted(lacking[0])}: {hint}")
    if not columns:
        return _of_memory("the frame", x.to_numpy(), y)
    data = _of_memory("the frame", x.drop(columns=columns).to_numpy(), x[columns].to_numpy())
    return data if data.targets is None else replace(data, target_names=tuple(columns))


def _are_words(y: Any) -> bool:
    return isinstance(y, list | tuple) and bool(y) and all(isinstance(word, str) for word in y)


def _of_memory(name: str, x: npt.NDArray[Any], y: Any) -> Dataset:
    """Return the data set of arrays; one column of targets is flat, as classes are."""
    targets = None if y is None else np.asarray(y)
    if targets is not None and targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if targets is not None and targets.dtype.kind == "O":
        targets = targets.astype(str)
    return _dataset("data", None, x, targets, name, name)


def _pairs(stored: Collection[str], name: str) -> list[tuple[str, str | None]]:
    """Return the names of samples and of their targets; a second pair is held out."""
    if len(stored) == 1:
        return [(next(iter(stored)), None)]
    ends = [end for end in ("_train", "_test", "") if f"x{end}" in stored]
    if not ends or ends[0] == "_test":
        raise ValueError(
            f"{name} has no array 'x' of samples: {suggestion('x', list(stored))}, and save it as x"
        )
    ends = ends[:2] if ends[0] == "_train" and "_test" in ends else ends[:1]
    return [(f"x{end}", next((f"{y}{end}" for y in LABELS if f"{y}{end}" in stored), None)) for end in ends]


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> npt.NDArray[np.generic]:
    """Return an array of an archive; its header is read first."""
    what = f"{quoted(info.filename)} of {name}"
    fault = f"{what} is not a whole array"

    def head() -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
        with archive.open(info) as file:
            major, _ = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
            return read(file)

    def values() -> npt.NDArray[np.generic]:
        with archive.open(info) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    shape, _, dtype = _guarded(fault, head)
    check_size(what, shape)
    size = prod(shape) * dtype.itemsize
    if dtype.hasobject or dtype.itemsize > WIDEST or size > min(info.file_size, GROWTH * info.compress_size):
        raise ValueError(f"{what} holds {dtype} {shape} in {info.compress_size} bytes: use numpy.savez")
    return _guarded(fault, values)


def _dataset(
    spec: str,
    after: str | None,
    x: npt.NDArray[np.generic],
    y: npt.NDArray[np.generic] | None,
    name: str,
    source: str = "",
) -> Dataset:
    """Return the data set of samples x (n, d) or (n, rows, columns), brought to [0, 1], and of targets."""
    options = read_options(spec, after, ("size", "scale"))
    if x.dtype.kind not in NUMBERS:
        raise ValueError(f"{name} holds {x.dtype} values: save real numbers in [0, 1]")
    if x.ndim not in (2, 3) or 0 in x.shape:
        raise ValueError(f"{name} has shape {x.shape}: save samples as (n, d) or (n, rows, columns), n > 0")
    check_size(name, x.shape)
    if y is not None and (y.dtype.kind not in TARGETS or y.ndim == 0):
        raise ValueError(
            f"{name} has {y.dtype} targets of shape {y.shape}: save numbers (n, k), or classes (n,)"
        )
    shape = options.size or ((x.shape[1], x.shape[2]) if x.ndim == 3 else None)
    numeric = y is not None and y.dtype.kind == "f"
    values, notes = scaled(x.reshape(len(x), -1), options.scale, name, free=numeric)
    return from_arrays(values, y, spec, shape, source or f"the file {name}", notes)


def _guarded(fault: str, read: Callable[[], T]) -> T:
    """Return what `read` returns. Raises ValueError with this fault, however a hostile file fails."""
    try:
        return read()
    except Exception as error:
        reason = quoted(" ".join(str(error).split())[:100])
        raise ValueError(f"{fault} of numbers ({reason}): use numpy.save") from error
