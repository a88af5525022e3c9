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
from typing import Any

import numpy as np

from ..engines.clock import Clock, Timer
from ..engines.cost import Prices
from .budget import Budget, Stop
from .history import Counts, Row
from .snapshots import SnapshotKeeper
from .watched import Watched

GROWTH = 1.01  # of the evaluations from row to row, once there are many: some 600 rows for 20,000
GLANCE = 0.1  # seconds between two looks at the progress
HOPELESS = 1000  # values in a row that are no numbers
LOOK = 0.02  # of the evaluations so far: until the next look at a best vector that has changed
NOTICE = 0.015  # the same in a compiled loop, where a metric is the target
CURIOSITY = 1.0, 0.05  # wall seconds that looks may take off the clock, and their share of the solving


@dataclass
class Trace:
    """The history of one run, and its budget."""

    budget: Budget = field(default_factory=Budget)
    on_progress: Callable[["Trace"], None] | None = None
    judge: Callable[[np.ndarray], dict[str, float]] | None = None  # every metric at a theta
    album: SnapshotKeeper | None = None  # where snapshots are kept

    clock: Timer = field(default_factory=Clock)
    counts: Counts = field(default_factory=Counts)
    calls: float = 0  # what max_evaluations bounds
    operations: float = 0.0  # with matrices, of the network's and of the method's own
    prices: Prices = field(default_factory=Prices)  # of one evaluation on all the data
    iterations: int = 0
    best_value: float = inf
    best_theta: np.ndarray | None = None
    rows: list[Row] = field(default_factory=list)
    checkpoint: Any = None  # a `checkpoint.Checkpoint`, where a method that can shall keep one
    heldout: list[dict[str, float]] = field(default_factory=list)  # what was seen of data held out
    apart: bool = False  # whether vectors are measured by another function than the method minimises

    def __post_init__(self) -> None:
        self._row_due = 1.0
        self._bad, self._glance = 0, 0.0
        self._looking, self._look_due = 0.0, 0.0  # seconds so far; evaluations
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
        self.prices = objective.prices
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

    def measured_by(self, yardstick: Any) -> None:
        """The values of vectors are this objective's from now on, and it is not what the method minimises.

        That of the best vector so far is measured again.
        """
        self.apart = True
        with self.paused():
            value = yardstick(self.best_theta)
        self.best_value = value if value < inf else inf

    def iteration(self, *_: Any, **__: Any) -> None:
        """One more iteration of the method is over; serves SciPy as a callback."""
        self.iterations += 1
        self.note_best()
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

    def operate(self, count: float) -> None:
        """The method itself has done so many operations, besides what its calls of the objective cost."""
        self.operations += count
        self.spent()

    def batch(self, theta: np.ndarray, value: float, evaluations: int, operations: float) -> None:
        """A compiled loop has spent so many values; `value` at theta is the lowest that it ever met."""
        self.counts.value += evaluations
        self.calls += evaluations
        self.operations += operations
        self.met(theta, value)

    def steps(
        self, values: np.ndarray, cost: float, started: float, best: tuple[float, Any] | None = None
    ) -> None:
        """A first-order loop has taken len(values) steps, each a value and a gradient on `cost` of the data.

        `started` is the clock before them; `best` is the lowest exact value among them, with its theta.
        """
        now = self.seconds
        for i, value in enumerate(values, start=1):
            self._step(cost)
            if best is not None:
                self.iterations += 1
                if i == len(values):
                    self.offer(*best)
            if self.calls >= self._row_due or (i == len(values) and self._wants_look):
                so_far = self.best_value if best is None else min(self.best_value, values[:i].min())
                self._note(float(value), started + (now - started) * i / len(values), so_far)
        if not np.isfinite(values[-1]):
            raise Stop("diverged", f"the loss became {values[-1]} after {self.iterations} iterations")
        self.check()

    def epoch(self, mean: float, cost: float, value: float, theta: np.ndarray) -> None:
        """A compiled pass over `cost` of the data is over: its batches' mean; then theta and its value."""
        self._step(cost)
        self.iterations += 1
        self.offer(value, theta)
        self._note(mean)
        if not (isfinite(mean) and isfinite(value)):
            worst = value if isfinite(mean) else mean
            raise Stop("diverged", f"the loss became {worst} after {self.iterations} epochs")
        self.check()

    def _step(self, cost: float) -> None:
        """A value and a gradient on `cost` of the data."""
        self.counts.value += cost
        self.counts.grad += cost
        self.calls += cost
        self.operations += cost * (self.prices.value + self.prices.grad)

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
            self._look_due = (1 + LOOK) * self.calls
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

    def stride(self, cost: float, most: int) -> int:
        """How many of `most` steps, each `cost` of an evaluation, a compiled loop takes between two looks."""
        share = NOTICE if self._goal_is_metric else LOOK
        return most if self.judge is None else max(1, min(most, int(share * self.calls / cost)))

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

    def note_best(self) -> None:
        """Keeps a row where the best vector has changed by an uncharged value, and a look is due."""
        if self._wants_look:
            self._note(self.best_value)

    @property
    def _wants_look(self) -> bool:
        """Whether the best vector has changed since the last look, and a look is due."""
        return self.calls >= self._look_due and self._judged[0] != self.best_value and self._may_look

    @property
    def _may_look(self) -> bool:
        least, share = CURIOSITY
        return self.judge is not None and self._looking <= least + share * self.seconds

    def _note(self, value: float, seconds: float | None = None, best: float | None = None) -> None:
        """Keeps a row."""
        seconds = self.seconds if seconds is None else seconds
        best = self.best_value if best is None else best
        c = self.counts
        spent = (self.iterations, self.calls, c.value, c.grad, c.hvp, c.jacobian)
        wrong = self._wrong(best)
        self.rows.append(Row(seconds, *spent, float(value), best, wrong, self.operations))
        self._row_due = max(self.calls + 1, self.calls * GROWTH)

    def _wrong(self, best: float) -> float:
        """max_pixel_error of the best vector: as the last look found it, or by a look where one is due."""
        if best == self.best_value and self._wants_look:
            self.best_metrics()
        return self._judged[1].get("max_pixel_error", nan) if self._judged[0] == best else nan
