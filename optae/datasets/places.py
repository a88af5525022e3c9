"""Find the file or folder that a data set's word names: the path as written, then with ~ and $NAME replaced.

What a variable holds may be private, so errors and descriptions repeat the path as it was written.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..text import quoted
from .dataset import Dataset

VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def located(path: str) -> str:
    """Return the path as written if something lies there, else with ~ and variables replaced.

    Raises ValueError for a variable that is not set.
    """
    if os.path.lexists(path):
        return path
    for found in VARIABLE.finditer(path):
        if (name := found[1] or found[2]) not in os.environ:
            raise ValueError(f"there is no file {quoted(path)}: set the environment variable {name}")
    return str(Path(os.path.expandvars(os.path.expanduser(path))))


def described(data: Dataset, found: str, path: str) -> Dataset:
    """Return data read at `found` with their place, described by the path as it was written."""

    def as_written(text: str) -> str:
        return renamed(text, found, path)

    held = data.heldout and replace(data.heldout, source=as_written(data.heldout.source))
    notes = tuple(map(as_written, data.notes))
    place = os.path.abspath(found)
    return replace(data, place=place, source=as_written(data.source), notes=notes, heldout=held)


@contextmanager
def errors_as_written(found: str, path: str) -> Iterator[None]:
    """Raise every error of a reader as a ValueError, with the path as it was written."""
    try:
        yield
    except ValueError as error:
        raise ValueError(renamed(str(error), found, path)) from None
    except (OSError, OverflowError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ValueError(f"cannot read {quoted(path)}: {reason}") from None


def renamed(text: str, found: str, path: str) -> str:
    """Return a text that names a file and its folder as they were written, not as they were found.

    >>> renamed("line 3 of '/data/a/x.csv' is empty, see /data/a/y", "/data/a/x.csv", "~/x.csv")
    "line 3 of '~/x.csv' is empty, see ~/y"
    """
    if found == path:
        return text
    text = text.replace(quoted(found), quoted(path))
    for private, written in ((found, path), (os.path.dirname(found), os.path.dirname(path.rstrip(os.sep)))):
        if private.strip(os.sep):
            parts = re.split(rf"(?<![\w.\-/\\]){re.escape(private)}(?!\w)", text)
            text = written.join(parts)
    return text
