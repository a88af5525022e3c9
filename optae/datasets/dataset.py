"""What a data set is, and what its readers share: the text of a file, and the words of an error."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..registry import MOST_NAMES, nearest
from ..text import listed


@dataclass(frozen=True, eq=False)
class Dataset:
    """n flat images in [0, 1] with a label each; `x` is copied, C-contiguous and read-only.

    Raises ValueError where `x`, `labels` and `shape` do not fit together or a value is outside [0, 1].
    """

    name: str  # as it was asked for
    x: npt.NDArray[np.float64] = field(repr=False)  # (n, d)
    labels: tuple[str, ...] = field(repr=False)  # n, for pictures
    shape: tuple[int, int]  # rows, columns of one image: d = rows columns
    source: str
    heldout: "Dataset | None" = field(default=None, repr=False)  # images that no training sees, if any
    order: tuple[str, ...] = field(default=(), repr=False)  # the labels' own, where they are classes

    def __post_init__(self) -> None:
        x = np.array(self.x, dtype=np.float64, order="C")
        _check_values(quoted(self.name), x)
        _check_fit(quoted(self.name), x, self.labels, self.shape)
        x.setflags(write=False)
        object.__setattr__(self, "x", x)

    @cached_property
    def sha256(self) -> str:
        """The hex digest of shape, values and labels: equal for equal data, whatever its name."""
        head = repr((self.x.shape, self.shape, self.labels)).encode()
        values = (self.x + 0.0).astype("<f8").tobytes()  # + 0.0 turns -0.0 into 0.0
        return hashlib.sha256(head + values).hexdigest()

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The distinct labels, in the order of the classes that they name, else of the alphabet."""
        known = set(self.labels)
        return tuple(label for label in self.order if label in known) or tuple(sorted(known))

    def index(self, label: str) -> int:
        """The first sample with that label; ValueError where there is none."""
        if label not in self.labels:
            hint = suggestion(label, self.labels)
            raise ValueError(f"no sample of {quoted(self.name)} is labelled {quoted(label)}: {hint}")
        return self.labels.index(label)

    def sample(self, word: str) -> int:
        """The first sample of that label, else the sample of that number, as 17 or #17. Raises ValueError."""
        digits = word.removeprefix("#")
        if word in self.labels or not (digits.isascii() and digits.isdigit() and len(digits) < 10):
            return self.index(word)
        if int(digits) < len(self.x):
            return int(digits)
        last = len(self.x) - 1
        raise ValueError(f"sample {digits} is not there: '{self.name}' has {last + 1}, 0 to {last}")


def subset(data: Dataset, name: str, labels: str) -> Dataset:
    """The samples of these labels in this order: one character each, or words with commas.

    Raises ValueError for a label that is not there or named twice, and for none.
    """
    words = labels.split(",")
    chosen = words if len(words) > 1 and all(word in data.labels for word in words) else list(labels)
    if labels in data.labels:
        chosen = [labels]
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(
            f"{quoted(name)} names {'a label twice' if chosen else 'no label'}: write font2[XHIR]"
        )
    for label in chosen:
        data.index(label)
    rows = [i for label in chosen for i, other in enumerate(data.labels) if other == label]
    kept = tuple(data.labels[i] for i in rows)
    source = f"{len(rows)} of {len(data.x)} of {data.source}"
    return Dataset(name, data.x[rows], kept, data.shape, source, order=data.order)


def _check_values(name: str, x: npt.NDArray[np.float64]) -> None:
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"{name} has shape {x.shape}: give at least one sample of one pixel, as (n, d)")
    wrong = np.argwhere(~((x >= 0) & (x <= 1)))  # not <: a comparison with NaN is false
    if len(wrong):
        i, j = (int(k) for k in wrong[0])
        remedy = "clean" if not np.isfinite(x[i, j]) else "scale"
        raise ValueError(f"{name} holds {x[i, j]:g} (sample {i}, pixel {j}): {remedy} the values to [0, 1]")


def _check_fit(name: str, x: npt.NDArray[np.float64], labels: Sequence[str], shape: tuple[int, int]) -> None:
    rows, columns = shape
    if rows * columns != x.shape[1] or rows < 1:
        raise ValueError(
            f"{name} has {x.shape[1]} pixels and shape {rows}x{columns}: give a shape of {x.shape[1]} pixels"
        )
    if len(labels) != len(x):
        raise ValueError(f"{name} has {len(x)} samples and {len(labels)} labels: give one label per sample")


def quoted(text: str, most: int = 200) -> str:
    """'text' on one line: control characters are escaped, and what is too long is cut."""
    text = text if len(text) <= most else text[:most] + "..."
    return f"'{text}'" if text.isprintable() else repr(text)


def suggestion(word: str, names: Sequence[str]) -> str:
    """The remedy for an unknown word: the nearest name, and the first of them all."""
    near = nearest(word, names)
    hint = "" if near is None else f"did you mean {quoted(near)}? "
    return f"{hint}choose one of {listed(map(quoted, dict.fromkeys(names)), MOST_NAMES)}"


def check_file(path: str) -> None:
    """Raises ValueError where there is no ordinary file with a byte in it, or it may not be read."""
    name, file = quoted(path), Path(path)
    try:
        if file.is_dir():
            raise ValueError(f"{name} is a folder: give a file")
        if not file.is_file():
            raise ValueError(f"there is no file {name}: check the path")
        with file.open("rb") as stream:
            if not stream.read(1):
                raise ValueError(f"{name} is empty: give a file with data")
    except OSError as error:
        raise ValueError(f"cannot read {name} ({error.strerror}): check its permissions") from error


def read_text(path: str, limit: int | None = None) -> str:
    r"""The text of a file, UTF-8 or else Latin-1, its lines ended by \n; ValueError if binary or too long."""
    check_file(path)
    if limit is not None and Path(path).stat().st_size > limit:
        raise ValueError(f"{quoted(path)} has more than {limit} bytes: give a smaller file")
    data = Path(path).read_bytes()
    if set(data) & _BINARY:
        raise ValueError(f"{quoted(path)} is not text: save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:  # accents in the comments of an old file
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


_BINARY = set(range(32)) - set(b"\t\n\v\f\r\x1a")
