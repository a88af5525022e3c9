"""Synthetic runs as `load_cells` gives them, with their histories."""

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
