"""Files to start from: a short, working example of a metric and of each kind of user-defined method."""

METHOD = '''\
"""A method of your own: a rule of two functions, for optae's loops on every engine.

    optae check --method mine.py:Lion
    optae train --method mine.py:Lion --option lr=3e-3
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lion:
    """Steps of equal length along the sign of an averaged gradient (Chen et al., 2023)."""

    lr: float = 1e-3  # each field is an option
    b1: float = 0.9
    b2: float = 0.99

    def init(self, theta):
        """Return the state before the first step."""
        return 0 * theta

    def update(self, theta, grad, mean, xp=np):
        """Return the next vector and state; `xp` is numpy or jax.numpy."""
        step = xp.sign(self.b1 * mean + (1 - self.b1) * grad)
        return theta - self.lr * step, self.b2 * mean + (1 - self.b2) * grad
'''
MINIMIZER = '''\
"""A method of your own: a function in the convention of scipy.optimize.minimize(method=...).

    optae check --method mine.py:search
    optae train --method mine.py:search --option step=0.05
"""

from scipy.optimize import OptimizeResult


def search(fun, x0, args=(), rng=None, callback=None, step=0.1, **options):
    """Try random neighbours of the best vector, and keep the better one.

    `fun` ends the run by an exception when the budget is spent: let it pass. A parameter `jac`, `hess` or
    `hessp` would get exact derivatives; `rng` is a generator from the run's seed; other defaults are options.
    """
    x, value = x0, fun(x0)
    for iteration in range(10**9):
        other = x + step * rng.standard_normal(len(x))
        if (found := fun(other)) < value:
            x, value = other, found
        callback(x)
    return OptimizeResult(x=x, fun=value, nit=iteration, success=False, message="all iterations are done")
'''
TRANSFORMATION = '''\
"""A method of your own: a gradient transformation of optax, for engine jax.

    optae check --method mine.py:clipped
    optae train --method mine.py:clipped --option norm=0.5
"""

import optax


def clipped(learning_rate=1e-2, norm=1.0):
    """Return Adam after gradients are clipped; each parameter is an option."""
    return optax.chain(optax.clip_by_global_norm(norm), optax.adam(learning_rate))
'''
METRIC = '''\
"""A metric of your own: a function of predictions and targets, measured beside optae's.

    optae check --metric mine.py:worst_letter
    optae train --measure mine.py:worst_letter
    optae train --target mine.py:worst_letter=2
"""


def worst_letter(prediction, target):
    """Return the largest sum of errors of a sample; both arrays are (n, k), one row for each sample."""
    return abs(prediction - target).sum(axis=1).max()


worst_letter.better = "lower"  # or "higher"
'''
SKELETONS = {"method": METHOD, "minimizer": MINIMIZER, "transformation": TRANSFORMATION, "metric": METRIC}
