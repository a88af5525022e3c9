"""Run a method on a problem within a budget."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ..engines.clock import Clock
from ..engines.slices import MANY
from ..engines.threads import limited
from ..evaluation.elbo import elbo
from ..evaluation.elbo import refusal as elbo_refusal
from ..evaluation.metrics import Target, measure
from .budget import Budget, Stop
from .checkpoint import Checkpoint
from .history import Row
from .lockstep import Group, Lane, SharedClock
from .objective import Objective
from .problem import Problem
from .quiet import quietly
from .snapshots import Snapshot, SnapshotKeeper
from .thread_rule import choose
from .trace import Trace

IWAE = 50  # samples of the last look's importance-weighted bound
STATUSES = {
    "converged": "the method says that it is done",
    "stopped": "the method gave up by itself",
    "target": "the target was reached",
    "max_seconds": "the budget's seconds were spent",
    "max_evaluations": "the budget's evaluations were spent",
    "max_iterations": "the budget's iterations were spent",
    "interrupted": "the user pressed Ctrl-C",
    "diverged": "the loss is no number any more",
    "failed": "the method raised an error",
}
BROKEN = (KeyboardInterrupt, ArithmeticError, np.linalg.LinAlgError, RuntimeError, ValueError)


@dataclass(frozen=True, eq=False)
class Result:
    """What a run came to: the best vector that the method met, never worse than the start."""

    theta: np.ndarray  # (size,)
    value: float  # of the loss at theta, by the problem's referee
    metrics: dict[str, float]  # of clean reconstructions at theta
    status: str  # one of `STATUSES`
    message: str
    iterations: int
    evaluations: dict[str, float]  # value, grad, hvp, jacobian
    operations: float  # with matrices: see `optae.engines.cost`
    seconds: dict[str, float]  # of the wall: solve, compile, paused; processor: the process's while it solved
    rows: list[Row]
    heldout: list[dict[str, float]] = field(default_factory=list)  # looks on the way, the last at theta
    snapshots: Sequence[Snapshot] = ()  # best vectors on the way, where they were wanted
    threads: dict[str, int] = field(default_factory=dict)  # threads of the engine; blas_threads where others
    clock_note: str = ""  # why the seconds mislead, where they do

    @property
    def trace(self) -> Any:
        """The history as a pandas frame, one `Row` a line."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=Row._fields)


def fit(
    problem: Problem,
    method: Any,
    *,
    max_seconds: float = math.inf,
    max_evaluations: float = math.inf,
    max_iterations: float = math.inf,
    target: float | Target | None = None,
    on_progress: Callable[[Trace], None] | None = None,
    checkpoint: Checkpoint | None = None,
    snapshots: bool = False,
    threads: int | None = None,
) -> Result:
    """Runs `method` from the problem's start until it ends or the budget does.

    Ctrl-C ends it too, with the best vector so far; so does divergence. `target` is a loss, or a
    `Target` on any metric; `snapshots` keeps a handful of best vectors on the way; from a `checkpoint` that
    is there compiled epochs go on. BLAS has `threads`; None: as `thread_rule` says. What `on_progress` raises
    is raised here. Raises ValueError, before anything runs, for a combination that cannot work.
    """
    if isinstance(target, int | float):
        target = Target(target)
    budget = Budget(max_seconds, max_evaluations, max_iterations, target)
    refuse(problem, method, budget)
    if checkpoint is not None:
        _check_checkpoint(checkpoint, method)
    start, objective = problem.start(), problem.objective()
    look = None if on_progress is None else partial(_call_user, on_progress)
    try:
        with quietly(), limited(_threads(threads, method, problem)) as blas:
            clock = Clock()
            trace = Trace(budget, look, _judge(problem, budget), clock=clock, checkpoint=checkpoint)
            trace.album = SnapshotKeeper() if snapshots else None
            with clock.running():
                status, message = _run(problem, method, start, objective, trace)
                trace.finish()
            return _result(problem, trace, status, message, blas)
    except _UsersError as carrier:
        error = carrier.error
    raise error


def fit_together(
    problems: Sequence[Problem], method: Any, *, threads: int | None = None, **limits: Any
) -> list[Result]:
    """`fit` of problems that differ in their seed alone, in one compiled loop; the limits are each one's own.

    The seconds of the loop are shared equally. Only for a method whose `suits(problem)` says so.
    """
    budget = Budget(**limits)
    for problem in problems:
        refuse(problem, method, budget)
    with quietly(), limited(_threads(threads, method, problems[0])) as blas:
        shared = SharedClock(Clock(), len(problems))
        group = Group(
            [Lane(problem, budget, _judge(problem, budget), shared) for problem in problems], shared
        )
        with shared.clock.running():
            _run_group(method, group)
            group.finish()
        ends = [lane.ended or ("failed", "") for lane in group.lanes]
        return [
            _result(lane.problem, lane.trace, *end, blas) for lane, end in zip(group.lanes, ends, strict=True)
        ]


def _threads(asked: int | None, method: Any, problem: Problem) -> int:
    if asked is None:
        return choose(method, problem)
    if asked < 1:
        raise ValueError(f"threads {asked}: give 1 or more")
    return asked


def _result(problem: Problem, trace: Trace, status: str, message: str, blas: int) -> Result:
    theta, value = _refereed(problem, trace)
    return Result(
        theta,
        value,
        measure(problem.model, theta, problem.x),
        status,
        message,
        trace.iterations,
        asdict(trace.counts),
        trace.operations,
        _seconds(trace),
        trace.rows,
        [*trace.heldout, *_last_look(problem, theta, trace)],
        tuple(trace.album.kept) if trace.album else (),
        _threads_used(problem, blas),
        trace.clock.note,
    )


def _seconds(trace: Trace) -> dict[str, float]:
    clock = trace.clock
    return {
        "compile": clock.compile_seconds,
        "solve": trace.rows[-1].seconds,
        "paused": clock.paused_seconds,
        "processor": clock.processor_seconds,
    }


def _threads_used(problem: Problem, blas: int) -> dict[str, int]:
    """The engine's, and BLAS's where a method's own algebra has another number."""
    own = problem.engine.threads()
    return {"threads": own} if own == blas else {"threads": own, "blas_threads": blas}


def _refereed(problem: Problem, trace: Trace) -> tuple[np.ndarray, float]:
    """The best vector and its value by the referee.

    Of a method that minimises no one draw, it is the start where the referee's noise ranks that first.
    """
    referee, start, best = problem.referee(), problem.start(), trace.best_theta
    if best is None:
        return start, referee(start)
    value = referee(best)
    if trace.apart and (at_start := referee(start)) < (math.inf if math.isnan(value) else value):
        return start, at_start
    return best, value


def _last_look(problem: Problem, theta: np.ndarray, trace: Trace) -> list[dict[str, float]]:
    """At the held-out data by the best vector, with more samples: those on the way had one."""
    if problem.heldout is None or elbo_refusal(problem.model):
        return []
    seen = elbo(problem.model, theta, problem.heldout, engine=problem.engine, seed=problem.seed, samples=IWAE)
    return [{"iteration": trace.iterations, "seconds": trace.rows[-1].seconds, **seen}]


def refuse(problem: Problem, method: Any, budget: Budget) -> None:
    """Raises ValueError with the reason, where this combination cannot work."""
    if budget.target and budget.target.metric == "loss" and budget.target.value == -math.inf:
        raise ValueError("a target of -inf is never reached: leave it out")
    if reason := method.refuses(problem):
        raise ValueError(reason)


def _check_checkpoint(checkpoint: Checkpoint, method: Any) -> None:
    if not getattr(method, "resumes", False):
        raise ValueError("checkpoints are for compiled epochs: give `precision` too, or no `checkpoint`")
    checkpoint.check()


def _judge(problem: Problem, budget: Budget) -> Callable[[np.ndarray], dict[str, float]] | None:
    """Every metric at a theta; none of so many data on the way, where no target asks for it."""
    wanted = budget.target is not None and budget.target.metric != "loss"
    if problem.x.size > MANY and not wanted:
        return None
    return lambda theta: measure(problem.model, theta, problem.x)


class _UsersError(BaseException):
    """Carries an error of the user's own through a method: no `except Exception` on the way stops it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _call_user(on_progress: Callable[[Trace], None], trace: Trace) -> None:
    try:
        on_progress(trace)
    except Stop:
        raise
    except Exception as error:
        raise _UsersError(error) from None


def _run(
    problem: Problem, method: Any, start: np.ndarray, objective: Objective, trace: Trace
) -> tuple[str, str]:
    """Status and message."""
    try:
        trace.begin(start, objective)
        return method.run(problem, start, trace)
    except Stop as stop:
        return stop.status, str(stop)
    except BROKEN as error:
        return _broken(error)


def _run_group(method: Any, group: Group) -> None:
    """Until every lane has ended."""
    try:
        method.run_together(group)
    except BROKEN as error:
        group.end(*_broken(error))


def _broken(error: BaseException) -> tuple[str, str]:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", "stopped by the user; this is the best vector so far"
    return "failed", f"{type(error).__name__}: {' '.join(str(error).split())}"
