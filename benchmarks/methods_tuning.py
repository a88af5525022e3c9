"""Chooses the rates of the first-order methods for methods.toml, on seeds that its table does not show.

    OPTAE_DATA=folder/with/font.h python benchmarks/methods_tuning.py [--jobs 2]

Every first-order method runs with every rate of the grid in methods_tuning.toml. Chosen is the rate with the
least ERT: all seconds spent, misses included, over the number of runs without a wrong pixel; where no run got
there, the rate with the fewest wrong pixels on average. Writes results/methods_tuning.md, and the last grid
of methods.toml. Cells are kept in grids/, so that a second call goes on where the first one stopped.
Seven minutes.
"""

import argparse
import math

import pandas as pd
from decks import run_cells
from stamp import HERE, write

from optae.execution.runner import cores
from optae.experiments.grid import read_spec
from optae.tables.render import markdown
from optae.tables.table import Table

MARK = "# What follows is written by methods_tuning.py: rates of one grid, chosen on seeds 1000 to 1002.\n"


def scores(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each method and rate: its ERT, its hits and its mean of wrong pixels."""
    rows = []
    for (method, options), group in frame.groupby(["method", "options"], sort=False):
        hits = int((group["max_pixel_error"] == 0).sum())
        rows.append(
            {
                "method": method,
                "lr": float(dict(word.split("=") for word in options.split())["lr"]),
                "runs": len(group),
                "without a wrong pixel": hits,
                "ERT, s": group["seconds"].sum() / hits if hits else math.inf,
                "wrong pixels, mean": group["max_pixel_error"].mean(),
            }
        )
    return pd.DataFrame(rows).sort_values(["method", "lr"])


def best(scored: pd.DataFrame) -> pd.DataFrame:
    """The row of each method's best rate; of equals the smaller one."""
    order = scored.sort_values(["ERT, s", "wrong pixels, mean", "lr"])
    return order.groupby("method").head(1).sort_values("method")


def rewrite(chosen: pd.DataFrame) -> None:
    """The last grid of methods.toml."""
    path = HERE / "methods.toml"
    methods = [f'    {{name = "{row.method}", lr = {row.lr:g}}},' for row in chosen.itertuples()]
    kept = path.read_text(encoding="utf-8").partition(MARK)[0]
    path.write_text("\n".join([kept + MARK + "[[grid]]", "method = [", *methods, "]\n"]), encoding="utf-8")


RULE = """{title}

{question}

35-60-50-30-2 and 35-20-15-2 with their mirrors on Font2 of the decks' `font.h`, seeds 1000 to
1002, bce, at most three seconds a run. Chosen is the rate with the least ERT: all seconds spent, misses
included, over the number of runs without a wrong pixel; where no run got there, the rate with the fewest
wrong pixels on average. `*` marks it; [methods.md](methods.md) uses it on its own seeds and fonts.

{table}"""


def main() -> None:
    """Run the grid, choose, write the page and the spec."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=cores(), help="runs at a time")
    jobs = parser.parse_args().jobs
    spec = read_spec(HERE / "methods_tuning.toml")
    scored = scores(run_cells("methods_tuning", spec.experiments, jobs))
    chosen = best(scored)
    rewrite(chosen)
    scored["chosen"] = ["*" if i in chosen.index else "" for i in scored.index]
    text = RULE.format(title=f"# {spec.title}", question=spec.question, table=markdown(Table.of(scored)))
    path = write("methods_tuning", text, f"one thread a run, {jobs} at a time")
    print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
