"""A metric of one's own: a function f(prediction, target) -> float of a file, such as `mine.py:worst_letter`.

A prediction and its target are arrays (n, k): reconstructions and clean data of an autoencoder, predictions
and targets of a network that predicts, or probabilities and rows with one 1 for classes. Smaller values are
better, unless the function says `f.better = "higher"`.

A run records a word that says all that a table needs, so that no table runs the file. The word
`mine.py:hits@3fa9c2d1e8b0:higher:heldout` has the digest of the file, and says that larger values are better
and that held-out samples were measured.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import FunctionType

import numpy as np

from ..plugins import WORD, find, is_own, own_fault, parameters, shortened, split
from ..registry import pinned
from ..text import listed, one_line, quoted

HIGHER, HELDOUT = "higher", "heldout"
FORM = "write a function f(prediction, target) that returns a number"


@dataclass(frozen=True)
class OwnMetric:
    """A function that measures, and the word that names it."""

    word: str
    function: Callable[[np.ndarray, np.ndarray], float]

    def __call__(self, prediction: np.ndarray, target: np.ndarray) -> float:
        """Return the metric of a prediction (n, k), nan if the function fails on it."""
        try:
            return float(self.function(prediction, _read_only(target)))
        except Exception:  # of any kind, as it is the user's code, and the run is worth more
            return math.nan

    def check(self, target: np.ndarray, prediction: np.ndarray | None = None) -> None:
        """Raise ValueError if it returns no number for a prediction (n, k), by default the target itself."""
        name = quoted(brief(self.word))
        try:
            given = np.array(target if prediction is None else prediction)
            found = self.function(given, _read_only(target))
        except Exception as error:
            words = own_fault(error) or f"{type(error).__name__}: {one_line(str(error))}"
            raise ValueError(f"metric {name} fails: {words}") from error
        if np.ndim(found) or not isinstance(found, int | float | np.number | np.bool_):
            raise ValueError(f"metric {name} returns a {type(found).__name__}: {FORM}")


def _direction(name: str, function: FunctionType) -> str:
    """The end of a word, by the function's attribute `better`. Raises ValueError for another value."""
    better = vars(function).get("better", "lower")
    if better not in ("lower", HIGHER):
        raise ValueError(f"{name}.better = {better!r}: give 'lower' or '{HIGHER}'")
    return f":{HIGHER}" if better == HIGHER else ""


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def own_metric(word: str) -> OwnMetric:
    """Return the metric that a word names; its file is run as code. Raises ValueError of one line."""
    path, name = split(word)
    if "," in path:
        raise ValueError(f"{quoted(path)} has a comma in its name, which separates metrics: rename the file")
    flags(word)
    function, _ = find(f"{path}:{name}", "metric")
    if not isinstance(function, FunctionType):
        raise ValueError(f"{quoted(f'{path}:{name}')} is a {type(function).__name__}, not a metric: {FORM}")
    return OwnMetric(_pinned(word) + _direction(name, function), function)


def metric_of(thing: object) -> OwnMetric:
    """Return a function, or what a word names, as a metric. Raises ValueError for anything else."""
    if isinstance(thing, OwnMetric):
        return thing
    if isinstance(thing, str):
        return own_metric(thing)
    if not isinstance(thing, FunctionType):
        raise ValueError(f"a metric of one's own is a function or a word such as mine.py:NAME, not {thing!r}")
    path, name = thing.__code__.co_filename, thing.__name__
    try:
        word = pinned(f"{path}:{name}")
    except ValueError:
        raise ValueError(f"no file defines {name}, so edits would go unseen: write it in a file") from None
    return OwnMetric(word + _direction(name, thing), thing)


def own_metrics(words: Iterable[str]) -> tuple[OwnMetric, ...]:
    """Return the metrics that these words name, each once."""
    return tuple({metric.word: metric for metric in map(own_metric, words)}.values())


def versioned(word: str) -> str:
    """Return a word with its version; one that has it as it is, and any name that is no word of a file.

    >>> versioned("mine.py:hits@3fa9c2d1e8b0:higher"), versioned("mse")
    ('mine.py:hits@3fa9c2d1e8b0:higher', 'mse')
    """
    found = WORD.fullmatch(word)
    if found is None or found["digest"]:
        return word
    return own_metric(word).word + (f":{HELDOUT}" if HELDOUT in flags(word) else "")


def brief(metric: str) -> str:
    """Return a metric's name without its version, for heads and sentences.

    >>> brief("mine.py:hits@3fa9c2d1e8b0:higher:heldout"), brief("mse")
    ('mine.py:hits:heldout', 'mse')
    """
    if not is_own(metric):
        return metric
    return ":".join([*split(metric), *(flag for flag in flags(metric) if flag == HELDOUT)])


def flags(word: str) -> list[str]:
    """Return what a word says besides its function. Raises ValueError for anything unknown.

    >>> flags("mine.py:hits@3fa9c2d1e8b0:higher:heldout"), flags("mine.py:hits")
    (['higher', 'heldout'], [])
    """
    rest = parameters(word)[1]
    found = rest.split(":") if rest else []
    if unknown := {*found} - {HIGHER, HELDOUT}:
        raise ValueError(
            f"{quoted(word)} says {quoted(min(unknown))}: a metric takes no more than :{HELDOUT}"
        )
    return found


def among(word: str, known: Sequence[str]) -> str:
    """Return which of the known metrics a word means: it may lack its version. Raises ValueError.

    >>> among("mine.py:hits", ["mse", "mine.py:hits@3fa9c2d1e8b0:higher"])
    'mine.py:hits@3fa9c2d1e8b0:higher'
    """
    if not is_own(word):
        return word
    found = [other for other in known if is_own(other) and _means(word, other)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"{quoted(word)} has {len(found)} versions: choose {listed(found)}")
    own = sorted(filter(is_own, known))
    remedy = f"there is {listed(own)}" if own else f"runs with measure = {quoted(word)} have it"
    raise ValueError(f"{quoted(word)} was not measured in these runs: {remedy}")


def _pinned(word: str) -> str:
    path, name = split(word)
    found = WORD.fullmatch(word)
    digest = f"@{found['digest']}" if found and found["digest"] else ""
    return pinned(f"{path}:{name}{digest}")


def _means(word: str, other: str) -> bool:
    """Whether a word, which may lack its version, means the other one."""
    mine, theirs = WORD.fullmatch(word), WORD.fullmatch(other)
    names = {shortened(":".join(split(each))) for each in (word, other)}
    same = len(names) == 1 and (HELDOUT in flags(word)) == (HELDOUT in flags(other))
    return bool(same and mine and theirs and mine["digest"] in (None, theirs["digest"]))
