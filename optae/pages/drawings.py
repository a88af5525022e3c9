"""The pictures that a spec's [[figure]] sections may ask for.

convergence, profile, data-profile, ecdf, ranks, boxes   compare runs, as `optae plot` does
reconstructions, latent, decoded                         of the run with the fewest wrong pixels
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .. import figures
from ..figures.run import of_run
from ..registry import lookup
from ..storage.run import load_run
from .sections import FigureSection

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

Draw = Callable[["DataFrame", FigureSection], "Figure"]


def _given(section: FigureSection, *names: str) -> dict[str, Any]:
    """The words of a section that are given."""
    return {name: getattr(section, name) for name in names if getattr(section, name) is not None}


def best_run(name: str) -> Draw:
    """A picture of the best run, by its name among those that training draws."""

    def draw(frame: "DataFrame", section: FigureSection) -> "Figure":
        best = frame.sort_values(["max_pixel_error", "value"]).iloc[0]
        return lookup("picture of this run", name, dict(of_run(load_run(best["path"]))))

    return draw


KINDS: Mapping[str, Draw] = {
    "convergence": lambda frame, s: figures.convergence(frame, **_given(s, "cost", "metric")),
    "profile": lambda frame, s: figures.profile(frame, **_given(s, "cost", "target")),
    "data-profile": lambda frame, s: figures.data_profile(frame, **_given(s, "cost", "tau")),
    "ecdf": lambda frame, s: figures.ecdf(frame, **_given(s, "cost", "target")),
    "ranks": lambda frame, s: figures.critical_difference(frame, s.metric),
    "boxes": lambda frame, s: figures.boxes(frame, s.metric),
    "reconstructions": best_run("reconstructions"),
    "latent": best_run("latent"),
    "decoded": best_run("decoded"),
}


def drawn(frame: "DataFrame", section: FigureSection) -> "Figure":
    """Return the picture that a section asks for. Raises ValueError for an unknown kind or unfit runs."""
    return lookup("kind of figure", section.kind, KINDS)(frame, section)
