"""The rows of a drift: for each group of paired runs, what changed from A to B."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..experiments.sameness import codes
from ..statistics import Estimate, compare, holm
from .groups import Ask, Board
from .paired import ALPHA, judged
from .pairing import Pairs

SIDES = ("B", "A")  # ratios are of the second environment over the first
RATES = ("seconds", "processor_seconds")  # compared for each evaluation
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Matched:
    """The runs of A and B with equal recipes and seeds, and their measurements."""

    everything: Pairs  # refused ones too
    ran: Pairs  # those that both have carried out
    board: Board
    values: np.ndarray  # (runs,), of B those of A where they differ by rounding alone
    exact: np.ndarray  # (pairs that ran,), whether the values are equal to the last bit
    ask: Ask
    rates: tuple[str, ...]  # those of `RATES` that can be compared


def rows(found: Matched) -> list[Row]:
    """Return a row for each combination of the columns that name one."""
    first = found.everything.halves[1]
    group = codes(first, found.ask.by)
    places = dict(zip(found.everything.left.tolist(), group.tolist(), strict=True))
    ran = np.array([places[i] for i in found.ran.left.tolist()])
    made = []
    for code in range(group.max() + 1):
        all_of_it, some = np.flatnonzero(group == code), np.flatnonzero(ran == code)
        names = {key: first[key].iat[all_of_it[0]] for key in found.ask.by}
        made.append(names | _row(found, some) | {"statuses": _statuses(found, all_of_it)})
    return _judged(made)


def _judged(made: list[Row]) -> list[Row]:
    """Return the rows with their p-values corrected for their number, and a verdict in a word."""
    told = [row for row in made if row["pairs"]]
    for row, p in zip(told, holm([row["p"] for row in told]).tolist(), strict=True):
        row |= {"p": p, "verdict": _word(row, p)}
    return made


def _word(row: Row, p: float) -> str:
    if row["exact"] == row["pairs"]:
        return "identical"
    if row["same"] == row["pairs"]:
        return "same"
    return ("better" if row["verdict"] == SIDES[0] else "worse") if p < ALPHA else "not shown"


def _row(found: Matched, some: np.ndarray) -> Row:
    """Return what changed in some of the pairs that ran, given by index."""
    if not len(some):
        return {"pairs": 0}
    verdict = judged(found.ran, found.board, found.values, some)
    differ = verdict.ties < verdict.pairs
    return {
        "pairs": verdict.pairs,
        "exact": int(found.exact[some].sum()),
        "same": verdict.ties,
        "better": verdict.wins,
        "worse": verdict.losses,
        **_parts("ratio", verdict.ratio),
        "p": verdict.p,
        "verdict": verdict.winner,
        **_until_target(found, some),
        **{key: part for cost in found.rates for key, part in _rate(found, some, cost).items()},
        "note": "; ".join(filter(None, (verdict.ratio.note, verdict.note))) if differ else "",
    }


def _until_target(found: Matched, some: np.ndarray) -> Row:
    """Return how many runs of A and of B met the target, and the ratio of their evaluations until then."""
    if found.board.reached is None:
        return {}
    left, right = found.ran.left[some], found.ran.right[some]
    met = {"A": found.board.reached.hit[right].sum(), "B": found.board.reached.hit[left].sum()}
    ratio = _ratio(found, some, found.board.reached.cost["evaluations"]) if any(met.values()) else NOTHING
    return {f"met_{side}": int(count) for side, count in met.items()} | _parts("to_target", ratio)


def _rate(found: Matched, some: np.ndarray, cost: str) -> Row:
    spent = found.board.spent
    with np.errstate(divide="ignore", invalid="ignore"):
        return _parts(cost, _ratio(found, some, spent[cost] / spent["evaluations"]))


def _ratio(found: Matched, some: np.ndarray, values: np.ndarray) -> Estimate:
    """Return the median ratio of B to A over those of the pairs that have both values."""
    left, right = found.ran.left[some], found.ran.right[some]
    both = ~(np.isnan(values[left]) | np.isnan(values[right]))
    if not both.any():
        return NOTHING
    places = found.board.problem[left][both]
    return compare(values[left][both], values[right][both], SIDES, problems=places).ratio


def _parts(key: str, ratio: Estimate) -> Row:
    return {key: ratio.value, f"{key}_low": ratio.low, f"{key}_high": ratio.high}


def _statuses(found: Matched, some: np.ndarray) -> str:
    """Return how many of the pairs ended otherwise in B, such as "2 converged -> failed"."""
    status = found.everything.frame["status"].to_numpy()
    sides = (status[runs[some]] for runs in (found.everything.right, found.everything.left))
    many = Counter(f"{old} -> {new}" for old, new in zip(*sides, strict=True) if old != new)
    return ", ".join(f"{count} {words}" for words, count in many.most_common())


NOTHING = Estimate.alone(math.nan, "")
