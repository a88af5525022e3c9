"""`optae.fit`: run a method, by its name or as an object, on a problem."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from math import isfinite
from typing import Any

from ..evaluation.metrics import Target
from ..text import number
from ..training import fit as training
from ..training.problem import Problem
from ..training.result import Result
from ..training.trace import Trace
from . import method_spec
from .own import method_of
from .spec import split_options


@wraps(training.fit)
def fit(
    problem: Problem,
    method: object,
    *,
    target: float | str | Target | None = None,
    progress: bool = False,
    on_progress: Callable[[Trace], None] | None = None,
    **words: Any,
) -> Result:
    """`training.fit` of a method in words, such as "adam:lr=3e-3", or of what `own.method_of` makes one of.

    The target may be text, such as "max_pixel_error=0"; `progress` shows a bar, in a notebook too.
    """
    if isinstance(method, str):
        name, options = split_options(method)
        spec = method_spec(name)
        method = spec(**spec.read(options))
    goal = Target.parse(target) if isinstance(target, str) else target
    if not progress:
        return training.fit(problem, method_of(method), target=goal, on_progress=on_progress, **words)
    if on_progress is not None:
        raise ValueError("progress and on_progress both show how far a run is: give one of them")
    with _bar(words) as look:
        return training.fit(problem, method_of(method), target=goal, on_progress=look, **words)


@contextmanager
def _bar(words: Any) -> Iterator[Callable[[Trace], None]]:
    """Yield a callback that moves a bar along the first limit of the budget that is given."""
    from tqdm.auto import tqdm

    spent = {
        "max_seconds": lambda trace: trace.seconds,
        "max_iterations": lambda trace: trace.iterations,
        "max_evaluations": lambda trace: trace.calls,
    }
    name = next((limit for limit in spent if isfinite(words.get(limit, float("inf")))), "max_iterations")
    with tqdm(total=words.get(name), unit=name.removeprefix("max_"), leave=False) as bar:

        def look(trace: Trace) -> None:
            bar.n = round(spent[name](trace), 2)
            bar.set_postfix_str(f"loss {number(trace.best.value)}")  # also draws it

        yield look
