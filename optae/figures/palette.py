"""The palette of colours, markers and dashes, and how they distinguish the methods in a picture."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

# The palette of Okabe and Ito (2008), which colour-blind people can distinguish, without its yellow.
BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK = PALETTE = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000",
)  # fmt: skip
CLASSES = (*PALETTE, "#8B5A2B", "#999999", "#B5A400")  # for ten digits, garments, ...
MARKERS = "os^DvPX*"
Dash = str | tuple[int, tuple[float, ...]]  # as matplotlib takes it
DASHES: tuple[Dash, ...] = (
    "-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (9, 1.5, 1.5, 1.5, 1.5, 1.5)),
)  # fmt: skip
FILLS = ("full", "none", "left", "top", "right", "bottom")
# Each method's place in the sequence of looks; methods that are often compared differ in colour.
PLACES = (
    "adam", "powell", "l-bfgs", "lm", "backprop", "tnc", "trust-krylov",
    "momentum", "nesterov", "adagrad", "rmsprop", "adamw", "cg", "bfgs",
    "nelder-mead", "cobyqa", "powell-fast", "slsqp", "newton-cg", "trust-ncg", "trust-exact",
    "least-squares-trf", "least-squares-lm", "dual-annealing", "differential-evolution", "basin-hopping",
    "l-bfgs-short", "soap", "shampoo", "muon", "kfac", "hessian-free",
)  # fmt: skip
ROUND = len(PALETTE) * len(MARKERS)  # places before a colour meets the same marker again


@dataclass(frozen=True)
class Look:
    """How one method is drawn."""

    color: str
    marker: str
    dash: Dash
    fill: str

    @property
    def line(self) -> dict[str, Any]:
        """The options of `Axes.plot` for a line."""
        return {"color": self.color, "linestyle": self.dash, **self.dot}

    @property
    def dot(self) -> dict[str, Any]:
        """The options of `Axes.plot` for the marker without a line."""
        return {
            "color": self.color, "marker": self.marker, "fillstyle": self.fill,
            "markerfacecoloralt": "white", "markeredgewidth": 0.8,
        }  # fmt: skip


def place(method: str) -> int:
    """Return a method's place in the sequence of looks; outside the registry it depends on a digest."""
    if method in PLACES:
        return PLACES.index(method)
    return ROUND + crc32(method.encode("utf-8", "replace")) % (4 * ROUND)


def looks(methods: Mapping[str, str]) -> dict[str, Look]:
    """Return the look of each series, given its method: up to seven methods have seven colours.

    A method keeps the colour, marker and dashes of its place if they are free. If two methods would share
    one, the later in `PLACES` takes the next that the picture uses least. Series of one method share its
    colour and marker, and differ in dashes and filling.

    >>> {s: look.color == BLUE for s, look in looks({"adam": "adam", "adam lr=1": "adam"}).items()}
    {'adam': True, 'adam lr=1': True}
    """
    found: dict[str, Look] = {}
    places = _apart(set(methods.values()))
    for method, (color, marker, dash) in places.items():
        for i, series in enumerate(s for s, m in methods.items() if m == method):
            dashes, fill = DASHES[(dash + i) % len(DASHES)], FILLS[i % len(FILLS)]
            found[series] = Look(PALETTE[color], MARKERS[marker], dashes, fill)
    return {series: found[series] for series in methods}


def _apart(methods: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """Return each method's places in `PALETTE`, `MARKERS` and `DASHES`; no colour has one marker twice."""
    found: dict[str, tuple[int, int, int]] = {}
    for method in sorted(methods, key=lambda name: (place(name), name)):
        colors, markers, dashes = ([at[part] for at in found.values()] for part in range(3))
        color = _free(method, len(PALETTE), colors)
        beside = [at for at in found.values() if at[0] == color]
        marker = _free(method, len(MARKERS), [at[1] for at in beside], markers)
        found[method] = color, marker, _free(method, len(DASHES), [at[2] for at in beside], dashes)
    return found


def _free(method: str, size: int, *taken: Sequence[int]) -> int:
    """Return the method's place, or the next of those that the first list, then the second, has least."""
    ring = ((place(method) + step) % size for step in range(size))
    return min(ring, key=lambda at: [part.count(at) for part in taken])
