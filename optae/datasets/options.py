"""Words after a file's path that say how to read it, such as `faces.csv@20x20@label=name@scale=255`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ..registry import lookup
from ..text import quoted

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}


@dataclass(frozen=True)
class Options:
    """How to read a file; a field of None is found out from the file."""

    size: tuple[int, int] | None = None  # rows and columns of an image
    scale: float | None = None  # the number that values are divided by
    header: bool | None = None  # whether the first line names the columns
    index: bool | None = None  # whether the first column numbers or names the samples
    label: str | None = None  # the column of labels, or "no"
    y: str | None = None  # the columns to predict, joined by +
    sep: str | None = None  # the separator of columns


def read_options(spec: str, text: str | None, known: Sequence[str]) -> Options:
    """Read '7x5@scale=255', the text behind the first @ of a word; `known` are the fields that may be given.

    Raises ValueError for another field, one that is given twice, and a value that it does not take.
    """
    found = dict[str, Any]()
    for part in [] if text is None else text.split("@"):
        key, equals, value = part.partition("=")
        key, value = (key, value) if equals else ("size", part)
        read = lookup(f"word after the @ in {quoted(spec)},", key, {name: _READERS[name] for name in known})
        if key in found:
            raise ValueError(f"{quoted(spec)} gives the {key} twice: give it once")
        found[key] = read(spec, value)
    return Options(**found)


def parse_size(spec: str, text: str) -> tuple[int, int]:
    """Return rows and columns: '7x5' -> (7, 5)."""
    match = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", text)
    if not match:
        raise ValueError(f"no image size in {quoted(spec)}: end it with rows x columns, such as @7x5")
    return int(match[1]), int(match[2])


def _truth(spec: str, text: str) -> bool:
    return lookup(f"answer in {quoted(spec)},", text, {"yes": True, "no": False})


def _scale(spec: str, text: str) -> float:
    try:
        scale = 1.0 if text == "no" else float(text)
    except ValueError:
        scale = 0.0
    if not (isfinite(scale) and scale > 0):
        raise ValueError(
            f"{quoted(spec)}: divide values by a positive number, such as @scale=255, or @scale=no"
        )
    return scale


def _column(spec: str, text: str) -> str:
    if not text.strip():
        raise ValueError(
            f"{quoted(spec)} names no column: give its name, such as @label=class, or first or last"
        )
    return text.strip()


def _separator(spec: str, text: str) -> str:
    return lookup(f"separator in {quoted(spec)},", text, SEPARATORS)


_READERS: dict[str, Callable[[str, str], Any]] = {
    "size": parse_size,
    "scale": _scale,
    "header": _truth,
    "index": _truth,
    "label": _column,
    "y": _column,
    "sep": _separator,
}
