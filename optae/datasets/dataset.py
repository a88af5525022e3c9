"""Data sets, and their parts with some of the labels."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..files import check_file as check_file
from ..model.binarization import HELDOUT, SEEN, static_pixels
from ..registry import suggestion as suggestion
from ..tables.card import card, mosaic
from ..text import counted, listed
from ..text import quoted as quoted
from .checks import check_fit, check_targets, check_unit, check_values

SLICE = 4_000_000  # values to hash at a time


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """n flat samples with labels, and with targets if a network is to learn them; arrays are read-only.

    Values are in [0, 1] unless there are targets. `x` is C-contiguous, and is copied if it is writable.
    Raises ValueError if the fields do not fit together, or values are not finite or out of range.
    """

    name: str  # as the user wrote it
    x: npt.NDArray[np.float64]  # (n, d)
    labels: tuple[str, ...]  # n, for pictures
    shape: tuple[int, int]  # rows, columns of one image: d = rows columns
    source: str
    heldout: "Dataset | None" = None  # samples that no training sees, if any
    order: tuple[str, ...] = ()  # the classes that labels name; () if they name none
    targets: npt.NDArray[np.float64] | None = None  # (n, k) numbers to predict
    target_names: tuple[str, ...] = ()  # k, or () for "y0", "y1", ...
    notes: tuple[str, ...] = ()  # what the reader changed, a sentence each
    place: str = ""  # the whole path of the file or folder, if there is one
    grey: npt.NDArray[np.float64] | None = None  # (n, d), what the pixels x were drawn from, if they were

    def __post_init__(self) -> None:
        x = frozen(self.x)
        object.__setattr__(self, "x", x)
        name = quoted(self.name)
        check_values(name, x, unit=self.targets is None and not self.order)
        check_fit(name, x, self.labels, self.shape, self.order)
        if self.grey is not None:
            object.__setattr__(self, "grey", frozen(self.grey))
        if self.targets is not None:
            object.__setattr__(self, "targets", frozen(self.targets))
            check_targets(name, self.targets, len(x), self.target_names)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.x)

    def __repr__(self) -> str:
        return f"<Dataset {self.name}: {counted(len(self), 'sample')} of {self.x.shape[1]} values>"

    def _repr_html_(self) -> str:
        drawn = min(self.shape) > 1 and self.x.min() >= 0 and self.x.max() <= 1
        size = f"{self.shape[0]} x {self.shape[1]}" if drawn else counted(self.x.shape[1], "column")
        facts = {"samples": f"{len(self):,} of {size}", "source": self.source}
        if self.order:
            facts["classes"] = listed(self.order)
        if self.targets is not None:
            facts["targets"] = listed(self.columns)
        picture = mosaic(self.x, self.shape, f"the first samples of {self.name}") if drawn else ""
        return card(self.name, facts, picture)

    @cached_property
    def sha256(self) -> str:
        """The hex digest of shape, values, labels and targets, which does not depend on the name.

        Drawn pixels have the digest of the values that they were drawn from.
        """
        digest = hashlib.sha256(repr((self.x.shape, self.shape, self.labels)).encode())
        _update(digest, self.x if self.grey is None else self.grey)
        if self.targets is not None:
            digest.update(repr(("targets", self.targets.shape)).encode())
            _update(digest, self.targets)
        return digest.hexdigest()

    @cached_property
    def binary(self) -> "Dataset":
        """The same samples as pixels of 0 and 1 (see `model.binarization`), those held out too.

        Raises ValueError for values outside [0, 1].
        """
        held = None if self.heldout is None else self.heldout._drawn(HELDOUT)
        return replace(self._drawn(SEEN), heldout=held)

    def _drawn(self, part: int) -> "Dataset":
        if self.grey is not None:
            return self
        self.check_unit()
        return replace(self, x=frozen(static_pixels(self.x, part)), grey=self.x)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The distinct labels, in the order of their classes, or sorted if they name none."""
        known = set(self.labels)
        return tuple(label for label in self.order if label in known) or tuple(sorted(known))

    @cached_property
    def y(self) -> npt.NDArray[np.float64] | None:
        """The targets of a network, (n, k): `targets`, or a 1 in each row for its class of `order`.

        None if there are no targets and the labels do not name classes.
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
        """The names of the k columns of `y`, () if it is None."""
        if self.targets is None:
            return self.order
        return self.target_names or tuple(f"y{j}" for j in range(self.targets.shape[1]))

    @property
    def remarks(self) -> tuple[str, ...]:
        """The notes as sentences that name the data set."""
        return tuple(f"{quoted(self.name)}: {note}" for note in self.notes)

    def take(self, rows: slice | Sequence[int] | npt.NDArray[np.intp], **changes: Any) -> "Dataset":
        """Return these samples with their labels and targets; other fields as they are or as given."""
        kept: dict[str, Any] = {"x": self.x[rows], "labels": self._labels(rows)}
        kept["targets"] = None if self.targets is None else self.targets[rows]
        kept["grey"] = None if self.grey is None else self.grey[rows]
        return replace(self, **kept | changes)

    def _labels(self, rows: slice | Sequence[int] | npt.NDArray[np.intp]) -> tuple[str, ...]:
        return self.labels[rows] if isinstance(rows, slice) else tuple(self.labels[i] for i in rows)

    def check_unit(self) -> None:
        """Raise ValueError for a value outside [0, 1], which an autoencoder's data may not hold."""
        check_unit(quoted(self.name), self.x)

    def index(self, label: str) -> int:
        """Return the first sample with this label. Raises ValueError if there is none."""
        if label not in self.labels:
            hint = suggestion(label, self.labels)
            raise ValueError(f"no sample of {quoted(self.name)} is labelled {quoted(label)}: {hint}")
        return self.labels.index(label)

    def sample(self, word: str) -> int:
        """Return the first sample with this label, or with this number, such as 17 or #17.

        Raises ValueError if there is none.
        """
        digits = word.removeprefix("#")
        if word in self.labels or not (digits.isascii() and digits.isdigit() and len(digits) < 10):
            return self.index(word)
        if int(digits) < len(self.x):
            return int(digits)
        last = len(self.x) - 1
        raise ValueError(f"sample {digits} is not there: '{self.name}' has {last + 1}, 0 to {last}")


def subset(data: Dataset, name: str, labels: str) -> Dataset:
    """Return the samples of these labels in this order: one character each, or words with commas.

    Raises ValueError for an unknown or repeated label, and if there are no labels.
    """
    words = _separated(labels)
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
    """Return a C-contiguous, read-only copy, or the array itself if it is one and owns its memory."""
    if isinstance(values, np.ndarray) and values.dtype == np.float64:
        flags = values.flags
        if flags.owndata and flags.c_contiguous and not flags.writeable and type(values) is np.ndarray:
            return values
    copy = np.array(values, dtype=np.float64, order="C")
    copy.setflags(write=False)
    return copy


def _separated(labels: str) -> list[str]:
    """Return the words that commas separate; a comma between separators is a label too.

    >>> _separated("X,H"), _separated("space,,"), _separated(",,space")
    (['X', 'H'], ['space', ','], [',', 'space'])
    """
    words = re.findall(r"(?:^|,)(,(?=,|$)|[^,]+)", labels)
    return words if ",".join(words) == labels else labels.split(",")


def _update(digest: "hashlib._Hash", values: npt.NDArray[np.float64]) -> None:
    """Hash values row by row, a few million at a time; -0.0 counts as 0.0."""
    step = max(1, SLICE // values.shape[1])
    for at in range(0, len(values), step):
        digest.update((values[at : at + step] + 0.0).astype("<f8").tobytes())
