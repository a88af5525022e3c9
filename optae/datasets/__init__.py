"""Every data set by name, and the one loader of names and paths. To add one, write a function and a line."""

import re
from collections.abc import Callable
from functools import partial

from .arrays import read_array
from .dataset import Dataset, quoted, subset, suggestion
from .digits import digits
from .fonts import font
from .header import read_header

__all__ = ["DATASETS", "Dataset", "load_dataset"]

DATASETS: dict[str, Callable[[], Dataset]] = {
    "font1": partial(font, "font1"),
    "font2": partial(font, "font2"),
    "font3": partial(font, "font3"),
    "digits": digits,
}


# The path is greedy, so only the colon or @ after the last ending splits: drive letters survive.
_READERS: dict[str, Callable[[str, str, str | None], Dataset]] = {
    r"(.*\.h)(?::([^:/\\]*))?": read_header,
    r"(.*\.(?:npy|csv))(?:@([^/\\]*))?": read_array,
}


def load_dataset(spec: str) -> Dataset:
    """The data set that `spec` names: an entry of DATASETS, `font.h[:Font]`, or `x.npy` or `x.csv[@7x5]`.

    `font2[XHIR]` or `font2[X,H,I,R]` is the part of it with these labels, in this order. Every input that
    cannot be read is a ValueError of one line, which names it and the remedy.
    """
    spec = str(spec)  # a Path is welcome
    for bracket in re.finditer(r"\[", spec if spec.endswith("]") else ""):
        if read := _reader(spec[: bracket.start()]):
            return subset(read(), spec, spec[bracket.end() : -1])
    if read := _reader(spec):
        return read()
    hint = suggestion(spec, list(DATASETS))
    raise ValueError(f"no data set {quoted(spec)}: {hint}, or the path of a .h, .npy or .csv file")


def _reader(spec: str) -> Callable[[], Dataset] | None:
    if spec in DATASETS:
        return DATASETS[spec]
    for pattern, read in _READERS.items():
        if match := re.fullmatch(pattern, spec, re.IGNORECASE | re.DOTALL):
            return partial(read, spec, *match.groups())
    return None
