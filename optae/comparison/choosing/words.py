"""The outcome of a choice in words, and the standing of every method."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...tables.card import card, rows
from ...text import counted, number
from ..targets import name as target_name
from .choose import Choice
from .race import Duel

SLOWER = {"seconds": "slower", "operations": "more costly", "evaluations": "more costly"}
SLOWER |= {"iterations": "more costly"}
SPENT = {"rounds": "the rounds are over", "budget": "the budget is spent"}
NEVER = "never"


@dataclass(frozen=True, eq=False, repr=False)
class Decision:
    """The outcome of a race; `print` says it in words."""

    choice: Choice

    def __str__(self) -> str:
        return "\n".join(verdict(self.choice))

    def __repr__(self) -> str:
        return f"<Decision: {verdict(self.choice)[0]}>"

    def _repr_html_(self) -> str:
        standings = standing(self.choice)
        table = rows(list(standings[0]), [list(row.values()) for row in standings])
        return card(" ".join(verdict(self.choice)), {}, table)

    @property
    def left(self) -> list[str]:
        """The methods that are left, one if the race is decided."""
        return list(self.choice.race.left)


def verdict(choice: Choice) -> list[str]:
    """Return the outcome as sentences: the answer, its error, the cost, and what to beware of."""
    race = choice.race
    if len(race.names) == 1:
        return [f"{race.names[0]} is the only method that fits: there was nothing to compare."]
    return [*_answer(choice), _certainty(choice), _cost(choice), *_caveats(choice)]


def against(duel: Duel, choice: Choice) -> str:
    """Return a comparison with the leader in words: "adam: 1.6 times slower, better in 3 of 9 rounds"."""
    return f"{duel.a}: {_ratio(duel, choice)}, better in {duel.wins} of {duel.rounds} rounds"


def together(words: Sequence[str]) -> str:
    """Return words as a sentence joins them.

    >>> together(["lm"]), together(["lm", "tnc", "cg"])
    ('lm', 'lm, tnc and cg')
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def standing(choice: Choice) -> list[dict[str, str]]:
    """Return a row for each method that takes part: whether it is in, its scores, and how it compares."""
    race = choice.race
    order = sorted(race.names, key=lambda one: (-race.dropped.get(one, math.inf), race.evidence[one]))
    return [_row(choice, name) for name in order]


def refusals(choice: Choice) -> list[str]:
    """Return a line for each method that takes no part, with the reason."""
    return [f"refused {name}: {reason}" for name, reason in choice.refused.items()]


def title(choice: Choice) -> str:
    """Return what the scores of the standing are."""
    yardstick = choice.yardstick
    if yardstick.target is None:
        return f"{yardstick.metric} at the end of a run, smaller is better"
    return f"{yardstick.cost} until {target_name(yardstick.target)}, smaller is better"


def _answer(choice: Choice) -> list[str]:
    left, margin = choice.race.left, f"{100 * choice.race.rules.margin:.3g} %"
    if choice.ending == "one":
        return [f"{left[0]}.", *_runner_up(choice)]
    if choice.ending == "equal":
        return [f"{together(left)} are as good as each other within {margin}."]
    why = SPENT.get(choice.ending, "the race is not over")
    said = f"No decision: {why}, and {together(left)} are left of {len(choice.race.names)}."
    return [said, *_runner_up(choice)]


def _runner_up(choice: Choice) -> list[str]:
    """Return what is known of the method that comes next."""
    race = choice.race
    if not race.rounds:
        return []
    others = [one for one in race.names if one != race.leader]
    last = [one for one in others if one in race.left] or others
    near = min(last, key=lambda one: (-race.dropped.get(one, math.inf), race.evidence[one]))
    first = "" if choice.ending == "one" else f"{race.leader} leads. "
    return [f"{first}Next is {against(race.duel(near, race.leader), choice)}."]


def _ratio(duel: Duel, choice: Choice) -> str:
    if math.isnan(duel.ratio):
        return "neither has reached the target"
    if choice.yardstick.target is None:
        ratio = (
            "no ratio"
            if math.isinf(duel.ratio) or not duel.ratio
            else f"{_digits(duel.ratio)} times its value"
        )
        return "equally good" if duel.ratio == 1 else ratio
    worse = SLOWER[choice.yardstick.cost]
    if math.isinf(duel.ratio):
        return "misses the target in most rounds"
    if duel.ratio >= 1:
        return f"{_digits(duel.ratio)} times {worse}"
    return f"{_digits(1 / duel.ratio)} times {worse.replace('slower', 'faster').replace('more', 'less')}"


def _certainty(choice: Choice) -> str:
    race = choice.race
    alpha = f"{100 * race.rules.alpha:.3g} %"
    if not race.dropped:
        return "No method was dropped."
    return f"The chance that a better one of the {len(race.names)} was dropped is at most {alpha}."


def _cost(choice: Choice) -> str:
    race = choice.race
    whole, rounds = len(race.names) * len(race.rounds), counted(len(race.rounds), "round")
    return f"{counted(race.runs, 'run')} in {rounds}, instead of {whole} without dropping."


def _caveats(choice: Choice) -> list[str]:
    race, yardstick, found = choice.race, choice.yardstick, []
    missed = yardstick.target is not None and not any(np.isfinite([*r.values()]).any() for r in race.rounds)
    if missed and race.rounds and yardstick.target is not None:
        found.append(
            f"No run reached {target_name(yardstick.target)}: give more `max_seconds`, or an easier `target`."
        )
    if choice.starved and yardstick.cost == "seconds" and yardstick.target is not None:
        found.append(
            f"{counted(choice.starved, 'run')} had no processor for a while, so the seconds are too long:"
            " choose again on a quiet machine, or with `cost` operations."
        )
    if choice.failed:
        words = (f"{name} ({times})" for name, times in choice.failed.items())
        found.append(f"Runs that failed or diverged count as misses: {', '.join(words)}.")
    return found


def _digits(x: float) -> str:
    return number(x, 3) if math.isfinite(x) else str(x)


def _row(choice: Choice, name: str) -> dict[str, str]:
    race = choice.race
    scores = [scores[name] for scores in race.rounds if name in scores]
    duel = race.duel(name, race.leader)
    compared = bool(scores) and name != race.leader
    return {
        "method": name,
        "standing": f"out in round {race.dropped[name]}" if name in race.dropped else _in(choice, name),
        "rounds": str(len(scores)),
        "median": _median(scores),
        "times the leader's": _bounded(duel) if compared else "",
        "better in": f"{duel.wins} of {duel.rounds}" if compared else "",
    }


def _bounded(duel: Duel) -> str:
    """Return the median ratio with its bounds, or "-" if no round has a ratio."""
    if math.isnan(duel.ratio):
        return "-"
    return f"{_digits(duel.ratio)} [{_digits(duel.low)}, {_digits(duel.high)}]"


def _in(choice: Choice, name: str) -> str:
    if choice.ending == "one":
        return "chosen"
    return "leads" if name == choice.race.leader and choice.race.rounds else "in"


def _median(scores: Sequence[float]) -> str:
    """Return the median, the lower one of two."""
    if not scores:
        return ""
    middle = sorted(scores)[(len(scores) - 1) // 2]
    return NEVER if math.isinf(middle) else number(abs(middle))
