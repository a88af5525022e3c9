"""Tune methods side by side, each by the same protocol, in a folder that can be stopped and resumed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ...engines.threads import cores
from ...evaluation.own import among
from ...execution.tally import Tally
from ...experiments.experiment import Experiment
from ...experiments.grid import in_order
from ...experiments.problems import method_word, problems_of
from ...experiments.spec import Spec, ToTune
from ...files import prepare
from ...methods import method_spec
from ...methods.ranges import Range, read_ranges
from ...text import counted, listed
from ..rounds import merged, run_rounds
from ..yardstick import Yardstick
from .protocol import Protocol, check_apart
from .record import Tuned, save
from .trials import Tuning


class Standing(NamedTuple):
    """How far tunings are."""

    tunings: Sequence[Tuning]
    runs: int  # done by this command


Progress = Callable[[Standing], None]


def tune(
    tunings: Sequence[Tuning],
    folder: Path,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    on_progress: Progress = lambda standing: None,
    how_to_go_on: str = "interrupted",
) -> list[Tuned]:
    """Run the trials of all methods that the folder does not have, and return what was chosen.

    The result is also kept as `tuning.json` in the folder.
    """
    cells = merged([tuning.cells(folder) for tuning in tunings])

    def look(tally: Tally) -> None:
        on_progress(Standing(tunings, tally.done))

    run_rounds(cells, folder, jobs or cores(), look, how_to_go_on, cluster)
    found = [Tuned.of(tuning) for tuning in tunings]
    save(folder, found)
    return found


def trials_of(out: Path) -> Path:
    """Return the folder of the trials of a grid's tuning, beside the grid's own."""
    return out.with_name(f"{out.name}-tuning")


def tuned_first(
    spec: Spec,
    out: Path,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    on_progress: Progress = lambda standing: None,
) -> Spec:
    """Tune the methods that a spec says, and return it with the experiments of what was chosen.

    What was chosen is kept in the folder `out` of the grid too, where tables find it.
    """
    tunings = [one for to_tune in spec.tuned for one in tunings_of(to_tune)]
    if not tunings:
        return spec
    how = "interrupted: the same command goes on from there"
    words: dict[str, Any] = {"jobs": jobs, "cluster": cluster, "on_progress": on_progress}
    found = tune(tunings, trials_of(out), how_to_go_on=how, **words)
    prepare(out)
    save(out, found)
    more = chosen_experiments(spec.tuned, found)
    return replace(spec, experiments=in_order([*spec.experiments, *more]))


def progress(standing: Standing) -> str:
    """Return one line: how many methods are tuned, and how many runs that has taken, of how many at most."""
    tunings, runs = standing
    over, most = sum(tuning.over for tuning in tunings), sum(tuning.most for tuning in tunings)
    return f"{over} of {counted(len(tunings), 'method')} tuned, {runs:,} of at most {counted(most, 'run')}"


def tunings_of(grid: ToTune) -> list[Tuning]:
    """Return the tunings of a grid's methods, over all their problems, at first without a trial.

    Methods without ranges, in the registry or in `protocol.vary`, are not tuned. Raises ValueError for a
    reported seed that is one of tuning, for problems of different targets, and for unknown options.
    """
    experiments, protocol = grid.experiments, Protocol.of(grid.protocol)
    check_apart(experiments)
    problems = problems_of(experiments)
    yardstick = Yardstick.of(problems, protocol.cost, measured(protocol.metric, problems))
    methods = {method_word(one): one for one in reversed(experiments)}
    _check_vary(protocol, experiments)
    found = []
    for one in reversed(methods.values()):
        if ranges := ranges_of(one, protocol):
            found.append(Tuning(replace(one, seed=0), ranges, problems, yardstick, protocol))
    return found


def measured(metric: str, problems: Sequence[Experiment]) -> str:
    """Return a metric as the runs of these problems record it, one of one's own with its version.

    Raises ValueError if it is one of one's own that they do not measure.
    """
    words = [one.resolved.measure or "" for one in problems]
    return among(metric, [*dict.fromkeys(word for text in words for word in text.split(",") if word)])


def ranges_of(experiment: Experiment, protocol: Protocol) -> dict[str, Range]:
    """Return the ranges of a method's options: the protocol's, or the registry's but for options given."""
    spec, given = experiment.method_spec, dict(experiment.options)
    texts = protocol.vary.get(experiment.method)
    if texts is None:
        texts = {name: text for name, text in spec.ranges.items() if name not in given}
    try:
        return read_ranges(texts, spec.options)
    except ValueError as error:
        raise ValueError(f"`vary` of {experiment.method}: {error}") from None


def chosen_experiments(grids: Iterable[ToTune], known: Sequence[Tuned]) -> list[Experiment]:
    """Return the experiments of a spec's grids with the options that tuning has chosen, on reported seeds.

    A method that is kept as given adds none. Raises ValueError if the tuning of a method is not known.
    """
    by_key, found = {one.key: one for one in known}, []
    for grid in grids:
        for tuning in tunings_of(grid):
            tuned = by_key.get(Tuned.of(tuning).key)
            if tuned is None:
                raise ValueError(f"{tuning.given.method} has not been tuned: run optae bench first")
            drawn, word = tuned.best.drawn, method_word(tuning.given)
            mine = [one for one in grid.experiments if drawn and method_word(one) == word]
            found += [replace(one, options=tuple({**dict(one.options), **drawn}.items())) for one in mine]
    return found


def _check_vary(protocol: Protocol, experiments: Sequence[Experiment]) -> None:
    """Raise ValueError for ranges of a method that does not run."""
    methods = {one.method for one in experiments}
    for name in protocol.vary:
        method_spec(name)
        if name not in methods:
            raise ValueError(f"`vary` names {name}, which does not run: its methods are {listed(methods)}")
