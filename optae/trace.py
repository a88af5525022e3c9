"""What a run did and when, and the one place that says stop.

A method sees its objective through a `Watched`, which counts every call, keeps the best vector, and raises
`Stop` from inside the method when the budget is spent. So SciPy's black boxes and our own loops obey one
budget and leave one kind of history.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import ceil, inf, isfinite, nan
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from .budget import Budget, Stop
from .clock import Clock, Timer
from .snapshots import Album

GROWTH = 1.01  # of the evaluations from row to row, once there are many: some 600 rows for 20,000
GLANCE = 0.1  # seconds between two looks at the progress
HOPELESS = 1000  # values in a row that are no numbers
CURIOSITY = 0.005  # share of the time that may go into measuring the best vector on the way


class Row(NamedTuple):
    """One line of a history; evaluations are on all the data, seconds without compiling and measuring."""

    seconds: float
    iteration: int
    evaluations: float  # calls of any kind
    value_evaluations: float
    grad_evaluations: float
    hvp_evaluations: float
    jacobian_evaluations: float
    loss: float  # just met
    best: float  # met so far
    max_pixel_error: float  # of the best so far; nan where nobody looked


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
    album: Album | None = None  # where snapshots are kept

    clock: Timer = field(default_factory=Clock)
    counts: Counts = field(default_factory=Counts)
    calls: float = 0  # what max_evaluations bounds
    iterations: int = 0
    best_value: float = inf
    best_theta: np.ndarray | None = None
    rows: list[Row] = field(default_factory=list)
    checkpoint: Any = None  # a `checkpoint.Checkpoint`, where a method that can shall keep one
    heldout: list[dict[str, float]] = field(default_factory=list)  # what was seen of data held out

    def __post_init__(self) -> None:
        self._row_due = 1.0
        self._bad, self._glance, self._looking = 0, 0.0, 0.0
        self._judged: tuple[float, dict[str, float]] = inf, {}  # the best measured so far
        target = self.budget.target
        self._goal = target.value if target and target.metric == "loss" else -inf
        self._goal_is_metric = target is not None and target.metric != "loss"
        self._due, self._alarm = 1.0, 0.0

    @property
    def seconds(self) -> float:
        """Spent on solving."""
        return self.clock.seconds

    def paused(self) -> AbstractContextManager[None]:
        """What happens inside is off the clock."""
        return self.clock.paused()

    def begin(self, theta: np.ndarray, objective: Any) -> None:
        """The start theta (size,) is the best so far; its value is off the clock and uncharged."""
        with self.paused():
            value = objective(theta)
        self.best_theta = np.array(theta, dtype=float)
        self.best_value = value if value < inf else inf
        self._note(value)
        self.check()

    # what methods report

    def watch(self, objective: Any) -> "Watched":
        """The same objective, its every call on the record."""
        return Watched(objective, self)

    def iteration(self, *_: Any, **__: Any) -> None:
        """One more iteration of the method is over; serves SciPy as a callback."""
        self.iterations += 1
        if self.iterations >= self.budget.max_iterations or self._goal_is_metric:
            self.check()

    def met(self, theta: np.ndarray, value: float) -> None:
        """A call gave this value at theta; what it cost is in the counts already."""
        if value < self.best_value:
            self.best_value = value
            np.copyto(self.best_theta, theta)  # type: ignore[arg-type]
            if value <= self._goal:
                self.check()
        if not value < inf:
            self._bad += 1
        elif self._bad:
            self._bad = 0
        if self.calls >= self._due or perf_counter() >= self._alarm:
            self._attend(value)

    def spent(self) -> None:
        """A call gave something other than a value; its cost is in the counts already."""
        if self.calls >= self._due or perf_counter() >= self._alarm:
            self._attend(self.best_value)

    def batch(self, theta: np.ndarray, value: float, evaluations: int) -> None:
        """A compiled loop has spent so many values; `value` at theta is the lowest that it ever met."""
        self.counts.value += evaluations
        self.calls += evaluations
        self.met(theta, value)

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
            self.rows[-1] = self.rows[-1]._replace(max_pixel_error=self._wrong(self.rows[-1].best, now))
        if not np.isfinite(values[-1]):
            raise Stop("diverged", f"the loss became {values[-1]} after {self.iterations} iterations")
        self.check()

    def epoch(self, mean: float, theta: np.ndarray, cost: float) -> None:
        """A compiled pass over `cost` of the data is over: its batches' mean loss, and theta after it."""
        self.counts.value += cost
        self.counts.grad += cost
        self.calls += cost
        self.iterations += 1
        self.offer(mean, theta)
        self._note(mean)
        if not isfinite(mean):
            raise Stop("diverged", f"the loss became {mean} after {self.iterations} epochs")
        self.check()

    def offer(self, value: Any, theta: Any) -> None:
        """Somebody found this value at theta: remembered if it is the best, never charged."""
        if float(value) < self.best_value:
            self.best_value, self.best_theta = float(value), np.array(theta, dtype=float)

    def best_metrics(self) -> dict[str, float]:
        """Every metric of the best vector so far, measured off the clock; empty where there is no judge."""
        if self.judge is not None and self.best_theta is not None and self._judged[0] != self.best_value:
            began = perf_counter()
            with self.paused():
                self._judged = self.best_value, self.judge(self.best_theta)
            self._looking += perf_counter() - began
        return self._judged[1]

    # stopping

    def check(self) -> None:
        """Raises `Stop` where the budget is spent."""
        self._look()
        if self.album is not None:
            self.album.look(self)
        budget, seconds = self.budget, self.seconds
        if budget.target is not None:
            self._check_target(budget.target)
        if self.calls >= budget.max_evaluations:
            raise Stop("max_evaluations", f"spent {self.calls:g} evaluations")
        if self.iterations >= budget.max_iterations:
            raise Stop("max_iterations", f"spent {self.iterations} iterations")
        if seconds >= budget.max_seconds:
            raise Stop("max_seconds", f"spent {seconds:.3g} seconds")
        if self._bad >= HOPELESS:
            raise Stop("diverged", f"the last {self._bad} values were no numbers")
        self._due = min(self._row_due, budget.max_evaluations)
        glance = self._glance if self.on_progress else inf
        self._alarm = min(glance, perf_counter() + budget.max_seconds - seconds)

    def allowance(self, cost: float, most: int, per_iteration: int = 1) -> int:
        """How many more steps, each `cost` of an evaluation, fit into the budget: 1 to `most`."""
        left = min(
            (self.budget.max_evaluations - self.calls) / cost,
            (self.budget.max_iterations - self.iterations) * per_iteration,
        )
        return max(1, min(most, ceil(left - 1e-9))) if left < inf else most

    def finish(self) -> None:
        """The last row."""
        self.best_metrics()
        self._note(self.best_value)

    def _check_target(self, target: Any) -> None:
        known = self.best_metrics() if self._goal_is_metric else {"loss": self.best_value}
        reached = known.get(target.metric, nan)
        if target.met(reached):
            raise Stop("target", f"{target.metric} reached {reached:.6g}, the target {target.value:g}")

    def _attend(self, value: float) -> None:
        """Something is due: a row, a glance at the progress, or the end."""
        if self.calls >= self._row_due:
            self._note(value)
        self.check()

    def _look(self) -> None:
        if self.on_progress and perf_counter() >= self._glance:
            with self.paused():
                self.on_progress(self)
            self._glance = perf_counter() + GLANCE

    # the history

    def _note(self, value: float, seconds: float | None = None, best: float | None = None) -> None:
        """Keeps a row."""
        seconds = self.seconds if seconds is None else seconds
        best = self.best_value if best is None else best
        c = self.counts
        spent = (self.iterations, self.calls, c.value, c.grad, c.hvp, c.jacobian)
        self.rows.append(Row(seconds, *spent, float(value), best, self._wrong(best, seconds)))
        self._row_due = max(self.calls + 1, self.calls * GROWTH)

    def _wrong(self, best: float, seconds: float) -> float:
        """max_pixel_error of the best vector, looked up where that is cheap."""
        cheap = self._looking <= CURIOSITY * (0.1 + seconds)
        if self._judged[0] == best or (best == self.best_value and cheap):
            return self.best_metrics().get("max_pixel_error", nan)
        return nan


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
        return value if value == value else inf

    def value_and_grad(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Both, (size,)."""
        value, grad = self._f.value_and_grad(theta)
        self._counts.value += 1
        self._counts.grad += 1
        self._trace.calls += 1
        self._trace.met(theta, value)
        return (value, grad) if value == value else (inf, np.nan_to_num(grad))

    def grad(self, theta: np.ndarray) -> np.ndarray:
        """The gradient (size,)."""
        return self.value_and_grad(theta)[1]

    def charge(self, kind: str) -> None:
        """A method that differentiates by itself spends one "grad", "hvp" or "jacobian" on all the data."""
        setattr(self._counts, kind, getattr(self._counts, kind) + 1)
        self._trace.calls += 1
        self._trace.spent()

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
