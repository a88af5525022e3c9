"""Methods one after another, in one budget and one trace: `adam:lr=3e-3@0.2 > lm`.

Behind an @ a leg has its share of every limit of the budget, from where it begins; without one it runs until
it ends by itself, and the last leg has the rest. A leg begins at the best vector so far.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

import numpy as np

from ..text import shortest
from ..training.budget import Budget, Stop
from ..training.contract import Ending, EndlessMethod, Method
from ..training.problem import Problem
from ..training.thread_rule import largest
from ..training.trace import Trace
from .spec import MethodSpec, Option, split_options

ARROW = ">"
LEG = re.compile(r"(?P<method>.*?)(?:@(?P<share>[^@:]*))?", re.DOTALL)
LIMITS = ("max_seconds", "max_evaluations", "max_iterations")  # statuses of a leg whose part is spent
FAR = 1e15  # evaluations that no leg reaches


@dataclass(frozen=True)
class Leg:
    """One method of several: as it is written, its share of the budget, or the evaluations at its end."""

    word: str
    method: Method
    share: float | None = None
    until: float = 0.0  # evaluations of the run; 0 stands for the share's

    def part(self, whole: Budget, trace: Trace) -> Budget:
        """Return the budget that ends this leg, from what the trace has spent so far."""
        if self.until:
            return replace(whole, max_evaluations=min(whole.max_evaluations, self.until))
        share = inf if self.share is None else self.share
        return Budget(
            min(whole.max_seconds, trace.seconds + share * whole.max_seconds),
            min(whole.max_evaluations, trace.calls + share * whole.max_evaluations),
            min(whole.max_iterations, trace.iterations + share * whole.max_iterations),
            whole.target,
        )


@dataclass(frozen=True)
class Relay:
    """Methods one after another, each from the best vector of those before. Raises ValueError."""

    legs: tuple[Leg, ...]

    def __post_init__(self) -> None:
        *others, last = self.legs
        for leg in others:
            if leg.share is None and _endless(leg.method):
                raise ValueError(f"'{leg.word}' never ends by itself: give its share, as in {leg.word}@0.2")
        if last.share is not None:
            raise ValueError(f"'{last.word}' comes last and has the rest: leave out @{last.share:g}")

    @property
    def endless(self) -> bool:
        """Return whether it needs a limit, of which its legs have shares."""
        shares = any(leg.share is not None and not leg.until for leg in self.legs)
        return shares or _endless(self.legs[-1].method)

    def refuses(self, problem: Problem) -> str | None:
        """Return why one of the methods cannot run, or None if all can."""
        return next((reason for leg in self.legs if (reason := leg.method.refuses(problem))), None)

    def product(self, problem: Problem) -> float:
        """Return the operations of the largest product."""
        return max(largest(leg.method, problem) for leg in self.legs)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and message of the last leg; the trace has where each begins, and its status."""
        whole, ending = trace.budget, ("stopped", "")
        if self.endless and min(vars(whole)[name] for name in LIMITS) == inf:
            raise ValueError("methods one after another share a limit: give `max_seconds`, or another")
        for leg in self.legs:
            try:
                with trace.within(leg.word, leg.part(whole, trace)):
                    ending = leg.method.run(problem, theta, trace)
            except Stop as stop:
                trace.history.legs[-1]["status"] = stop.status
                trace.check()
                if stop.status not in LIMITS:
                    raise
            else:
                trace.history.legs[-1]["status"] = ending[0]
            theta = theta if trace.best.theta is None else trace.best.theta.copy()
        return ending


def _endless(method: Method) -> bool:
    return isinstance(method, EndlessMethod) and method.endless


def is_relay(word: str) -> bool:
    """Return whether a word names methods one after another.

    >>> is_relay("adam@0.2 > lm"), is_relay("adam")
    (True, False)
    """
    return ARROW in word


def legs(word: str) -> list[tuple[str, str]]:
    """Return each leg's method with its options, as typed, and its share as text. Raises ValueError.

    >>> legs("adam:lr=3e-3@0.20 > lm")
    [('adam:lr=3e-3', '@0.2'), ('lm', '')]
    """
    found = []
    for text in map(str.strip, word.split(ARROW)):
        match = LEG.fullmatch(text)
        if match is None or not match["method"]:
            raise ValueError(f"method '{word}': write one method after another, as in adam@0.2 > lm")
        found.append((match["method"].strip(), _share(match["share"])))
    return found


def _share(text: str | None) -> str:
    if text is None:
        return ""
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise ValueError(f"'@{text}' is no share of the budget: give a number between 0 and 1, such as @0.2")
    return f"@{shortest(share)}"


def relay_names(word: str) -> list[str]:
    """Return the names of the methods in a word, without their options.

    >>> relay_names("adam:lr=3e-3@0.2 > mine.py:Lion"), relay_names("lm")
    (['adam', 'mine.py:Lion'], ['lm'])
    """
    return [split_options(text)[0] for text, _ in legs(word)] if is_relay(word) else [word]


def ends_by_count(record: Sequence[Mapping[str, float | str]]) -> dict[str, float]:
    """Return the options that end the legs of a stored run again where they ended, without a clock."""
    pairs = pairwise(record)
    ends = [float(after["evaluations"]) if leg["status"] in LIMITS else FAR for leg, after in pairs]
    return {f"{i}.until": end for i, end in enumerate(ends, start=1) if end}


def spec_of(found: Sequence[tuple[str, str, MethodSpec, Mapping[str, Option]]]) -> MethodSpec:
    """Return the entry of legs, each as typed, with its share, its own entry and its options.

    Its options are those of all legs, numbered, as `1.lr`, and the evaluations at which a leg ends.
    """
    numbered = list(enumerate(found, start=1))
    options: dict[str, Option] = {f"{i}.until": 0.0 for i, _ in numbered[:-1]}
    for i, (_, _, spec, given) in numbered:
        options |= {f"{i}.{name}": given.get(name, default) for name, default in spec.options.items()}

    def build(**words: Option) -> Relay:
        made = []
        for i, (text, share, spec, _) in numbered:
            method = spec(**{name: words[f"{i}.{name}"] for name in spec.options})
            until = float(words.get(f"{i}.until") or 0.0)
            made.append(Leg(text, method, float(share[1:]) if share else None, until))
        return Relay(tuple(made))

    specs = [spec for _, _, spec, _ in found]
    return MethodSpec(
        build,
        options,
        ", ".join(dict.fromkeys(spec.needs for spec in specs)),
        "any size",
        "one after another",
        random=any(spec.random for spec in specs),
        engine="jax" if any(spec.engine == "jax" for spec in specs) else "numpy",
        own=", ".join(spec.own for spec in specs if spec.own),
    )
