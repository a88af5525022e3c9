"""The pictures of a comparison, by the names that `optae plot` and specs use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from ..comparison.series import How
from ..evaluation.pass_line import PASS_LINE
from ..storage.groups import together
from .comparison.boxes import boxes
from .comparison.convergence import convergence
from .comparison.critical_difference import critical_difference
from .comparison.paths import paths
from .comparison.profiles import data_profile, ecdf, profile
from .landscape import best_slices
from .spectrum import unfolding

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Words:
    """The options of a picture: what it shows, and which runs it may compare."""

    cost: str = "operations"
    metric: str = "loss"
    target: str = PASS_LINE
    tau: float = 1e-3
    with_compile: bool = False
    mixed_times: bool = False
    by: tuple[str, ...] = ()
    spread: str = "quartiles"

    @property
    def how(self) -> How:
        """The options that `comparison.read` takes."""
        return {"with_compile": self.with_compile, "mixed_times": self.mixed_times, "by": self.by}


KINDS: Mapping[str, Callable[["DataFrame", Words], Figure]] = {
    "convergence": lambda frame, said: convergence(frame, said.cost, said.metric, said.spread, **said.how),
    "profile": lambda frame, said: profile(frame, said.cost, said.target, **said.how),
    "data-profile": lambda frame, said: data_profile(frame, said.cost, said.tau, **said.how),
    "ecdf": lambda frame, said: ecdf(frame, said.cost, said.target, **said.how),
    "ranks": lambda frame, said: critical_difference(frame, said.metric, by=said.by),
    "boxes": lambda frame, said: boxes(frame, said.metric, by=said.by),
    "slices": lambda frame, _: best_slices(together(frame)),
    "paths": lambda frame, _: paths(together(frame)),
    "curvature": lambda frame, _: unfolding(together(frame)),
}
