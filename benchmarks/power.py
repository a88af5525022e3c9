"""How many runs `optae choose` needs for the answer of a full grid: races replayed over stored cells.

    OPTAE_DATA=folder/with/font.h optae bench benchmarks/methods.toml --out grids/methods
    OPTAE_DATA=folder/with/font.h python benchmarks/power.py [grids/methods] [--orders 200]

Nothing is trained. A race takes the stored pairs of problem and seed in a random order, as `optae choose`
would have met them, drops methods by the same rules, and ends by the same rules, or when the pairs are over.
The full grid's answer is the method that no other beats in more than half of all pairs; a pair without a
difference counts for neither. Writes results/power.md. A minute.
"""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from grids import GRIDS
from stamp import HERE, write_of_cells

from optae.comparison.choosing.choose import ending
from optae.comparison.choosing.race import Race, Rules
from optae.comparison.clocks import clocks, late, refused
from optae.comparison.targets import name, shared_target
from optae.comparison.yardstick import Yardstick
from optae.engines.streams import RACE, stream
from optae.evaluation.metrics import Target
from optae.experiments.sameness import PROBLEM, codes
from optae.pages.results import Source
from optae.tables.render import markdown
from optae.tables.table import Column, Table

COSTS = ("seconds", "operations", "evaluations")
ORDERS = 200
NEVER = 1e-12  # an alpha at which hardly any method is dropped
SHARES = ("same", "undecided", "lost")
ABOUT = """# How many runs a race saves

How many runs does `optae choose` need for the answer of the full grid?

{orders} races over the {pairs} stored pairs of problem and seed, each in another random order; nothing was
trained for them. A race drops the best method with probability at most {alpha}. It ends when one method is
left, when those left are equal within {margin}, or when the pairs are over. Scores are what a run spent until
{target}; a miss is infinite. The full grid runs every method on every pair."""
HEADS = (
    Column("cost", "until the target", group=True),
    Column("methods", "methods", "those that every problem admits"),
    Column("full", "full grid", "runs of these methods on all pairs of problem and seed"),
    Column("answer", "its answer", "the method that no other beats in more than half of the pairs"),
    Column("runs", "runs of a race [5 %, 95 %]", "median over the orders, and quantiles"),
    Column("fewer", "fewer", "the median's share of the full grid that was not run"),
    Column("same", "same answer", "share of races that end with it alone, among equals, or in the lead"),
    Column("undecided", "undecided", "share of races that were not over after the last pair"),
    Column("left", "left", "median number of methods at the end"),
    Column(
        "kept", "left by the grid", "methods that the same evidence from every run of the full grid leaves"
    ),
    Column("lost", "best dropped", "share of races that dropped the full grid's answer"),
)


@dataclass(frozen=True, eq=False)
class Grid:
    """The scores of a finished grid (pairs, methods), smaller is better, inf for a miss."""

    names: list[str]
    scores: np.ndarray

    @property
    def runs(self) -> int:
        """The number of runs."""
        return int(self.scores.size)

    @property
    def answers(self) -> list[str]:
        """The methods that no other beats in more than half of the pairs that differ; there may be none."""
        wins = (self.scores[:, :, None] < self.scores[:, None, :]).sum(axis=0)  # of the row over the column
        return [
            name for name, beaten in zip(self.names, (wins < wins.T).any(axis=1), strict=True) if not beaten
        ]

    def kept(self, rules: Rules) -> list[str]:
        """The methods against which all pairs together hold too little evidence to drop them."""
        race = Race(self.names, Rules(NEVER, rules.margin))
        for line in self.scores.tolist():
            race.add(dict(zip(self.names, line, strict=True)))
        return [name for name, evidence in race.evidence.items() if evidence < -math.log(rules.alpha)]


@dataclass(frozen=True)
class Outcome:
    """How one race ended."""

    runs: int
    left: int
    same: bool
    undecided: bool
    lost: bool


def grid_of(frame: pd.DataFrame, yardstick: Yardstick) -> Grid:
    """The scores of the methods that ran on every pair of problem and seed."""
    pair = codes(frame, [*PROBLEM, "seed"])
    scores = yardstick.scores(frame)
    values = frame["cell"].map(scores).where(~refused(frame))
    table = pd.DataFrame({"pair": pair, "label": frame["label"], "score": values})
    whole = table.pivot(index="pair", columns="label", values="score").dropna(axis="columns")
    return Grid(whole.columns.tolist(), whole.to_numpy())


def raced(grid: Grid, order: np.ndarray, rules: Rules) -> Outcome:
    """The outcome of a race over the pairs in this order."""
    race = Race(grid.names, rules)
    for pair in order:
        if ending(race, len(order)):
            break
        race.add(dict(zip(grid.names, grid.scores[pair].tolist(), strict=True)))
    undecided = not ending(race, math.inf)
    said, best = {race.leader} if undecided else {*race.left}, {*grid.answers}
    return Outcome(race.runs, len(race.left), bool(best & said), undecided, bool(best & {*race.dropped}))


def row(cost: str, grid: Grid, outcomes: list[Outcome], rules: Rules) -> dict[str, object]:
    """A line of the table."""
    runs = np.array([one.runs for one in outcomes])
    low, middle, high = np.quantile(runs, [0.05, 0.5, 0.95])
    shares = {word: float(np.mean([vars(one)[word] for one in outcomes])) for word in SHARES}
    return {
        "cost": cost,
        "methods": len(grid.names),
        "full": grid.runs,
        "answer": ", ".join(grid.answers) or "none",
        "runs": middle,
        "runs_low": low,
        "runs_high": high,
        "fewer": 1 - middle / grid.runs,
        "kept": len(grid.kept(rules)),
        "left": float(np.median([one.left for one in outcomes])),
        **shares,
    }


def study(frame: pd.DataFrame, target: Target, orders: int, rules: Rules) -> list[dict[str, object]]:
    """A line for each cost that can be compared."""
    found = []
    for cost in COSTS[bool(clocks(frame)) :]:
        grid = grid_of(frame, Yardstick(target, cost))
        shuffled = (stream(0, RACE, k).permutation(len(grid.scores)) for k in range(orders))
        found.append(row(cost, grid, [raced(grid, order, rules) for order in shuffled], rules))
    return found


def text(frame: pd.DataFrame, orders: int, rules: Rules) -> str:
    """The page. Raises ValueError if the runs share no target."""
    target = shared_target(frame)
    if target is None:
        raise ValueError("the runs share no target: there is nothing that a race could compare")
    words = {
        "alpha": f"{100 * rules.alpha:g} %",
        "margin": f"{100 * rules.margin:g} %",
        "target": name(target),
    }
    pairs = len(frame[[*PROBLEM, "seed"]].drop_duplicates())
    table = Table(pd.DataFrame(study(frame, target, orders, rules)), HEADS, notes=tuple(late(frame)))
    return f"{ABOUT.format(orders=orders, pairs=pairs, **words)}\n\n{markdown(table)}"


def main() -> None:
    """Replay the races and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=GRIDS / "methods")
    parser.add_argument("--orders", type=int, default=ORDERS)
    asked = parser.parse_args()
    frame = Source.of(HERE / "methods.toml", [asked.folder]).cells
    print(write_of_cells("power", text(frame, asked.orders, Rules()), frame).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
