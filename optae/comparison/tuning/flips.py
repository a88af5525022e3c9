"""Which verdicts on pairs of methods change when every method is tuned by the same protocol."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from ...statistics import Verdict, holm
from ...tables.table import Column, Table
from ...text import counted, listed
from ..clocks import late
from ..paired import ALPHA, verdict
from .record import Tuned
from .words import among, apart

NONE = "not shown"
MANY = {"reversed": "reversed", "appears": "appear", "vanishes": "vanish"}  # of several verdicts
CHANGES = tuple(MANY)
COLUMNS = (
    Column("a", "method", group=True),
    Column("b", "against", group=True),
    Column("given", "better as given", f"the winner where p (Holm, over all pairs) < {ALPHA:g}"),
    Column("p_given", "p as given"),
    Column("chosen", "better when tuned"),
    Column("p_chosen", "p when tuned"),
    Column("change", "change", "of the verdict: it is reversed, appears or vanishes"),
)


def flips(
    frame: pd.DataFrame,
    tuned: Sequence[Tuned],
    metric: str = "value",
    target: str | float | None = None,
    mixed_times: bool = False,
) -> Table:
    """Return a row for each pair of methods whose verdict differs between the options given and chosen.

    Methods that were not tuned stand on both sides as they are. Verdicts are those of `comparison.verdict`,
    adjusted over all pairs (Holm, 1979). Raises ValueError if fewer than two methods have runs,
    or if the runs are of several problems that a method was tuned for one by one.
    """
    chosen = _chosen(frame, tuned)
    if len(chosen) < 2:
        raise ValueError("fewer than two methods ran as given: a verdict needs two")
    pairs = list(combinations(chosen, 2))
    words = {"metric": metric, "target": target, "mixed_times": mixed_times}
    before = [verdict(frame, a, b, **words).overall for a, b in pairs]  # type: ignore[arg-type]
    after = [
        known if (chosen[a], chosen[b]) == (a, b) else verdict(frame, chosen[a], chosen[b], **words).overall  # type: ignore[arg-type]
        for (a, b), known in zip(pairs, before, strict=True)
    ]
    back = {label: given for given, label in chosen.items()}
    shown = _decided(before), _decided(after)
    sides = zip(pairs, *shown, strict=True)
    rows = [_row(a, b, first, (back.get(then[0], then[0]), then[1])) for (a, b), first, then in sides]
    changed = [row for row in rows if row["change"]]
    changed.sort(key=lambda row: CHANGES.index(str(row["change"])))
    found = pd.DataFrame(changed, columns=[column.key for column in COLUMNS])
    decided = [sum(winner != NONE for winner, _ in side) for side in shown]
    return Table(found, COLUMNS, _caption(len(pairs), decided, found), tuple(late(frame)))


def _chosen(frame: pd.DataFrame, tuned: Sequence[Tuned]) -> dict[str, str]:
    """Return the label of each method as given, with that of the chosen options, or the same."""
    ran = frame.loc[frame["status"] != "refused", "label"].drop_duplicates().tolist()
    found = [one for one in among(frame, tuned) if {one.given, one.best.label} <= {*ran}]
    known = {one.given: one.best.label for one in found}
    if len(parts := apart(found)) > 1 and len(known) < len({(one.given, one.best.label) for one in found}):
        raise ValueError(f"methods were tuned for each of {listed(parts)}: choose one by `where`")
    added = {label for given, label in known.items() if label != given}
    return {label: known.get(label, label) for label in ran if label not in added}


def _decided(verdicts: Sequence[Verdict]) -> list[tuple[str, float]]:
    """Return the winner of each verdict, if it is shown over all pairs, and the adjusted p."""
    adjusted = holm([one.p for one in verdicts])
    return [
        (one.winner if p < ALPHA and one.winner else NONE, float(p))
        for one, p in zip(verdicts, adjusted, strict=True)
    ]


def _row(a: str, b: str, given: tuple[str, float], chosen: tuple[str, float]) -> dict[str, object]:
    change = ""
    if given[0] != chosen[0]:
        change = "appears" if given[0] == NONE else "vanishes" if chosen[0] == NONE else "reversed"
    values = (a, b, *given, *chosen, change)
    return dict(zip((column.key for column in COLUMNS), values, strict=True))


def _caption(pairs: int, decided: Sequence[int], found: pd.DataFrame) -> str:
    """Return how many verdicts are shown on each side, how many change, and how."""
    counts = {change: int((found["change"] == change).sum()) for change in CHANGES}
    words = {change: change if count == 1 else MANY[change] for change, count in counts.items()}
    said = ", ".join(f"{count} {words[change]}" for change, count in counts.items() if count)
    sides = f"{decided[0]} shown as given, {decided[1]} when every method is tuned"
    return f"Verdicts on {counted(pairs, 'pair')} of methods: {sides}; {said or 'none changes'}"
