"""Chooses the rates of the first-order methods for methods.toml, on seeds that its table does not show.

    OPTAE_DATA=folder/with/font.h python benchmarks/methods_tuning.py [--jobs 2]

Every first-order method runs with every rate of the grid in methods_tuning.toml. Chosen is the rate with the
least ERT: all seconds spent, misses included, over the number of runs without a wrong pixel; where no run got
there, the rate with the fewest wrong pixels on average. Writes results/methods_tuning.md, and the last grid
of methods.toml. Cells are kept in grids/, so that a second call goes on where the first one stopped.
Seven minutes.
"""

import math

import pandas as pd
from grids import GRIDS, jobs_asked, run_grid
from stamp import HERE, report

MARK = "# What follows is written by methods_tuning.py: rates of one grid, chosen on seeds 1000 to 1002.\n"


def scores(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each method and rate: its ERT and its mean of wrong pixels."""
    rows = []
    for (method, options), group in frame.groupby(["method", "options"], sort=False):
        hits = int((group["max_pixel_error"] == 0).sum())
        rows.append(
            {
                "method": method,
                "lr": float(dict(word.split("=") for word in options.split())["lr"]),
                "ert": group["seconds"].sum() / hits if hits else math.inf,
                "wrong": group["max_pixel_error"].mean(),
            }
        )
    return pd.DataFrame(rows)


def best(scored: pd.DataFrame) -> pd.DataFrame:
    """The row of each method's best rate; of equals the smaller one."""
    return scored.sort_values(["ert", "wrong", "lr"]).groupby("method").head(1).sort_values("method")


def rewrite(chosen: pd.DataFrame) -> None:
    """Write the chosen rates into the last grid of methods.toml."""
    path = HERE / "methods.toml"
    methods = [f'    {{name = "{row.method}", lr = {row.lr:g}}},' for row in chosen.itertuples()]
    kept = path.read_text(encoding="utf-8").partition(MARK)[0]
    path.write_text("\n".join([kept + MARK + "[[grid]]", "method = [", *methods, "]\n"]), encoding="utf-8")


def main() -> None:
    """Run the grid, choose, write the spec and the page."""
    rewrite(best(scores(run_grid("methods_tuning", jobs_asked(__doc__)))))
    print(report("methods_tuning", [GRIDS / "methods_tuning"]).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
