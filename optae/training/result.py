"""The result of a run."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..evaluation.elbo import has_bound
from ..evaluation.heldout import looked_at
from ..evaluation.likelihood import likelihood
from ..evaluation.own import brief
from ..evaluation.quadrature import quadrature
from ..plugins import is_own
from ..registry import on_request
from ..tables.card import card, curve
from ..text import counted, number
from .account import Kind
from .contract import Ending
from .history import Row
from .problem import Problem
from .snapshots import Snapshot
from .trace import Trace

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

IWAE = 50  # samples for the importance-weighted bound of the last look
STATUSES = {
    "converged": "the method reports convergence",
    "stopped": "the method gave up",
    "target": "the target was reached",
    "max_seconds": "the budget's seconds were spent",
    "max_evaluations": "the budget's evaluations were spent",
    "max_iterations": "the budget's iterations were spent",
    "interrupted": "the user pressed Ctrl-C, or the system asked the process to end",
    "diverged": "the loss became nan or infinite",
    "failed": "the method raised an error",
}


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """The result of a run: the best vector that the method met, never worse than the start."""

    theta: np.ndarray  # (size,)
    value: float  # the loss at theta, by the problem's referee
    metrics: dict[str, float]  # of reconstructions of clean data at theta
    status: str  # one of `STATUSES`
    message: str
    iterations: int
    evaluations: Mapping[Kind, float]  # value, grad, hvp, jacobian
    operations: float  # with matrices; see `optae.engines.cost`
    seconds: dict[str, float]  # wall seconds: solve, compile, paused; processor seconds of solving: processor
    rows: list[Row]
    heldout: list[dict[str, float]] = field(default_factory=list)  # looks on the way, the last at theta
    snapshots: Sequence[Snapshot] = ()  # best vectors during the run, if requested
    threads: dict[str, int] = field(default_factory=dict)  # the engine's threads; blas_threads if different
    clock_note: str = ""  # why the seconds mislead, or empty
    legs: Sequence[Mapping[str, float | str]] = ()  # where each of several methods begins
    extra: Mapping[str, float] = field(default_factory=dict)  # the method's own counts, such as restarts
    likelihood: Mapping[str, float] = field(default_factory=dict)  # of held-out images at theta, if requested
    own: Sequence[Mapping[str, float]] = ()  # for each of `rows`, what metrics of one's own were measured

    def __repr__(self) -> str:
        spent = f"{counted(self.iterations, 'iteration')}, {self.seconds['solve']:.3g} s"
        return f"<Result: value {number(self.value)}, {self.status}, {spent}>"

    def _repr_html_(self) -> str:
        measured = {brief(name): number(value) for name, value in self.metrics.items()}
        facts = {
            "value": number(self.value),
            **measured,
            "ended": f"{self.status}: {self.message}",
            "iterations": f"{self.iterations:,}",
            "evaluations": f"{self.rows[-1].evaluations:,.0f}",
            "seconds": f"{self.seconds['solve']:.3g}",
        }
        seconds, best = [row.seconds for row in self.rows], [row.best for row in self.rows]
        return card("Result", facts, curve(seconds, best, "lowest loss by seconds"))

    def plot(self) -> "Figure":
        """Return a figure of the loss by seconds and by evaluations."""
        return on_request("figures.curves.curves")(self.trace, "loss", legs=self.legs)

    @property
    def trace(self) -> "pd.DataFrame":
        """The history as a pandas frame, one `Row` a line."""
        import pandas as pd

        return pd.DataFrame(self.table, columns=list(self.columns))

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields of `Row` that this run's rows have, and its metrics of one's own."""
        return (*Row.columns(self.metrics), *filter(is_own, self.metrics))

    @property
    def table(self) -> list[list[float]]:
        """The values of `columns` in each row."""
        fields, own = Row.columns(self.metrics), [*filter(is_own, self.metrics)]
        known = self.own or [{}] * len(self.rows)
        return [
            [*row.values(fields), *(found.get(name, math.nan) for name in own)]
            for row, found in zip(self.rows, known, strict=True)
        ]


def result_of(problem: Problem, trace: Trace, ending: Ending, blas: int) -> Result:
    """Return the result of a run that has ended; `blas` is the number of BLAS threads."""
    theta, value = _refereed(problem, trace)
    status, message = ending
    return Result(
        theta,
        value,
        problem.measure(theta),
        status,
        message,
        trace.iterations,
        dict(trace.account.counts),
        trace.account.operations,
        _seconds(trace),
        trace.history.rows,
        [*trace.history.heldout, *_last_look(problem, theta, trace)],
        tuple(trace.snapshots.kept) if trace.snapshots else (),
        _threads_used(problem, blas),
        trace.clock.note,
        trace.history.legs,
        trace.extra,
        likelihood_of(problem, theta),
        trace.history.own,
    )


def _seconds(trace: Trace) -> dict[str, float]:
    clock = trace.clock
    return {
        "compile": clock.compile_seconds,
        "solve": trace.history.rows[-1].seconds,
        "paused": clock.paused_seconds,
        "processor": clock.processor_seconds,
    }


def _threads_used(problem: Problem, blas: int) -> dict[str, int]:
    """Return the engine's threads, and BLAS's if the method's own algebra uses another number."""
    own = problem.engine.threads()
    return {"threads": own} if own == blas else {"threads": own, "blas_threads": blas}


def _refereed(problem: Problem, trace: Trace) -> tuple[np.ndarray, float]:
    """Return the best vector and its value by the referee.

    If the method minimises changing draws, this may be the start, if the referee ranks it first. Without
    noise the trace begins with the start's value, by the same loss of all the data.
    """
    referee, start, best = problem.referee(), problem.start(), trace.best.theta
    if best is None:
        return start, referee(start)
    value = referee(best)
    if trace.apart:
        at_start = referee(start) if problem.model.random else trace.history.rows[0].loss
        if at_start < (math.inf if math.isnan(value) else value):
            return start, at_start
    return best, value


def _last_look(problem: Problem, theta: np.ndarray, trace: Trace) -> list[dict[str, float]]:
    """Return a look at the held-out data with the best vector, with more samples than the looks before."""
    seen = looked_at(problem.model, theta, problem.heldout, problem.engine, problem.seed, IWAE)
    if not seen:
        return []
    return [{"iteration": trace.iterations, "seconds": trace.history.rows[-1].seconds, **seen}]


def likelihood_of(problem: Problem, theta: np.ndarray) -> dict[str, float]:
    """Return the log-likelihood of held-out images, if it was requested and the model has one."""
    model, unseen, engine = problem.model, problem.heldout, problem.engine
    if unseen is None or not has_bound(model):
        return {}
    if (points := problem.quadrature) is not None:
        return quadrature(model, theta, unseen, engine=engine, points=points)
    if (many := problem.iwae) is None:
        return {}
    words: dict[str, Any] = {"seed": problem.seed, "samples": many, "images": problem.iwae_images}
    return likelihood(model, theta, unseen, engine=engine, **words)
