"""Synthetic runs as `load_cells` gives them, with their histories."""

import math

import numpy as np
import pandas as pd

from optae import figures

FOUR = ("adam", "powell", "l-bfgs", "backprop")


class Grid:
    """A frame as `load_cells` gives it, and its histories."""

    def __init__(self, methods=FOUR, problems=2, seeds=3, **columns):
        rng, self.histories, rows = np.random.default_rng(0), {}, []
        for p in range(problems):
            for m, method in enumerate(methods):
                rows += [self.cell(rng, p, m, method, seed) | columns for seed in range(seeds)]
        self.frame = pd.DataFrame(rows)

    def cell(self, rng, p, m, method, seed):
        path, n = f"{p}-{m}-{seed}", int(rng.integers(20, 40))
        calls = np.r_[0, np.geomspace(1, 5000, n)]
        best = 20 * (1 + calls * rng.uniform(0.5, 2) / (50 + 10 * m)) ** -1.0
        wrong = np.round(best)
        costs = {"seconds": calls / 1e4, "evaluations": calls, "operations": 3 * calls}
        self.histories[path] = pd.DataFrame(
            {**costs, "iteration": range(n + 1), "loss": best, "best": best, "max_pixel_error": wrong}
        )
        reached = {
            int(k): {name: float(cost[wrong <= k][0]) for name, cost in costs.items()} for k in set(wrong)
        }
        return {
            "path": path, "dataset": f"some/font{p}", "arch": "35-2-35", "loss": "bce", "encoder": "tanh",
            "method": method, "method_source": None, "label": method, "engine": "numpy", "seed": seed,
            "status": "max_seconds",
            "value": best[-1], "start": best[0], "bce": best[-1], "exact": 32 - wrong[-1],
            "max_pixel_error": wrong[-1], "compile_seconds": 0.5, "threads": 1, "machine": "here",
            "max_seconds": 1.0, "reached": reached,
        }  # fmt: skip

    def draw(self, name, **how):
        return getattr(figures, name)(self.frame, load=self.histories.__getitem__, **how)


def run(label="adam", seed=0, value=1.0, wrong=1, **words):
    """One stored run, as `load_cells` gives it."""
    cost = {"seconds": 2.0, "evaluations": 100.0, "operations": 300.0}
    row = {
        **dict(path=f"{label}-{seed}", cell="", dataset="font2", arch="35-2-35", encoder="tanh"),
        **dict(latent="identity", decoder="tanh", output="logistic", bias=True, init="glorot", loss="bce"),
        **dict(method=label.split()[0], options="", label=label, engine="numpy", seed=seed),
        **dict(status="max_seconds", message="", value=value, start=20.0, half_sse=value, mse=value / 35),
        **dict(bce=value, max_pixel_error=float(wrong), exact=32.0 - wrong, within_one=32.0 - (wrong > 1)),
        **cost,
        **dict(train_value=value, negative_elbo=value, negative_iwae=value, active_units=value),
        **dict(
            processor_seconds=1.9,
            clock_note="",
            compile_seconds=0.0,
            restarts=0.0,
            iterations=10.0,
            parameters=100.0,
            threads=1.0,
            machine="cpu, 2 cores",
        ),
        **dict(max_seconds=5.0, max_evaluations=math.inf, max_iterations=math.inf, target=None),
        "reached": {wrong: {name: number / 2 for name, number in cost.items()}, 9: dict.fromkeys(cost, 0.0)},
    }
    return row | words


def frame(*rows):
    return pd.DataFrame(rows)
