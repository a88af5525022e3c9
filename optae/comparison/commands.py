"""The commands that run and compare many methods, as functions for scripts and notebooks.

`what` describes a grid: the path of a spec, or axes such as {"method": ["lm", "adam:lr=3e-3"], "seed": 10}.
`cells` are runs: folders that `bench` or `optae train` has written, or a frame of them.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..execution.plan import plan
from ..execution.runner import run_plan
from ..execution.tally import Tally
from ..experiments.grid import grid
from ..experiments.problems import problems_of
from ..experiments.spec import Spec, ToTune, read_spec
from ..storage.frame import load_cells
from .cells import Cells
from .choosing.choose import ROUNDS, USUAL, Choice
from .choosing.choose import choose as race
from .choosing.race import Rules
from .choosing.words import Decision
from .filters import where
from .paired import PairedVerdict, verdict
from .tuning.record import Tuned
from .tuning.tune import tune as search
from .tuning.tune import tuned_first, tunings_of
from .yardstick import Yardstick

if TYPE_CHECKING:
    from pandas import DataFrame

What = str | Path | Mapping[str, Any]
Folders = str | Path | Sequence[str | Path]


def bench(
    what: What,
    out: str | Path,
    *,
    jobs: int | None = None,
    threads: int | None = None,
    cluster: str | None = None,
    on_progress: Callable[[Tally], None] = lambda tally: None,
) -> Cells:
    """Run the cells of a grid that `out` does not have, and return all cells in `out`; see `optae bench`.

    The methods of a spec with `tune` are tuned first, in a folder beside `out`. In a script, call it below
    `if __name__ == "__main__":`, as worker processes import the script. Raises ValueError.
    """
    folder = Path(out)
    asked = tuned_first(_spec(what), folder, jobs=jobs, cluster=cluster)
    todo = plan(asked.experiments, folder)
    run_plan(todo, folder, jobs=jobs, threads=threads, cluster=cluster, on_progress=on_progress)
    return frame(folder)


def frame(cells: Folders = "runs", *conditions: str) -> Cells:
    """Return stored runs as a pandas frame, a row for each, those that match conditions such as "seed<5"."""
    return Cells(where(load_cells(cells), conditions))


def compare(a: str, b: str, cells: "Folders | DataFrame" = "runs", **words: Any) -> PairedVerdict:
    """Return the paired verdict whether method `a` is better than `b`; see `optae compare`.

    `words` are those of `comparison.verdict`, such as metric="seconds", target="max_pixel_error=0".
    """
    return verdict(runs(cells), a, b, **words)


def choose(
    what: What,
    methods: Sequence[str] | None = None,
    out: str | Path = "choice",
    *,
    cost: str | None = None,
    rules: Rules = USUAL,
    rounds: int = ROUNDS,
    budget: float = float("inf"),
    jobs: int | None = None,
    on_progress: Callable[[Choice], None] = lambda choice: None,
) -> Decision:
    """Race methods on the problems of a grid until the evidence suffices; see `optae choose`.

    `print` of what it returns says which one to take. Raises ValueError.
    """
    problems = problems_of(_spec(what).experiments)
    by = Yardstick.of(problems, cost)
    words: dict[str, Any] = {"rules": rules, "rounds": rounds, "budget": budget, "jobs": jobs}
    return Decision(race(problems, methods, Path(out), yardstick=by, on_progress=on_progress, **words))


def tune(what: What, out: str | Path = "tuning", *, jobs: int | None = None, **protocol: Any) -> list[Tuned]:
    """Tune the methods of a grid by one protocol, such as trials=20, seeds=3; see `optae tune`."""
    tunings = tunings_of(ToTune(protocol, _spec(what).experiments))
    if not tunings:
        raise ValueError('no option has a range: name one by vary={"adam": {"lr": "1e-4..1e-1"}}')
    return search(tunings, Path(out), jobs=jobs)


def _spec(what: What) -> Spec:
    return Spec("", "", grid(**what)) if isinstance(what, Mapping) else read_spec(what)


def runs(cells: "Folders | DataFrame") -> "DataFrame":
    """Return the frame of these runs."""
    if isinstance(cells, str | Path | Sequence):
        return load_cells(cells)
    return cells
