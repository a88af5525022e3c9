"""Put the runs of an archive beside one's own, where problem, budget and seed are the same."""

from collections.abc import Sequence

import pandas as pd

from ..experiments.sameness import BUDGET, PROBLEM, codes, known
from ..text import counted
from .filters import different
from .reading import together

OURS = "ours"


def with_reference(ours: pd.DataFrame, reference: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[str]]:
    """Return our runs and those of a reference of this name on the same problems, budgets and seeds.

    The labels and methods of the reference say its name, such as "lm (reference)". The notes say what cannot
    be compared. Raises ValueError if nothing can.
    """
    both = together({OURS: ours, name: reference}, "series")
    parts = [*known(both, (*PROBLEM, *BUDGET)), "seed"]
    key, mine = codes(both, parts), (both["series"] == OURS).to_numpy()
    beside = ~mine & pd.Series(key).isin(key[mine]).to_numpy()
    if not beside.any():
        raise ValueError(f"`against` {name}: {_nothing(both[mine], both[~mine], parts)}")
    alone = mine & ~pd.Series(key).isin(key[~mine]).to_numpy()
    marked = {part: both[part].where(mine, both[part] + f" ({name})") for part in ("label", "method")}
    kept = both.assign(**marked)[mine | beside].drop(columns="series").reset_index(drop=True)
    return kept, _notes(name, int((~mine & ~beside).sum()), int(alone.sum()))


def _notes(name: str, out: int, alone: int) -> list[str]:
    beside = f"{counted(out, 'run')} of {name} left out: of another problem, budget or seed than yours"
    without = (
        f"{counted(alone, 'run')} of yours with none of {name} beside: of another problem, budget or seed"
    )
    return [note for count, note in ((out, beside), (alone, without)) if count]


def _nothing(ours: pd.DataFrame, theirs: pd.DataFrame, parts: Sequence[str]) -> str:
    """Return why no run of a reference stands beside ours, and the remedy."""
    for part in parts:
        yours, its = ({*map(str, frame[part])} for frame in (ours, theirs))
        if not yours & its:
            words = f"its {part} is {different(theirs[part])}, and yours {different(ours[part])}"
            return f"{words}: run your method with that of the reference"
    return "none of its runs has the problem, the budget and the seed of one of yours: take over all three"
