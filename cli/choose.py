"""optae choose: race methods against each other until the evidence suffices, and say which one to take."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optae.comparison.choosing.choose import ROUNDS, Choice
from optae.comparison.choosing.choose import choose as decide
from optae.comparison.choosing.race import Rules
from optae.comparison.choosing.words import refusals, standing, title, verdict
from optae.comparison.moments import COSTS
from optae.comparison.yardstick import Yardstick
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.experiments.problems import NO_METHOD, method_word, problems_of
from optae.experiments.schema import Words
from optae.experiments.spec import read_spec
from optae.training.signals import SIGNALS

from .bench import given
from .options import FIELDS, GroupedCommand, Option, axis_options, grouped, problem_option, where_it_runs
from .output import say
from .program import with_flags
from .tables import print_table, table_of

if TYPE_CHECKING:
    from rich.table import Table

AXES = [
    o for name, known in FIELDS.items() if known.read and name not in NO_METHOD for o in axis_options(name)
]
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
OUT = Path("choice")
OWN = (
    problem_option(multiple=True),
    Option("--methods", group="method", metavar="LIST",
           help="The candidates, such as lm,tnc,adam:lr=3e-3.  [default: the spec's, or all that fit]"),
    Option("--confidence", group="budget", type=click.FLOAT, metavar="P",
           help="The best method is dropped with probability at most 1 - P.  [default: 0.95]"),
    Option("--margin", group="budget", metavar="SHARE",
           help="Methods count as equal within this share, such as 10%.  [default: 10%]"),
    Option("--budget", group="budget", metavar="TIME",
           help="The longest that all runs may take, such as 90s, 10m or 2h.  [default: no limit]"),
    Option("--rounds", group="budget", type=click.IntRange(1, 100_000), metavar="N",
           help=f"The most rounds.  [default: {ROUNDS}]"),
    Option("--cost", group="budget", type=click.Choice(list(COSTS)),
           help="What a method should need little of until the target.  [default: seconds]"),
    *where_it_runs("the cells", OUT),
)  # fmt: skip


@click.command(cls=GroupedCommand, params=grouped(AXES, OWN))
@click.argument("spec", required=False, metavar="[SPEC.toml]")
def choose(
    spec: str | None,
    methods: str | None,
    confidence: float | None,
    margin: str | None,
    budget: str | None,
    rounds: int | None,
    cost: str | None,
    out: Path | None,
    jobs: int | None,
    **axes: object,
) -> None:
    """Say which method should train a network, with no more runs than that takes.

    All methods run round by round. A round is one problem and one seed, the same for all. A method is dropped
    as soon as the evidence against it suffices, and the race ends when one is left, when those that are left
    are equal within the margin, or when the rounds or the budget are over. The chance that the best method
    was dropped is at most 1 - confidence, however often one looks.

    With a --target the scores are the seconds until the target (see --cost), and a run that misses it loses
    to one that does not. Without one they are the losses at the end of --max-seconds, or of another limit.

    \b
    optae choose --dataset font2 --arch 35,20,15,2 --target max_pixel_error=0 --max-seconds 3
    optae choose --methods lm,adam:lr=1e-2,tnc,cg --confidence 0.99 --budget 10m spec.toml

    The runs are cells as `optae bench` writes them: stop the command at any time and start it again, add
    candidates or rounds later, and use `optae table`, `plot`, `report` and `verify` on the folder. Several
    data sets, networks, ... (or a spec) are several problems, of which each round draws one.
    """
    problems, candidates = _asked(spec, methods, axes)
    folder = out or OUT
    with SIGNALS.waiting(), _live() as look:
        choice = decide(
            problems,
            candidates,
            folder,
            yardstick=Yardstick.of(problems, cost),
            rules=Rules(1 - (0.95 if confidence is None else confidence), _share(margin or "10%")),
            rounds=rounds or ROUNDS,
            budget=_time(budget) if budget else float("inf"),
            jobs=jobs,
            on_progress=look,
            how_to_go_on="interrupted: the same command goes on from there",
        )
    print_table(standing(choice), title(choice))
    command = click.get_current_context().command
    for line in (*refusals(choice), "", *verdict(choice)):
        say(with_flags(line, command))
    say(f"\n{folder}  (next: optae report {folder} -o choice.html)")


def split_methods(text: str) -> list[str]:
    """Return the methods in a list; a comma before `key=value` belongs to a method's options.

    >>> split_methods("lm, adam:lr=3e-3,batch=8,optax:lion")
    ['lm', 'adam:lr=3e-3,batch=8', 'optax:lion']
    """
    parts = re.split(r",(?!\s*\w+=)", text)
    return [part.strip() for part in parts if part.strip()]


def _asked(spec: str | None, methods: str | None, axes: Words) -> tuple[list[Experiment], list[str] | None]:
    """Return the problems, each as the experiment of a method that is replaced, and the candidates' words."""
    words = given(axes)
    if spec and words:
        raise ValueError(
            f"`{next(iter(words))}` beside '{spec}': write it into the spec, or leave the spec out"
        )
    found = read_spec(spec).experiments if spec else grid(**words, seed=[0])
    if methods:
        return problems_of(found), split_methods(methods)
    return problems_of(found), _methods_of(found) if spec else None


def _methods_of(experiments: Iterable[Experiment]) -> list[str] | None:
    """Return the methods of a spec in words; None if it has the default alone."""
    words = dict.fromkeys(method_word(one) for one in experiments)
    return None if list(words) == [Experiment().method] else list(words)


def _share(text: str) -> float:
    number, percent = text.removesuffix("%").strip(), text.strip().endswith("%")
    try:
        return float(number) / (100 if percent else 1)
    except ValueError:
        raise ValueError(f"`margin` '{text}': give a share, such as 10% or 0.1") from None


def _time(text: str) -> float:
    """Return the seconds of a time.

    >>> _time("10m"), _time("90")
    (600.0, 90.0)
    """
    unit = text.strip()[-1:].lower()
    try:
        seconds = float(text.strip().removesuffix(unit) if unit in UNITS else text) * UNITS.get(unit, 1.0)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise ValueError(f"`budget` '{text}': give a time, such as 90s, 10m or 2h")
    return seconds


@contextmanager
def _live() -> Iterator[Callable[[Choice], None]]:
    """Yield a callback that updates the standing in a terminal, or prints a line a round to a pipe."""
    if not sys.stderr.isatty():
        yield _ByRound()
        return
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as screen:
        yield lambda choice: screen.update(Group(_table(choice), Text(_progress(choice))))


def _table(choice: Choice) -> "Table":
    return table_of(standing(choice), title(choice))


def _progress(choice: Choice) -> str:
    race = choice.race
    return f"round {len(race.rounds) + 1}: {len(race.left)} of {len(race.names)} methods are in"


class _ByRound:
    def __init__(self) -> None:
        self._told = 0

    def __call__(self, choice: Choice) -> None:
        if (done := len(choice.race.rounds)) > self._told:
            self._told = done
            left = choice.race.left
            gone = [name for name, round in choice.race.dropped.items() if round == done]
            out = f"; dropped: {', '.join(gone)}" if gone else ""
            say(f"round {done}: {len(left)} of {len(choice.race.names)} left{out}", err=True)
