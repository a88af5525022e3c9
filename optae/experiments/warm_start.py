"""Start from a stored run instead of initial weights.

A word is the folder of a run, followed in records by 12 hex digits of its vector's digest, as in
`runs/font2-lm-0@0123456789ab`. So a run says which vector it started from, and a folder that holds another
vector by now is refused.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any, Protocol

import numpy as np

from ..datasets.places import located
from ..model.chain import Chain
from ..registry import on_request
from ..text import quoted, shortest

WORD = re.compile(r"(?P<path>.+?)(?:@(?P<digest>[0-9a-f]{12}))?", re.DOTALL)
DIGITS = 12  # of a digest
DRAWN = ("corruption", "binarize")  # words of a model that say what it draws of its data
PENALTY = ("l2",)  # what the loss adds for large weights
FREE = (
    "loss",
    "init",
    *PENALTY,
    *DRAWN,
    "standard_x",
    "standard_y",
)  # words of a model that a start may change


class Stored(Protocol):
    """A stored run, as far as a start needs it."""

    model: Chain
    theta: np.ndarray


def digest(theta: np.ndarray) -> str:
    """Return 12 hex digits of a vector's content."""
    return sha256(np.ascontiguousarray(theta, dtype="<f8").tobytes()).hexdigest()[:DIGITS]


def split(word: str) -> tuple[str, str | None]:
    """Return the folder of a word, and the digest if it has one.

    >>> split("runs/font2-lm-0@0123456789ab"), split("runs/font2-lm-0")
    (('runs/font2-lm-0', '0123456789ab'), ('runs/font2-lm-0', None))
    """
    found = WORD.fullmatch(word)
    return (found["path"], found["digest"]) if found else (word, None)


def named(word: str) -> dict[str, str | None]:
    """Return a word of a record without its folder, as a recipe has it."""
    return {"digest": split(word)[1]}


def versioned(word: str) -> str:
    """Return a word with the digest of its run's vector, as it is if it has one. Raises ValueError."""
    path, known = split(word)
    return word if known else f"{_shortened(path)}@{digest(stored(path).theta)}"


def vector(word: str, model: Chain) -> np.ndarray:
    """Return the vector (size,) of a stored run of the same network.

    Raises ValueError, with the difference, if there is no such run, its vector has changed since, or its
    network is another one.
    """
    path, known = split(word)
    run = stored(path)
    if known not in (None, digest(run.theta)):
        raise ValueError(
            f"the vector in {quoted(path)} has changed: it was {known}, and is {digest(run.theta)}"
        )
    if difference := _difference(run.model, model):
        raise ValueError(
            f"the start {quoted(path)} is another network, {difference}: leave out what differs, or"
            " start from another run"
        )
    return run.theta.copy()


def stored(path: str) -> Stored:
    """Return the stored run in a folder, with a vector. Raises ValueError if there is none."""
    try:
        run: Stored = on_request("storage.run.load_run")(located(path))
        _ = run.model, run.theta
    except OSError as error:
        raise ValueError(f"cannot read {quoted(path)}: {error.strerror}") from None
    return run


def _shortened(path: str) -> str:
    """Return a path relative to the current folder if it lies below it."""
    with suppress(ValueError):  # on another drive
        below = os.path.relpath(path)
        path = path if below.startswith("..") or "$" in path else below
    return path.replace(os.sep, "/")


def _difference(then: Chain, now: Chain) -> str:
    """Return the first difference between two networks that share no vector, or empty."""
    if type(then) is not type(now):
        return f"of kind {type(then).__name__} instead of {type(now).__name__}"
    before, after = _words(then), _words(now)
    for name, word in before.items():
        if word != after[name]:
            return f"with {name} {_spelled(word)} instead of {_spelled(after[name])}"
    return ""


def _words(model: Chain) -> Mapping[str, Any]:
    """Return the words of a model that decide what its vector means."""
    words = {"bottleneck": "point", **model.words}
    words["bottleneck"] = str(words["bottleneck"]).partition(":")[
        0
    ]  # the weight of its divergence may change
    return {name: word for name, word in words.items() if name not in FREE}


def _spelled(word: object) -> str:
    """Return the value of a word of a model."""
    return "-".join(map(str, word)) if isinstance(word, list) else shortest(word)
