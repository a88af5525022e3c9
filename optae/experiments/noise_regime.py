"""The regime of an experiment's noise: when it is drawn, and how many copies of each sample.

Pixels that are drawn from grey values (`binarize` dynamic) have the same regimes.

frozen  `copies` noisy copies of each sample are drawn once, and every method sees only these.
fresh   noise is drawn again: every epoch for first-order methods, and every `redraw` iterations for methods
        that minimise a fixed function, each stretch starting at the end of the last one.
"""

from collections.abc import Mapping

from ..methods import recorded_spec
from ..model.corruptions import corruption, spelled
from ..registry import lookup
from .schema import Words

REGIMES = ("frozen", "fresh")
REDRAW = 20  # iterations of a batch method on one draw, by default


def resolved(
    method: str,
    noise: str | None,
    regime: str | None,
    copies: int | None,
    redraw: int | None,
    source: str | None = None,
    binarize: str | None = None,
) -> Words:
    """Return the four words with every default resolved, None for a word that does not apply.

    Raises ValueError for an unknown word or a count below 1.

    >>> resolved("adam", "flip", None, None, None)
    {'noise': 'flip:0.1', 'regime': 'fresh', 'copies': 1, 'redraw': None}
    >>> resolved("lm", "flip:0.2", None, 5, None)
    {'noise': 'flip:0.2', 'regime': 'frozen', 'copies': 5, 'redraw': None}
    """
    words: Words = {"noise": spelled(corruption(noise)), "regime": None, "copies": None, "redraw": None}
    if words["noise"] is None and binarize != "dynamic":
        return words
    if regime is not None:
        lookup("regime", regime, dict.fromkeys(REGIMES))
    epochs = draws_epochs(method, source)
    again = epochs or redraw is not None
    words["regime"] = regime or ("fresh" if again else "frozen")
    words["copies"] = _count("copies", 1 if copies is None else copies)
    if words["regime"] == "fresh" and not epochs:
        words["redraw"] = _count("redraw", REDRAW if redraw is None else redraw)
    return words


def check_used(method: str, asked: Words, known: Words) -> None:
    """Raise ValueError for a word that was given but does not apply, so that it is None in `known`."""
    for name in known:
        if asked[name] is None or asked[name] == "none" or known[name] is not None:
            continue
        remedy = "noise: add `noise` flip:0.1"
        if known["regime"] is not None:
            remedy = f"a method without epochs and fresh noise, not {method}: leave it out"
            if known["regime"] == "frozen":
                remedy = "fresh noise, not `regime` frozen: leave one of them out"
        raise ValueError(f"`{name}` {asked[name]} needs {remedy}")


def draws_epochs(method: str, source: str | None = None) -> bool:
    """Return whether the method goes over the data in epochs, and can draw fresh noise for each.

    `source` is what a record says of a method of one's own.
    """
    return recorded_spec(method, source).batch.endswith("stochastic")


def described(words: Mapping[str, object]) -> str:
    """Return a record's regime in words.

    >>> described({"regime": "frozen", "copies": 5}), described({})
    ('frozen, 5 copies', 'none')
    """
    if not words.get("regime"):
        return "none"
    copies = f"{words['copies']} cop{'y' if words['copies'] == 1 else 'ies'}"
    every = f", every {words['redraw']} iterations" if words.get("redraw") else ""
    return f"{words['regime']}, {copies}{every}"


def _count(name: str, value: int) -> int:
    if isinstance(value, bool) or value != int(value) or value < 1:
        raise ValueError(f"`{name}` {value}: give a whole number from 1")
    return int(value)
