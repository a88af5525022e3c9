"""optae list: the stored runs and grids of some folders, a line each."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optae.text import counted, listed, number, pathless

from .common import PATH, load
from .tables import print_table

if TYPE_CHECKING:
    from pandas import DataFrame


@click.command()
@click.argument("dirs", nargs=-1, metavar="[DIR]...", type=PATH)
def list(dirs: Sequence[Path]) -> None:
    """List the runs and grids in or below DIR, which is the current folder by default.

    A run of `optae train` has a line with its data, method, loss and end, a grid one with what it compares.

    \b
    optae list
    optae list runs letters
    """
    frame = load(dirs or [Path()], (), most=3)
    cells = frame["cell"] != ""
    for title, rows in (("Runs", [*_runs(frame[~cells])]), ("Grids", [*_grids(frame[cells])])):
        if rows:
            print_table(rows, title)


def _runs(frame: "DataFrame") -> Iterator[dict[str, str]]:
    """Yield a line for each run."""
    for row in frame.sort_values("path").to_dict("records"):
        yield {
            "run": str(Path(row["path"])),
            "data": pathless(row["dataset"]),
            "method": row["label"],
            "loss": number(row["value"]) if row["value"] == row["value"] else "-",
            "ended": row["status"],
        }


def _grids(frame: "DataFrame") -> Iterator[dict[str, str]]:
    """Yield a line for each folder of cells."""
    folders = frame["path"].map(lambda path: str(Path(path).parent))
    for folder, cells in frame.groupby(folders):
        statuses = cells["status"].value_counts()
        yield {
            "grid": str(folder),
            "cells": f"{len(cells):,}",
            "data": listed(sorted(map(pathless, cells["dataset"].unique())), 3),
            "methods": listed(sorted(cells["method"].unique()), 4),
            "seeds": counted(cells["seed"].nunique(), "seed"),
            "ended": ", ".join(f"{count:,} {status}" for status, count in statuses.items()),
        }
