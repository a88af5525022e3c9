"""What a run did and when, and the one place that says stop.

A method sees its objective through a `Watched`, which counts every call, keeps the best vector, and raises
`Stop` from inside the method when the budget is spent. So SciPy's black boxes and our own loops obey one
budget and leave one kind of history. The clock stands still while the referee looks and while code compiles.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .engines import compile_seconds
from .metrics import Target

ROWS = 2048  # kept of a history, however long the run
GLANCE = 0.1  # seconds between two looks at the progress
HOPELESS = 1000  # values in a row that are no numbers


class Stop(Exception):
    """Raised inside a method when its run is over: `status` says why in a word."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class Row(NamedTuple):
    """One line of a history; the counts are in evaluations on all the data."""

    seconds: float  # of solving: without compilation, without the referee
    iteration: int
    value_evaluations: float
    grad_evaluations: float
    hvp_evaluations: float
    jacobian_evaluations: float
    loss: float  # just met
    best: float  # met so far
    max_pixel_error: float  # of the best so far; nan where nobody looked


@dataclass(frozen=True)
class Budget:
    """When to stop, whatever the method. An evaluation is one call of the objective on all the data, of any
    kind: a value with or without its gradient, a Hessian product, residuals, a Jacobian.

    Raises ValueError for a budget of nothing.
    """

    max_seconds: float = math.inf
    max_evaluations: float = math.inf
    max_iterations: float = math.inf
    target: Target | None = None

    def __post_init__(self) -> None:
        for name in ("max_seconds", "max_evaluations", "max_iterations"):
            value = getattr(self, name)
            if not value > 0:
                flag = "--" + name.replace("_", "-")
                raise ValueError(f"{flag} {value:g} leaves nothing to run: give a positive number")


@dataclass
class Counts:
    """Calls of the objective so far, by what they gave, in evaluations on all the data."""

    value: float = 0
    grad: float = 0
    hvp: float = 0
    jacobian: float = 0


@dataclass
class Trace:
    """The history of one run, and its budget."""

    budget: Budget = field(default_factory=Budget)
    on_progress: Callable[["Trace"], None] | None = None
    judge: Callable[[np.ndarray], dict[str, float]] | None = None  # every metric at a theta

    counts: Counts = field(default_factory=Counts)
    calls: float = 0  # what max_evaluations bounds
    iterations: int = 0
    best_value: float = math.inf
    best_theta: np.ndarray | None = None
    rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._compilers: list[tuple[Any, float]] = []
        self._started, self._paused = time.perf_counter(), 0.0
        self._stride, self._row_due = 1, 1.0
        self._bad, self._glance = 0, 0.0
        self._judged: tuple[float, dict[str, float]] = (
            math.inf,
            {},
        )  # the best value measured, and its metrics
        target = self.budget.target
        self._goal = target.value if target and target.metric == "loss" else -math.inf
        self._due, self._alarm = 1.0, 0.0

    # the clock

    @property
    def compile_seconds(self) -> float:
        """Spent on compilation since the run began."""
        return sum(compile_seconds(f) - before for f, before in self._compilers)

    @property
    def seconds(self) -> float:
        """Spent on solving."""
        return time.perf_counter() - self._started - self._paused - self.compile_seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The clock stands still while the referee looks."""
        paused, compiled = time.perf_counter(), self.compile_seconds
        try:
            yield
        finally:
            self._paused += time.perf_counter() - paused - (self.compile_seconds - compiled)

    def uses(self, *compilers: Any) -> None:
        """Counts the time that these functions compile from now on as compilation."""
        known = {id(f) for f, _ in self._compilers}
        self._compilers += [(f, compile_seconds(f)) for f in compilers if id(f) not in known]

    def begin(self, theta: np.ndarray, objective: Any) -> None:
        """The start theta (size,) is the best so far; its value is off the clock and uncharged."""
        self.uses(objective)
        with self.paused():
            value = objective(theta)
        self.best_value, self.best_theta = (
            value if value < math.inf else math.inf,
            np.array(theta, dtype=float),
        )
        self._note(value)
        self.check()

    # what methods report

    def watch(self, objective: Any) -> "Watched":
        """The same objective, its every call on the record."""
        self.uses(objective)
        return Watched(objective, self)

    def iteration(self, *_: Any, **__: Any) -> None:
        """One more iteration of the method is over; serves SciPy as a callback."""
        self.iterations += 1
        self._note(self.best_value)
        self.check()

    def met(self, theta: np.ndarray, value: float) -> None:
        """A call gave this value at theta; what it cost is in the counts already."""
        if value < self.best_value:
            self.best_value = value
            np.copyto(self.best_theta, theta)  # type: ignore[arg-type]
            if value <= self._goal:
                self.check()
        self._bad = 0 if value < math.inf else self._bad + 1
        if self.calls >= self._due or time.perf_counter() >= self._alarm:
            self._attend(value)

    def spent(self) -> None:
        """A call gave something other than a value; its cost is in the counts already."""
        if self.calls >= self._due or time.perf_counter() >= self._alarm:
            self._attend(self.best_value)

    def steps(
        self, values: np.ndarray, cost: float, started: float, best: tuple[float, Any] | None = None
    ) -> None:
        """A first-order loop has taken len(values) steps, each a value and a gradient on `cost` of the data.

        `started` is the clock before them; `best` is the lowest exact value among them, with its theta.
        """
        now = self.seconds
        for i, value in enumerate(values, start=1):
            self.counts.value += cost
            self.counts.grad += cost
            self.calls += cost
            if best is not None:
                self.iterations += 1
            if self.calls >= self._row_due:
                so_far = self.best_value if best is None else min(self.best_value, values[:i].min())
                self._note(float(value), started + (now - started) * i / len(values), so_far)
        if best is not None:
            self.offer(*best)
        if not np.isfinite(values[-1]):
            raise Stop("diverged", f"the loss became {values[-1]} after {self.iterations} iterations")
        self.check()

    def offer(self, value: Any, theta: Any) -> None:
        """Somebody found this value at theta: remembered if it is the best, never charged."""
        if float(value) < self.best_value:
            self.best_value, self.best_theta = float(value), np.array(theta, dtype=float)

    def best_metrics(self) -> dict[str, float]:
        """Every metric of the best vector so far, measured off the clock; empty where there is no judge."""
        if self.judge is not None and self.best_theta is not None and self._judged[0] != self.best_value:
            with self.paused():
                self._judged = self.best_value, self.judge(self.best_theta)
        return self._judged[1]

    # stopping

    def check(self) -> None:
        """Raises `Stop` where the budget is spent."""
        self._look()
        budget, target = self.budget, self.budget.target
        if target is not None and target.met(reached := self._reached(target.metric)):
            raise Stop("target", f"{target.metric} reached {reached:.6g}, the target {target.value:g}")
        if self.calls >= budget.max_evaluations:
            raise Stop("max_evaluations", f"spent {self.calls:g} evaluations")
        if self.iterations >= budget.max_iterations:
            raise Stop("max_iterations", f"spent {self.iterations} iterations")
        if self.seconds >= budget.max_seconds:
            raise Stop("max_seconds", f"spent {self.seconds:.3g} seconds")
        if self._bad >= HOPELESS:
            raise Stop("diverged", f"the last {self._bad} values were no numbers")
        self._plan()

    def allowance(self, cost: float, most: int, per_iteration: int = 1) -> int:
        """How many more steps, each `cost` of an evaluation, fit into the budget: 1 to `most`."""
        left = min(
            (self.budget.max_evaluations - self.calls) / cost,
            (self.budget.max_iterations - self.iterations) * per_iteration,
        )
        return max(1, min(most, math.ceil(left - 1e-9))) if left < math.inf else most

    def finish(self) -> None:
        """The last row."""
        self._note(self.best_value)

    # inside

    def _attend(self, value: float) -> None:
        """Something is due: a row, a glance at the progress, or the end."""
        if self.calls >= self._row_due:
            self._note(value)
        self.check()

    def _plan(self) -> None:
        """When to attend next: by calls, and by the clock."""
        self._due = min(self._row_due, self.budget.max_evaluations)
        glance = self._glance if self.on_progress else math.inf
        self._alarm = min(glance, time.perf_counter() + self.budget.max_seconds - self.seconds)

    def _look(self) -> None:
        if self.on_progress and time.perf_counter() >= self._glance:
            with self.paused():
                self.on_progress(self)
            self._glance = time.perf_counter() + GLANCE

    def _note(self, value: float, seconds: float | None = None, best: float | None = None) -> None:
        """Keeps a row; when there are too many, every second one goes and the stride doubles."""
        seconds, best = (
            self.seconds if seconds is None else seconds,
            self.best_value if best is None else best,
        )
        c = self.counts
        self.rows.append(
            Row(
                seconds,
                self.iterations,
                c.value,
                c.grad,
                c.hvp,
                c.jacobian,
                float(value),
                best,
                self._wrong(best),
            )
        )
        if len(self.rows) >= ROWS:
            del self.rows[1::2]
            self._stride *= 2
        self._row_due = self.calls + self._stride

    def _wrong(self, best: float) -> float:
        """max_pixel_error of the best vector, looked up where that is cheap."""
        known = self._judged[0] == best
        if known or (best == self.best_value and self._paused <= 0.2 + 0.2 * self.seconds):
            return self._reached("max_pixel_error")
        return math.nan

    def _reached(self, metric: str) -> float:
        """What the best vector reaches, measured off the clock."""
        if metric == "loss":
            return self.best_value
        return self.best_metrics().get(metric, math.nan)


class Watched:
    """An objective whose calls a trace counts, remembers and ends. What is no number reads as infinity."""

    def __init__(self, objective: Any, trace: Trace) -> None:
        self._f, self._trace, self._counts = objective, trace, trace.counts
        self.model, self.draw = objective.model, objective.draw

    def __call__(self, theta: np.ndarray) -> float:
        """The loss at theta (size,)."""
        value = self._f(theta)
        self._counts.value += 1
        self._trace.calls += 1
        self._trace.met(theta, value)
        return value if value == value else math.inf

    def value_and_grad(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Both, (size,)."""
        value, grad = self._f.value_and_grad(theta)
        self._counts.value += 1
        self._counts.grad += 1
        self._trace.calls += 1
        self._trace.met(theta, value)
        return (value, grad) if value == value else (math.inf, np.nan_to_num(grad))

    def grad(self, theta: np.ndarray) -> np.ndarray:
        """The gradient (size,)."""
        return self.value_and_grad(theta)[1]

    def hvp(self, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Hessian times v (size,)."""
        product = self._f.hvp(theta, v)
        self._counts.hvp += 1
        self._trace.calls += 1
        self._trace.spent()
        return product

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """(n d,)."""
        residuals = self._f.residuals(theta)
        self._counts.value += 1
        self._trace.calls += 1
        self._trace.met(theta, 0.5 * float(residuals @ residuals))
        return residuals

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """(n d, size)."""
        jacobian = self._f.jacobian(theta)
        self._counts.jacobian += 1
        self._trace.calls += 1
        self._trace.spent()
        return jacobian
