"""When noise is drawn, and how many copies of each sample: the words of an experiment beside its noise.

frozen  `copies` noisy copies of each sample are drawn once, and every method sees these and no others.
fresh   noise is drawn again: for first-order methods every epoch; for methods that need one function at a
        time every `redraw` iterations, each stretch starting where the last one ended.
"""

from functools import lru_cache
from typing import Any

from ..methods import method_spec
from ..model.corruptions import corruption, spelled
from ..registry import lookup

REGIMES = ("frozen", "fresh")
WORDS = ("noise", "regime", "copies", "redraw")
REDRAW = 20  # iterations of a batch method on one draw, where nobody says otherwise


def resolved(
    method: str, noise: str | None, regime: str | None, copies: int | None, redraw: int | None
) -> dict[str, Any]:
    """The four words with every default resolved; what means nothing here is None. Raises ValueError.

    >>> resolved("adam", "flip", None, None, None)
    {'noise': 'flip:0.1', 'regime': 'fresh', 'copies': 1, 'redraw': None}
    >>> resolved("lm", "flip:0.2", None, 5, None)
    {'noise': 'flip:0.2', 'regime': 'frozen', 'copies': 5, 'redraw': None}
    """
    noise = spelled(corruption(noise))
    if noise is None:
        return dict.fromkeys(WORDS)
    if regime is not None:
        lookup("regime", regime, dict.fromkeys(REGIMES))
    again = draws_epochs(method) or redraw is not None
    regime = regime or ("fresh" if again else "frozen")
    waits = regime == "fresh" and not draws_epochs(method)
    return {
        "noise": noise,
        "regime": regime,
        "copies": _count("copies", 1 if copies is None else copies),
        "redraw": _count("redraw", REDRAW if redraw is None else redraw) if waits else None,
    }


@lru_cache(maxsize=256)
def draws_epochs(method: str) -> bool:
    """Whether the method takes its data in epochs, and so fresh noise with each."""
    return "batch" in method_spec(method).options


def described(words: dict[str, Any]) -> str:
    """A record's regime in words.

    >>> described({"regime": "frozen", "copies": 5}), described({})
    ('frozen, 5 copies', 'none')
    """
    if not words.get("regime"):
        return "none"
    copies = f"{words['copies']} cop{'y' if words['copies'] == 1 else 'ies'}"
    every = f", every {words['redraw']} iterations" if words.get("redraw") else ""
    return f"{words['regime']}, {copies}{every}"


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or value != int(value) or value < 1:
        raise ValueError(f"{name} {value}: give a whole number from 1")
    return int(value)
