"""What the denoising benchmarks share: runs kept in a CSV, and their scores on noise that no training saw."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from rows import Row, collect, commits
from stamp import RESULTS
from stamp import write as stamped
from threadpoolctl import threadpool_limits

from optae.evaluation.denoising import Denoiser, evaluate, network
from optae.experiments.experiment import Experiment
from optae.experiments.identity import data_of
from optae.model.corruptions import at_level, corruption

__all__ = ["RESULTS", "collect", "over_seeds", "scores", "trained", "write"]


def trained(experiment: Experiment) -> tuple[Row, Denoiser]:
    """A run on font.h of the folder OPTAE_DATA: what it came to on its training noise, and its network."""
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    problem = experiment.problem(data_of(experiment.dataset))
    with threadpool_limits(1):
        result = experiment.run(problem)
    model, draw = problem.model, problem.objective().draw.map(np.asarray)
    y = model.reconstruct(result.theta, draw.x)
    row = {
        "method": experiment.method,
        "seed": experiment.seed,
        "noise": experiment.noise,
        "training_mse": float(((y - draw.target) ** 2).mean()),
        "training_half_sse": float(((y - draw.target) ** 2).sum(axis=1).mean() / 2),
        "iterations": result.iterations,
        "seconds": round(result.seconds["solve"], 2),
        "status": result.status,
    }
    return row, network(model, result.theta)


def scores(ways: dict[str, Denoiser], experiment: Experiment, level: float, draws: int) -> list[Row]:
    """Means on fresh noise of the experiment's kind, one row for each denoiser."""
    groups = {name: [way] for name, way in ways.items()}
    found = evaluate(
        groups, data_of(experiment.dataset), at_level(corruption(experiment.noise), level), [level], draws
    )
    return [
        {"denoiser": one.name, "level": level, **{score: float(t.mean()) for score, t in one.scores.items()}}
        for one in found
    ]


def over_seeds(values: Iterable[float], digits: int = 3) -> str:
    """The mean over seeds with their range, in per cent; of one seed there is none."""
    x = 100 * np.array(list(values), dtype=float)
    mean, low, high = (f"{value:.{digits}g}" for value in (x.mean(), x.min(), x.max()))
    return mean if len(x) == 1 else f"{mean} [{low}, {high}]"


def write(name: str, title: str, about: str, head: list[str], rows: list[list[Any]], after: str = "") -> None:
    """results/NAME.md: a title, what was done, one table."""
    lines = [f"# {title}", "", about, "", "| " + " | ".join(head) + " |"]
    lines += ["| " + " | ".join(["---"] * len(head)) + " |"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    lines += ["", after] if after else []
    made = commits(pd.read_csv(RESULTS / f"{name}.csv", dtype={"commit": str}))
    stamped(name, "\n".join(lines), "one thread a run", made)
