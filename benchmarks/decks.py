"""The decks' tables, and the table nobody has: each a spec beside this file, run, tabulated and drawn.

    OPTAE_DATA=folder/with/font.h python benchmarks/decks.py deck_a deck_b methods [--quick] [--jobs 2]

Writes results/NAME.md and results/pictures/NAME_*.png. Cells are kept in grids/NAME, so that a second call
goes on where the first one was stopped. `--quick` takes one seed and a quarter of the budget, five minutes
for all three, and writes to grids/quick instead of results/.
"""

import argparse
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stamp import HERE, RESULTS, code, write

from optae import figures
from optae.comparison import add_reference, arrange, pivot, summarise
from optae.evaluation.pass_line import PASS_LINE
from optae.execution.runner import cores, plan, run_plan
from optae.experiments.experiment import Experiment
from optae.experiments.grid import read_spec
from optae.storage.frame import load_cells
from optae.storage.run import load_run
from optae.tables.render import markdown

ZERO = "max_pixel_error=0"
Draw = Callable[[Any], dict[str, Any]]  # stored cells to figures by name


@dataclass(frozen=True)
class Sheet:
    """One table of a page: what `summarise` is told, and how its rows are put."""

    metric: str
    by: tuple[str, ...]
    columns: tuple[str, ...] | None = None
    target: str | None = None
    reference: str = ""  # a file of published figures
    pivot: str = ""  # this column's values side by side, of the first statistic
    sort: str | None = None

    def text(self, frame: Any) -> str:
        """The table in Markdown."""
        table = summarise(frame, self.by, self.metric, self.target, self.columns)
        if self.reference:
            table = add_reference(table, HERE / self.reference, self.metric)
        if self.sort:
            table = arrange(table, self.sort)
        if self.pivot:
            table = pivot(table, self.pivot, self.columns[0] if self.columns else None)
        return markdown(table)


@dataclass(frozen=True)
class Page:
    """What is made of a grid."""

    sheets: tuple[Sheet, ...]
    remark: str
    draw: Draw


def curves_of(frame: Any, *metrics: str, **how: Any) -> dict[str, Any]:
    """Convergence with its spread over seeds."""
    return {f"convergence_{m}": figures.convergence(frame, "evaluations", m, **how) for m in metrics}


def best_run(frame: Any) -> dict[str, Any]:
    """What came out of the run with the fewest wrong pixels: letters, latent plane, new letters."""
    best = frame.sort_values(["max_pixel_error", "half_sse"]).iloc[0]
    run = load_run(best["path"])
    drawn = {
        "reconstructions": figures.reconstructions,
        "latent": figures.latent_plane,
        "new_letters": figures.decoded_plane,
    }
    return {f"best_{name}": draw(run.model, run.theta, run.data) for name, draw in drawn.items()}


def draw_a(frame: Any) -> dict[str, Any]:
    """The exceptional network."""
    exceptional = frame[(frame["encoder"] == "identity") & (frame["latent"] == "identity")]
    return {**curves_of(exceptional, "loss"), **best_run(exceptional)}


def draw_b(frame: Any) -> dict[str, Any]:
    """The deck's own runs, and the best of its large network."""
    decks = frame[frame["method"] != "lm"]
    large = decks[decks["arch"].str.count("-") == 8]
    return {**curves_of(decks, "loss", "max_pixel_error"), **best_run(large)}


def draw_methods(frame: Any) -> dict[str, Any]:
    """Who reaches 0 wrong pixels when, and who cannot be told apart."""
    return {
        "profile": figures.profile(frame, "seconds", ZERO),
        "ecdf": figures.ecdf(frame, "seconds", ZERO),
        "ranks": figures.critical_difference(frame, "max_pixel_error"),
    }


DECK_A = """The deck's finding stands: a hundred sweeps of Powell end lower than a thousand epochs of gradient
descent or of Adam, on every one of its networks. But a sweep is some 20,000 evaluations and an epoch is one
gradient; at equal seconds, on the networks of methods.md, the order turns round. The deck's Adam did not
finish: its gradient was a difference of a loss that ignored its argument. Its two figures are a run each,
one of them of about 1000 sweeps (220 minutes): compare them with our best seeds. `powell-fast` walks SciPy's
own path (deck_a_powell.md has SciPy's); `lm` has the same starts and at most 100 iterations. The other core
was busy: here iterations are the budget, and methods.md compares by time."""

DECK_B = """A larger network helps as the deck says, and a narrow layer before the latent one hurts.
Xavier's start does not help Adam here: at 35-15-2-15-35 the two starts end alike. Ours is the vector of the
lowest loss, the deck's that of the last epoch, which a batch of one keeps moving; that may be why plain
gradient descent does so much better here. What holds these networks back is the method and the start: from
the centred start `lm` gets every letter right on each of ten seeds, by either loss. The other core was busy
while these ran."""

METHODS = """All rows are runs of one version of the code. A miss is a run that has not reached the target
within its seconds. The seven first-order methods, from `backprop` to `adamw`, have a rate from one grid, each
by the same rule on other seeds ([methods_tuning.md](methods_tuning.md)); their other options, and every
option of the other methods, are the defaults. Methods that cannot work at this size are rows with their
reason. Of the methods here the public record knows Adam alone on this task: 8 of 10 seeds without a wrong
pixel, after 650 to 2000 epochs."""

PAGES = {
    "deck_a": Page(
        (
            Sheet("half_sse", ("arch", "encoder", "latent", "label"), None, None, "deck_a.csv"),
            Sheet("max_pixel_error", ("arch", "encoder", "latent", "label"), ("median", "best", "worst")),
        ),
        DECK_A,
        draw_a,
    ),
    "deck_b": Page(
        (
            Sheet(
                "max_pixel_error",
                ("arch", "init", "loss", "label"),
                ("mean", "sd", "best", "worst", "seconds"),
                None,
                "deck_b.csv",
            ),
            Sheet("mse", ("arch", "init", "loss", "label"), ("mean", "sd", "best", "worst")),
        ),
        DECK_B,
        draw_b,
    ),
    "methods": Page(
        (
            Sheet(
                "max_pixel_error",
                ("label",),
                ("success", "median", "best", "worst", "seconds_to_target", "ert_seconds", "ert_operations"),
                ZERO,
                sort="success",
            ),
            Sheet(
                "max_pixel_error",
                ("label",),
                ("success", "seconds_to_target", "ert_seconds"),
                PASS_LINE,
                sort="success",
            ),
            Sheet("max_pixel_error", ("arch", "label"), ("success",), ZERO, pivot="arch"),
        ),
        METHODS,
        draw_methods,
    ),
}


def quickly(experiment: Experiment) -> Experiment:
    """With a quarter of the budget."""
    limits = {
        name: limit if limit == math.inf else max(1, limit / 4)
        for name in ("max_seconds", "max_iterations")
        for limit in [getattr(experiment, name)]
    }
    return replace(experiment, **limits)


def run_cells(name: str, experiments: Sequence[Experiment], jobs: int, grids: Path = Path("grids")) -> Any:
    """The cells of a grid, run where they are missing; a folder holds those of one version of the code."""
    folder = grids / f"{name}-{code()}"
    run_plan(plan(experiments, folder), folder, jobs=jobs)
    return load_cells(folder)


def make(name: str, quick: bool, jobs: int) -> Path:
    """Runs what is missing of a grid, and writes its page."""
    spec, page = read_spec(HERE / f"{name}.toml"), PAGES[name]
    experiments = [quickly(e) for e in spec.experiments if e.seed == 0] if quick else spec.experiments
    grids = Path("grids", "quick") if quick else Path("grids")
    results = grids if quick else RESULTS
    frame = run_cells(name, experiments, jobs, grids)
    drawn = [
        figures.save(figure, results / "pictures" / f"{name}_{what}.png", "benchmarks/decks.py")
        for what, figure in page.draw(frame).items()
    ]
    parts = [f"# {spec.title}", spec.question, page.remark, *(s.text(frame) for s in page.sheets)]
    parts += [f"![{path.stem}](pictures/{path.name})" for path in map(Path, drawn)]
    text = "\n\n".join(part.strip() for part in parts if part)
    return write(name, text, f"one thread a run, {jobs} at a time", folder=results)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+", choices=list(PAGES))
    parser.add_argument("--quick", action="store_true", help="one seed, a quarter of the budget")
    parser.add_argument("--jobs", type=int, default=cores(), help="runs at a time")
    asked = parser.parse_args()
    if "OPTAE_DATA" not in os.environ:
        parser.error("OPTAE_DATA names no folder: let it be the one that holds font.h")
    for name in asked.names:
        print(make(name, asked.quick, asked.jobs), flush=True)


if __name__ == "__main__":
    main()
