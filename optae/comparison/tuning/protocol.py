"""The protocol by which methods are tuned: the same number of trials, on seeds that no table reports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...evaluation import definitions
from ...experiments.experiment import Experiment
from ...plugins import is_own
from ...registry import lookup, unknown
from ..moments import COSTS
from .samplers import SAMPLERS

FIRST_SEED = 1_000_000_000  # of tuning; the seeds below it are for what is reported
MOST_TRIALS, MOST_SEEDS = 10_000, 1_000
METRICS = dict.fromkeys(("value", *definitions.METRICS, *definitions.HELDOUT))


@dataclass(frozen=True)
class Protocol:
    """How a method is tuned.

    Each of `trials` drawn settings runs on the first seed of tuning. With `halving`, the better half goes on
    to the next seed, and so on until all `seeds` are used (Jamieson and Talwalkar, 2016); otherwise every
    trial runs on all of them. `vary` has, by method, ranges that replace those of the registry. Raises
    ValueError.
    """

    trials: int = 20
    seeds: int = 3
    halving: bool = True
    sampler: str = "halton"
    cost: str | None = None  # what trials should spend little of until the target: seconds, if there is one
    metric: str = "value"  # what decides without a target; one of one's own by its word
    vary: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, most in (("trials", MOST_TRIALS), ("seeds", MOST_SEEDS)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
                raise ValueError(f"`{name}` = {value!r} of tuning: give a whole number from 1 to {most:,}")
        if not isinstance(self.halving, bool):
            raise ValueError(f"`halving` = {self.halving!r}: give true or false")
        for name, known in (("sampler", SAMPLERS), ("cost", COSTS), ("metric", METRICS)):
            word = getattr(self, name)
            if word is not None and not (name == "metric" and is_own(word)):
                lookup(name, word, known)

    @classmethod
    def of(cls, words: object) -> "Protocol":
        """Return the protocol in a spec's table, such as {trials = 20, seeds = 3}. Raises ValueError."""
        if isinstance(words, cls):
            return words
        if not isinstance(words, Mapping):
            raise ValueError(f"`tune` = {words!r}: write {{trials = 20, seeds = 3}}")
        for name in words:
            if name not in cls.__dataclass_fields__:
                raise ValueError(unknown("word of `tune`", name, cls.__dataclass_fields__))
        vary = words.get("vary", {})
        tables = isinstance(vary, Mapping) and all(isinstance(ranges, Mapping) for ranges in vary.values())
        if not tables:
            raise ValueError('`vary` holds ranges by method: write {adam = {lr = "1e-4..1e-1"}}')
        texts = {m: {name: _text(value) for name, value in ranges.items()} for m, ranges in vary.items()}
        return cls(**{**words, "vary": texts})

    def seed(self, rung: int) -> int:
        """Return the seed of tuning with this number, from 0."""
        return FIRST_SEED + rung


def check_apart(experiments: Iterable[Experiment]) -> None:
    """Raise ValueError if a seed that is reported is one of tuning."""
    for one in experiments:
        if FIRST_SEED <= one.seed < FIRST_SEED + MOST_SEEDS:
            raise ValueError(f"`seed` {one.seed} is one of those of tuning: report smaller ones")


def _text(value: object) -> str:
    """Return a range of a spec as text: text, or a list of values."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
