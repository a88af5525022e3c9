"""What a data set is, and what its readers share: the text of a file, and the words of an error."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..files import check_file as check_file
from ..registry import suggestion as suggestion
from ..text import quoted as quoted
from .checks import check_fit, check_targets, check_unit, check_values


@dataclass(frozen=True, eq=False)
class Dataset:
    """n flat samples with a label each, and targets where a network learns these; arrays are read-only.

    Values lie in [0, 1] unless there are targets; `x` is copied, C-contiguous. Raises ValueError where the
    fields do not fit together, and for values that are not finite or outside [0, 1].
    """

    name: str  # as it was asked for
    x: npt.NDArray[np.float64] = field(repr=False)  # (n, d)
    labels: tuple[str, ...] = field(repr=False)  # n, for pictures
    shape: tuple[int, int]  # rows, columns of one image: d = rows columns
    source: str
    heldout: "Dataset | None" = field(default=None, repr=False)  # samples that no training sees, if any
    order: tuple[str, ...] = field(
        default=(), repr=False
    )  # the classes that labels name; () if they name none
    targets: npt.NDArray[np.float64] | None = field(default=None, repr=False)  # (n, k) numbers to predict
    target_names: tuple[str, ...] = field(default=(), repr=False)  # k, or () for "y0", "y1", ...
    notes: tuple[str, ...] = field(default=(), repr=False)  # what the reader changed, a sentence each

    def __post_init__(self) -> None:
        x = frozen(self.x)
        object.__setattr__(self, "x", x)
        name = quoted(self.name)
        check_values(name, x, unit=self.targets is None and not self.order)
        check_fit(name, x, self.labels, self.shape, self.order)
        if self.targets is not None:
            object.__setattr__(self, "targets", frozen(self.targets))
            check_targets(name, self.targets, len(x), self.target_names)

    @cached_property
    def sha256(self) -> str:
        """The hex digest of shape, values, labels and targets: equal for equal data, whatever its name."""
        digest = hashlib.sha256(repr((self.x.shape, self.shape, self.labels)).encode())
        digest.update(_bytes(self.x))
        if self.targets is not None:
            digest.update(repr(("targets", self.targets.shape)).encode() + _bytes(self.targets))
        return digest.hexdigest()

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The distinct labels, in the order of the classes that they name, else of the alphabet."""
        known = set(self.labels)
        return tuple(label for label in self.order if label in known) or tuple(sorted(known))

    @cached_property
    def y(self) -> npt.NDArray[np.float64] | None:
        """What a supervised network learns, (n, k): `targets`, or a 1 in each row for its class of `order`.

        None where there are no targets and the labels name no classes.
        """
        if self.targets is not None or not self.order:
            return self.targets
        place = {label: at for at, label in enumerate(self.order)}
        hot = np.zeros((len(self.labels), len(self.order)))
        hot[np.arange(len(hot)), [place[label] for label in self.labels]] = 1
        hot.setflags(write=False)
        return hot

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the k columns of `y`; () where there is none."""
        if self.targets is None:
            return self.order
        return self.target_names or tuple(f"y{j}" for j in range(self.targets.shape[1]))

    def take(self, rows: Sequence[int] | npt.NDArray[np.intp], **changes: Any) -> "Dataset":
        """Return these samples with their labels and targets; other fields as they are or as given."""
        kept: dict[str, Any] = {"x": self.x[rows], "labels": tuple(self.labels[i] for i in rows)}
        kept["targets"] = None if self.targets is None else self.targets[rows]
        return replace(self, **kept | changes)

    def check_unit(self) -> None:
        """Raise ValueError for a value outside [0, 1], which an autoencoder's data may not hold."""
        check_unit(quoted(self.name), self.x)

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
    source = f"{len(rows)} of {len(data.x)} of {data.source}"
    order = tuple(label for label in data.order if label in chosen)
    return data.take(rows, name=name, source=source, heldout=None, order=order)


def frozen(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return a C-contiguous, read-only copy."""
    copy = np.array(values, dtype=np.float64, order="C")
    copy.setflags(write=False)
    return copy


def _bytes(values: npt.NDArray[np.float64]) -> bytes:
    return (values + 0.0).astype("<f8").tobytes()  # + 0.0 turns -0.0 into 0.0


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
