"""What `optae train` begins with: a problem by name, or a stored run's recipe or problem."""

from pathlib import Path

from optae.datasets.places import located
from optae.experiments.classics import read_problem
from optae.experiments.experiment import Experiment
from optae.experiments.schema import Words, named
from optae.experiments.warm_start import split
from optae.pages.rerun import typed
from optae.storage.run import Run, load_run
from optae.text import quoted

from .options import DEFAULT

FOLLOWS = named(Experiment, "problem")  # fields that a run takes from the one that it starts from
OF_KIND = ("network", "bottleneck")
OF_METHOD = ("options", "method_source")
ELSEWHERE = ("warm_start", "init")  # of these, those that a new start replaces


def base_of(problem: str | None, config: str | None, typed: Words) -> Words:
    """Return the words of the problem, or of the stored runs, that --problem, --config and --start name."""
    if problem is not None:
        if config is not None or typed["warm_start"] is not None:
            raise ValueError(
                f"`problem` {problem} beside a stored run, which has its own: leave one of them out"
            )
        return read_problem("problem", problem)[0]
    base = {} if config is None else of_config(config, changes=typed["dataset"] is not None)
    return base if typed["warm_start"] is None else {**base, **of_start(typed["warm_start"])}


def of_config(path: str, changes: bool) -> Words:
    """Return the recipe of a run, named by its run.json or its folder, without fields at their defaults.

    Raises ValueError if there is none, or unless its data `changes`, if the data have changed since.
    """
    place = Path(path)
    run = load_run(place.parent if place.name == "run.json" else place)
    if not changes:
        _ = run.data
    return _given(run)


def of_start(path: str) -> Words:
    """Return the data, network, noise and loss of a run to start from."""
    given = _given(load_run(located(split(path)[0])))
    return {name: given[name] for name in FOLLOWS if name in given and name not in ELSEWHERE}


def merged(base: Words, given: Words, anew: bool = False) -> Words:
    """Return the words of a stored recipe with those that were given, the method among them, over them.

    Options belong to a method, so another method's are left out. `anew` leaves the kind of network out too.
    """
    if anew:
        base = {name: word for name, word in base.items() if name not in OF_KIND}
    if given["method"] != base.get("method", DEFAULT["method"]):
        base = {name: word for name, word in base.items() if name not in OF_METHOD}
    options = {**dict(base.get("options", ())), **dict(given.get("options", ()))}
    return {**base, **given, "options": options}


def _given(run: Run) -> Words:
    """Return what `optae train` needs to be told of a run. Raises ValueError if it cannot run here."""
    try:
        words = typed(run.experiment)
    except ValueError as error:
        raise ValueError(f"the recipe of {quoted(str(run.path))} cannot run here: {error}") from None
    source = run.experiment.method_source
    return words | ({"method_source": source} if source else {})
