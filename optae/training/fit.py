"""Run a method on a problem within a budget."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ..engines.clock import Clock
from ..engines.slices import MANY
from ..engines.threads import limited
from ..evaluation.metrics import Target
from ..plugins import own_fault
from .budget import Budget, Stop
from .checkpoint import Checkpoint, Misfit
from .contract import Ending, EndlessMethod, LockstepMethod, Method, ResumableMethod, ValidatedMethod
from .lockstep import Group, Lane, SharedClock
from .looks import Judge
from .problem import Problem
from .quiet import quietly
from .result import Result, result_of
from .signals import SIGNALS, Interrupted
from .snapshots import SnapshotKeeper
from .thread_rule import choose
from .trace import Trace

Run = Callable[[Problem, np.ndarray, Trace], Ending]
BROKEN = (KeyboardInterrupt, Exception)  # of any kind: what a method had found before it is kept


def fit(
    problem: Problem,
    method: Method,
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
    """Run `method` from the problem's start until it ends or the budget is spent.

    Ctrl-C and divergence also end the run, with the best vector so far. `target` is a loss, or a `Target` on
    any metric. `snapshots` keeps a few of the best vectors on the way. Compiled epochs resume from
    `checkpoint` if it exists. BLAS uses `threads`, by default those of `thread_rule`. An exception in
    `on_progress` is raised here. Raises ValueError, before anything runs, for a combination that cannot work.
    """
    if isinstance(method, str):
        raise ValueError(f"method '{method}' is a name: give the method itself, METHODS['{method}'](...)")
    goal = Target(target) if isinstance(target, int | float) else target and target.among(problem.metrics)
    budget = Budget(max_seconds, max_evaluations, max_iterations, goal)
    refuse(problem, method, budget)
    run, start = _run_of(method, checkpoint), problem.start()
    problem.objective()  # made here, before the clock starts
    look = None if on_progress is None else partial(_call_user, on_progress)
    keeper = SnapshotKeeper() if snapshots else None
    try:
        with quietly(), limited(_threads(threads, method, problem)) as blas:
            clock = Clock()
            trace = Trace(budget, look, _judge(problem, budget), keeper, clock)
            with clock.running():
                ending = _ended(run, problem, start, trace)
                trace.finish()
            return result_of(problem, trace, ending, blas)
    except _UsersError as carrier:
        error = carrier.error
    raise error


def fit_together(
    problems: Sequence[Problem],
    method: LockstepMethod,
    *,
    max_seconds: float = math.inf,
    max_evaluations: float = math.inf,
    max_iterations: float = math.inf,
    target: Target | None = None,
    snapshots: bool = False,
    threads: int | None = None,
) -> list[Result]:
    """Run `fit` on problems that differ only in the seed, in one compiled loop; each has its own limits.

    The seconds of the loop are shared equally. The method's `suits(problem)` must be true.
    """
    budget = Budget(max_seconds, max_evaluations, max_iterations, target)
    for problem in problems:
        refuse(problem, method, budget)
    with quietly(), limited(_threads(threads, method, problems[0])) as blas:
        shared = SharedClock(Clock(), len(problems))
        lanes = [Lane(problem, budget, _judge(problem, budget), shared, snapshots) for problem in problems]
        group = Group(lanes, shared)
        with shared.clock.running():
            _run_group(method, group)
            group.finish()
        return [result_of(lane.problem, lane.trace, lane.ended or ("failed", ""), blas) for lane in lanes]


def _threads(asked: int | None, method: Method, problem: Problem) -> int:
    if asked is None:
        return choose(method, problem)
    if asked < 1:
        raise ValueError(f"threads {asked}: give 1 or more")
    return asked


def refuse(problem: Problem, method: Method, budget: Budget) -> None:
    """Raise ValueError with the reason if this combination cannot work."""
    if budget.goal == -math.inf and budget.target and not budget.measures:
        raise ValueError("a target of -inf is never reached: leave it out")
    if budget.unlimited and isinstance(method, EndlessMethod) and method.endless:
        raise ValueError("the method never ends by itself: give `max_seconds`, or another limit or target")
    if problem.validation is not None and not (isinstance(method, ValidatedMethod) and method.validated):
        raise ValueError("`validation` is for compiled epochs: give `precision` too, or leave it out")
    if budget.target and budget.target.metric not in ("loss", *problem.metrics):
        raise ValueError(
            f"`target` {budget.target.metric}: this network has {', '.join(('loss', *problem.metrics))}"
        )
    if reason := method.refuses(problem):
        raise ValueError(reason)


def _run_of(method: Method, checkpoint: Checkpoint | None) -> Run:
    """Return the method's `run`, from the checkpoint if there is one.

    Raises ValueError for a checkpoint of a method that cannot resume.
    """
    if checkpoint is None:
        return method.run
    if not isinstance(method, ResumableMethod):
        raise ValueError("checkpoints are for compiled epochs: give `precision` too, or no `checkpoint`")
    checkpoint.check()
    return partial(method.run_from, checkpoint=checkpoint)


def _judge(problem: Problem, budget: Budget) -> Judge | None:
    """Return the function that measures every metric; None for large data unless one is asked for."""
    if problem.x.size > MANY and not budget.measures and not problem.own:
        return None
    return problem.measure


class _UsersError(BaseException):
    """Carries an error of the user's function through a method, past any `except Exception`."""

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


def _ended(run: Run, problem: Problem, start: np.ndarray, trace: Trace) -> Ending:
    """Run to the end; return status and message. Signals that end the process are let in only here."""
    try:
        with SIGNALS.striking():
            trace.begin(start, problem.objective())
            return run(problem, start, trace)
    except Stop as stop:
        return stop.status, str(stop)
    except Misfit:
        raise
    except BROKEN as error:
        return _broken(error)


def _run_group(method: LockstepMethod, group: Group) -> None:
    """Run until all lanes have ended."""
    try:
        method.run_together(group)
    except BROKEN as error:
        group.end(*_broken(error))


def _broken(error: BaseException) -> Ending:
    if isinstance(error, KeyboardInterrupt):
        by = error.name if isinstance(error, Interrupted) else "the user"
        return "interrupted", f"stopped by {by}; this is the best vector so far"
    return "failed", own_fault(error) or f"{type(error).__name__}: {' '.join(str(error).split())}"
