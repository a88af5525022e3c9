"""When noise is drawn, and how many copies of each sample: the words of an experiment beside its noise.

frozen  `copies` noisy copies of each sample are drawn once, and every method sees these and no others.
fresh   noise is drawn again: every epoch for first-order methods; every `redraw` iterations for methods that
        need one function at a time, where each stretch starts from the end of the last one.
"""

from collections.abc import Mapping
from functools import lru_cache

from ..methods import method_spec
from ..model.corruptions import corruption, spelled
from ..registry import lookup
from .schema import Words

REGIMES = ("frozen", "fresh")
REDRAW = 20  # iterations of a batch method on one draw, by default


def resolved(
    method: str, noise: str | None, regime: str | None, copies: int | None, redraw: int | None
) -> Words:
    """The four words with every default resolved, None where a word means nothing. Raises ValueError.

    >>> resolved("adam", "flip", None, None, None)
    {'noise': 'flip:0.1', 'regime': 'fresh', 'copies': 1, 'redraw': None}
    >>> resolved("lm", "flip:0.2", None, 5, None)
    {'noise': 'flip:0.2', 'regime': 'frozen', 'copies': 5, 'redraw': None}
    """
    words: Words = {"noise": spelled(corruption(noise)), "regime": None, "copies": None, "redraw": None}
    if words["noise"] is None:
        return words
    if regime is not None:
        lookup("regime", regime, dict.fromkeys(REGIMES))
    again = draws_epochs(method) or redraw is not None
    words["regime"] = regime or ("fresh" if again else "frozen")
    words["copies"] = _count("copies", 1 if copies is None else copies)
    if words["regime"] == "fresh" and not draws_epochs(method):
        words["redraw"] = _count("redraw", REDRAW if redraw is None else redraw)
    return words


def check_used(method: str, asked: Words, known: Words) -> None:
    """Raises ValueError for a word that was asked for and is None among the four that are `known`."""
    for name in known:
        if asked[name] is None or asked[name] == "none" or known[name] is not None:
            continue
        remedy = "noise: add `noise` flip:0.1"
        if known["noise"] is not None:
            remedy = f"a method without epochs and fresh noise, not {method}: leave it out"
            if known["regime"] == "frozen":
                remedy = "fresh noise, not `regime` frozen: leave one of them out"
        raise ValueError(f"`{name}` {asked[name]} needs {remedy}")


@lru_cache(maxsize=256)
def draws_epochs(method: str) -> bool:
    """Whether the method takes its data in epochs, and so fresh noise with each."""
    return "batch" in method_spec(method).options


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
