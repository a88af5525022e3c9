"""How many threads the linear algebra of a run gets: all that it may have for large products, else one.

Threads that share a product wait for each other at its end. That pays where the product is long beside the
wait: a few microseconds on a quiet machine, but a time slice of the scheduler, some 4 ms, where another
process holds one of the processors. `LARGE` operations take one core 10 to 20 ms, several such slices.
Measured on two cores: `lm` on 32 letters through 35-20-15-2 (largest product 0.5e9, a Cholesky factor of side
1120) takes 0.30 s with one thread and 1.1 s with two on a quiet machine, 0.4 and 20 s beside a busy process;
the product of 10,000 images and 784 x 512 weights (8e9) takes two threads 0.6 of the time of one.
"""

from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

from .problem import Problem
from .slices import slices
from .threads import blas

LARGE = 1e9  # operations of one product


@runtime_checkable
class Sized(Protocol):
    """A method that knows its largest product; others are taken to multiply all the data by one layer."""

    def product(self, problem: Problem) -> float:
        """Operations of the largest product of matrices, or factorisation, in a step."""


def choose(method: Any, problem: Problem) -> int:
    """The number of threads for a run: one, or as many as the process may use where `LARGE` products wait."""
    return blas() if largest(method, problem) >= LARGE else 1


def largest(method: Any, problem: Problem) -> float:
    """Operations of the largest product of matrices that a step of this method takes."""
    return method.product(problem) if isinstance(method, Sized) else forward(problem)


def forward(problem: Problem, points: int | None = None) -> float:
    """Operations of the largest layer's product with so many points, or an epoch's, or a slice of them."""
    widths = problem.model.widths
    at = slices(points or problem.points, widths[0], problem.engine.SLICE)[0]
    return 2.0 * at.stop * max(a * b for a, b in pairwise(widths))
