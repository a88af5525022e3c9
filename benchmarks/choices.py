"""What `optae choose` says on each problem of four grids, beside the answer of the full grid.

    export OPTAE_DATA=folder/with/font.h
    for name in methods supervised denoising_methods emoji_methods; do
        optae bench benchmarks/$name.toml --out grids/$name
    done
    python benchmarks/choices.py [--rounds 100] [--jobs 2]

Each problem has a race of its own between all methods of the grid, as given and tuned. A race takes the seeds
in order, so the grid's cells serve as its first rounds; what it runs beyond them is kept in grids/choices.
Writes results/choices.md. Forty minutes.
"""

import argparse
import os
import shutil
from collections.abc import Sequence

import pandas as pd
from grids import GRIDS
from power import grid_of
from stamp import HERE, write_of_cells

from optae.comparison.choosing.choose import choose
from optae.comparison.choosing.words import verdict
from optae.comparison.tuning.record import load
from optae.comparison.tuning.tune import chosen_experiments
from optae.comparison.yardstick import Yardstick
from optae.engines.threads import cores
from optae.experiments.experiment import Experiment
from optae.experiments.problems import method_word, problem_of, problems_of
from optae.experiments.sameness import problem_names
from optae.experiments.spec import read_spec
from optae.pages.results import cells_of
from optae.tables.render import markdown
from optae.tables.table import Column, Table

SPECS = ("methods", "supervised", "denoising_methods", "emoji_methods")
ABOUT = """# What a race says, problem by problem

Which method does `optae choose` take on each problem, and what does the full grid say?

Methods, as given and tuned, race on each problem of four grids: [methods](methods.md),
[supervised](supervised.md), [denoising_methods](denoising_methods.md) and [emoji_methods](emoji_methods.md).
They are compared by the seconds until the problem's target, or without one by the loss at the end of the
budget, in at most {rounds} rounds. The race drops the best method with probability at most 5 %; it may end
without a decision. The full grid ran every method on ten seeds (letters) or twelve; its answer is the method
that no other beats on more than half of the seeds that differ."""
HEADS = (
    Column("problem", "problem", group=True),
    Column("by", "compared by", group=True),
    Column("methods", "methods", "that the problem admits"),
    Column("answer", "the race's answer", group=True),
    Column("left", "left", "methods at its end"),
    Column("runs", "its runs"),
    Column("full", "full grid", "runs of the same methods on all seeds"),
    Column("grid", "the grid's answer", group=True),
    Column("kept", "kept", "whether the race has not dropped the grid's answer"),
)


def raced(mine: Sequence[Experiment], frame: pd.DataFrame, rounds: int, jobs: int) -> dict[str, object]:
    """The race on the one problem of these experiments, beside the answer of their cells."""
    problems = problems_of(mine)
    by = Yardstick.of(problems)
    grid = grid_of(frame, by)
    words = list(dict.fromkeys(map(method_word, mine)))
    choice = choose(problems, words, GRIDS / "choices", yardstick=by, rounds=rounds, jobs=jobs)
    left = choice.race.left
    return {
        "problem": named(frame),
        "by": str(by),
        "methods": len(grid.names),
        "answer": verdict(choice)[0].removesuffix("."),
        "left": len(left),
        "runs": choice.race.runs,
        "full": grid.runs,
        "grid": ", ".join(grid.answers) or "none",
        "kept": "yes" if not grid.answers or {*grid.answers} & {*left} else "no",
    }


def named(frame: pd.DataFrame) -> str:
    """The name of the one problem of these cells, with its regime of noise if it has one."""
    rows = frame.to_dict("records")
    regime = rows[0]["regime"]
    return ", ".join([problem_names(rows)[0], *([] if regime == "none" else [str(regime)])])


def study(name: str, rounds: int, jobs: int) -> tuple[list[dict[str, object]], pd.DataFrame]:
    """The races on all problems of a spec, and its grid's cells."""
    folder, spec = GRIDS / name, read_spec(HERE / f"{name}.toml")
    every = [*spec.experiments, *chosen_experiments(spec.tuned, load(folder))]
    shutil.copytree(folder, GRIDS / "choices", dirs_exist_ok=True, copy_function=linked)
    rows, frames = [], []
    for problem in problems_of(every):
        mine = [one for one in every if problem_of(one) == problem]
        frames.append(cells_of(mine, [folder]))
        rows.append(raced(mine, frames[-1], rounds, jobs))
    return rows, pd.concat(frames, ignore_index=True)


def linked(file: str, place: str) -> None:
    """Make a link to a file, if the place is free."""
    if not os.path.exists(place):
        os.link(file, place)


def main() -> None:
    """Run the races and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=cores())
    asked = parser.parse_args()
    found = [study(name, asked.rounds, asked.jobs) for name in SPECS]
    table = Table(pd.DataFrame([row for rows, _ in found for row in rows]), HEADS)
    text = f"{ABOUT.format(rounds=asked.rounds)}\n\n{markdown(table)}"
    cells = pd.concat([frame for _, frame in found], ignore_index=True)
    print(write_of_cells("choices", text, cells).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
