"""The number of threads for the linear algebra of a run: all available ones for large products, else one.

Threads that share a product wait for each other at its end. This takes a few microseconds on a quiet machine,
but a time slice of the scheduler (about 4 ms) if another process holds one of the processors. `LARGE`
operations take one core 20 to 50 ms, which is many such slices. The time of one thread divided by that of two
was measured on two cores with other processes running, as medians of alternating pairs: products of 1e8
operations 0.20, 8e8 1.7, 2e9 1.5, 8e9 1.1. Cholesky factorisations are many small products in a row and gain
nothing (0.20 for size 1120, 0.76 for 2000, 0.15 for 3000), so they do not count. `lm` on 32 letters through
35-20-15-2 took 0.4 to 1.0 s with one thread and 4 to 60 s with two.
"""

from itertools import pairwise

from ..engines.slices import slices
from ..engines.threads import blas
from .contract import Method, SizedMethod
from .problem import Problem

LARGE = 1e9  # operations of one product


def choose(method: Method, problem: Problem) -> int:
    """Return the number of threads for a run: one, or as many as the process may use for `LARGE` products."""
    return blas() if largest(method, problem) >= LARGE else 1


def largest(method: Method, problem: Problem) -> float:
    """Return the operations of the largest matrix product in a step of this method."""
    return method.product(problem) if isinstance(method, SizedMethod) else forward(problem)


def forward(problem: Problem, points: int | None = None) -> float:
    """Return the operations of the largest layer's product for `points`, by default those of an epoch."""
    widths = problem.model.widths
    at = slices(points or problem.points, widths[0])[0]
    return 2.0 * at.stop * max(a * b for a, b in pairwise(widths))
