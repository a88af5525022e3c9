"""The frame of stored runs as a notebook shows it: what was run, instead of sixty columns."""

import pandas as pd

from ..tables.card import card
from ..text import counted, listed
from .fairness import default_by
from .filters import different
from .summary import summarise

MOST = 4  # fields that differ, whose values are listed


class Cells(pd.DataFrame):  # type: ignore[misc]  # pandas is not typed
    """A frame of `load_cells`; whatever is taken from it is a plain pandas frame."""

    def __repr__(self) -> str:
        methods = listed(dict.fromkeys(map(str, self["label"]))) if len(self) else "none"
        return f"<Cells: {counted(len(self), 'run')} of {methods}>"

    def _repr_html_(self) -> str:
        frame = pd.DataFrame(self)
        if frame.empty:
            return card("no runs", {})
        varying = [name for name in default_by(frame) if name != "label"][:MOST]
        facts = {name: different(frame[name]) for name in ("seed", *varying)}
        return card(f"{counted(len(frame), 'run')}", facts, summarise(frame)._repr_html_())
