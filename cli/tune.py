"""optae tune: draw a method's options from ranges, and say which settings suit the problem best."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from optae.comparison.moments import COSTS
from optae.comparison.tuning.protocol import FIRST_SEED, Protocol
from optae.comparison.tuning.record import Tuned
from optae.comparison.tuning.samplers import SAMPLERS
from optae.comparison.tuning.trials import Tuning
from optae.comparison.tuning.tune import progress, tunings_of
from optae.comparison.tuning.tune import tune as search
from optae.comparison.tuning.words import trials_table, verdict
from optae.experiments.experiment import Experiment
from optae.experiments.grid import grid
from optae.experiments.problems import method_word, toml
from optae.experiments.spec import ToTune
from optae.files import whole_file
from optae.methods import method_spec
from optae.text import listed
from optae.training.signals import SIGNALS

from .bench import given
from .options import (
    FIELDS,
    GroupedCommand,
    Option,
    axis_options,
    grouped,
    pairs,
    problem_option,
    where_it_runs,
)
from .output import say
from .progress import live
from .tables import print_table

AXES = [o for name, known in FIELDS.items() if known.read and name != "seed" for o in axis_options(name)]
OUT = Path("tuning")
SHOWN = 8  # trials of a method that are printed
HEAD = """\
# Written by optae tune: methods as given and as chosen, on seeds that tuning has not seen.
seed = 10
"""
OWN = (
    problem_option(multiple=True),
    Option("--vary", group="method", metavar="OPTION=RANGE", multiple=True,
           help="Draw this option from a range, such as lr=1e-4..1e-1, maxcor=2..40 or tr_solver=exact,lsmr;"
           " @log, @linear or @complement behind it sets the scale.  [default: the method's own ranges]"),
    Option("--trials", group="method", type=click.INT, metavar="N",
           help="Settings to try for each method.  [default: 20]"),
    Option("--seeds", group="method", type=click.INT, metavar="N",
           help=f"Seeds of each trial at most; they begin at {FIRST_SEED:,}, apart from what tables report."
           "  [default: 3]"),
    Option("--halving/--every-seed", group="method", is_flag=True,
           help="Let only the better half of the trials go on to each next seed.  [default: halving]"),
    Option("--sampler", group="method", type=click.Choice(list(SAMPLERS)),
           help="How trials are drawn; all but halton are Optuna's.  [default: halton]"),
    Option("--cost", group="budget", type=click.Choice(list(COSTS)),
           help="What a trial should need little of until the target.  [default: seconds]"),
    Option("--metric", group="budget", metavar="NAME",
           help="Without a target, the metric at the end of a run that decides.  [default: the loss]"),
    *where_it_runs("the trials", OUT),
)  # fmt: skip


@click.command(cls=GroupedCommand, params=grouped(AXES, OWN))
def tune(
    vary: tuple[str, ...],
    trials: int | None,
    seeds: int | None,
    halving: bool | None,
    sampler: str | None,
    cost: str | None,
    metric: str | None,
    out: Path | None,
    jobs: int | None,
    **axes: object,
) -> None:
    """Find the options of a method that suit a problem, by trials on seeds that no table reports.

    With a --target a trial's score is the expected running time: all that its runs spent (see --cost) over
    the number of those that reached the target. Without one it is the median of the loss, or of --metric, at
    the end of --max-seconds or another limit. Over several problems scores are averaged geometrically. The
    method as given takes part, and stays if no trial is better.

    \b
    optae tune --method adam --vary lr=1e-4..1e-1 --vary b2=0.9..0.9999 --max-seconds 3
    optae tune --method adam --method momentum --trials 40 --target max_pixel_error=0 --max-seconds 3
    optae plot tuning tuning/

    The trials are cells as `optae bench` writes them: stop the command at any time and start it again, or add
    trials later. The folder also gets tuning.json, pictures, and tuned.toml, a spec that runs every
    method as given and with the chosen options on fresh seeds. In a spec for `optae bench`,
    `tune = {trials = 20, seeds = 3}` does all this for every method that has ranges.
    """
    experiments = grid(**given(axes), seed=[0])
    protocol = Protocol(
        20 if trials is None else trials,
        3 if seeds is None else seeds,
        halving is not False,
        sampler or "halton",
        cost,
        metric or "value",
        _ranges(vary, experiments),
    )
    tunings = tunings_of(ToTune(protocol, experiments))
    if not tunings:
        names = listed(dict.fromkeys(one.method for one in experiments))
        raise ValueError(f"{names}: no option has a range; name one by `vary`, such as lr=1e-4..1e-1")
    folder = out or OUT
    with SIGNALS.waiting(), live(progress, refresh=4) as look:
        how = "interrupted: the same command goes on from there"
        tuned = search(tunings, folder, jobs=jobs, on_progress=look, how_to_go_on=how)
    _print(tuned)
    for path in (_spec(folder, tunings), *_pictures(folder, tuned)):
        say(str(path))
    say(f"\n{folder}  (next: optae bench {folder / 'tuned.toml'} --out tuned)")


def _print(tuned: Sequence[Tuned]) -> None:
    """Print the best trials of each method, and what was chosen."""
    for one in tuned:
        print_table(trials_table(one, SHOWN), f"{one.given}: {one.measure}")
        for line in verdict(one):
            say(line)
        say("")


def _ranges(vary: Sequence[str], experiments: Iterable[Experiment]) -> dict[str, dict[str, str]]:
    """Return the ranges of --vary by method, each with those of its own options. Raises ValueError."""
    texts = pairs(vary, "vary", "lr=1e-4..1e-1")
    if not texts:
        return {}
    options = {one.method: set(method_spec(one.method).options) for one in experiments}
    for name in texts:
        if not any(name in known for known in options.values()):
            of = listed(sorted(set().union(*options.values())))
            raise ValueError(f"`vary` {name}: no method here has this option; they have {of}")
    return {
        method: {name: text for name, text in texts.items() if name in known}
        for method, known in options.items()
    }


def _spec(folder: Path, tunings: Sequence[Tuning]) -> Path:
    """Write a spec of all methods as given and as chosen, on fresh seeds."""
    methods = [
        method_word(tuning.experiment(trial, 0, 0))
        for tuning in tunings
        for trial in dict.fromkeys((tuning.trials[0], tuning.chosen))
    ]
    lines = "".join(f"    {json.dumps(word, ensure_ascii=False)},\n" for word in methods)
    grids = [f"[[grid]]\n{toml(problem)}\nmethod = [\n{lines}]\n" for problem in tunings[0].problems]
    path = folder / "tuned.toml"
    with whole_file(path) as file:
        file.write("\n".join([HEAD, *grids]).encode())
    return path


def _pictures(folder: Path, tuned: Sequence[Tuned]) -> list[Path]:
    from optae.figures.comparison.tuning import pictures
    from optae.figures.files import save

    return [save(figure, folder / f"{name}.png", "optae tune") for name, figure in pictures(tuned).items()]
