"""`optae.fit`: run a method, or a user's own object, on a problem."""

from functools import wraps
from typing import Any

from ..training import fit as training
from ..training.problem import Problem
from ..training.result import Result
from .own import method_of


@wraps(training.fit)
def fit(problem: Problem, method: object, **words: Any) -> Result:
    """`training.fit` of a method, or of what `own.method_of` makes one of."""
    return training.fit(problem, method_of(method), **words)
