"""Cells that are run where they are missing: for programs that choose by them, or make more of them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pandas import DataFrame
from stamp import HERE

from optae.engines.threads import cores
from optae.execution.plan import plan
from optae.execution.runner import run_plan
from optae.experiments.experiment import Experiment
from optae.experiments.spec import read_spec
from optae.pages.results import cells_of

GRIDS = Path("grids")


def run_grid(name: str, jobs: int) -> DataFrame:
    """The cells of NAME.toml, kept in grids/NAME."""
    return run_cells(name, read_spec(HERE / f"{name}.toml").experiments, jobs)


def run_cells(name: str, experiments: Sequence[Experiment], jobs: int) -> DataFrame:
    """The cells of these experiments, kept in grids/NAME."""
    folder = GRIDS / name
    run_plan(plan(experiments, folder), folder, jobs=jobs)
    return cells_of(experiments, [folder])


def jobs_asked(about: str) -> int:
    """The command line of such a program: how many runs at a time."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=cores(), help="runs at a time")
    return int(parser.parse_args().jobs)
