"""The record of a run, which also ends it when the budget is spent.

A method sees its objective through a `Watched`, which counts every call, keeps the best vector, and raises
`Stop` from inside the method when the budget is spent. So SciPy's black boxes and our own loops obey one
budget and leave one kind of history.

A trace is made of parts with one duty each: the `Account` of what was spent, the `Best` vector, the `Budget`,
the `Looks` that measure, the `History` of rows, the `Progress` shown to the user, and the snapshots.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import perf_counter
from typing import Any

import numpy as np

from ..engines import Array
from ..engines.clock import Clock, Timer
from ..engines.cost import Prices
from .account import Account
from .best import Best, check_finite
from .budget import Budget
from .history import History, Row, measured
from .looks import Judge, Looks, Metrics
from .objective import Objective
from .progress import Progress
from .snapshots import SnapshotKeeper
from .watched import Watched


class Trace:
    """The record of one run, to which its method reports, and the keeper of its budget."""

    def __init__(
        self,
        budget: Budget | None = None,
        on_progress: Callable[["Trace"], None] | None = None,
        judge: Judge | None = None,
        snapshots: SnapshotKeeper | None = None,
        clock: Timer | None = None,
    ) -> None:
        self.budget, self.clock, self.snapshots = budget or Budget(), clock or Clock(), snapshots
        self.account, self.best, self.history = Account(), Best(), History()
        self.extra: dict[str, float] = {}  # what the method alone has counted, by name
        self._own = 0.0  # operations of the method's own in each step of a loop
        self.apart = False  # whether vectors are measured by another function than the method minimises
        self.looks, self._progress = Looks(judge, self.clock), Progress[Trace](on_progress)
        self._prices, self._goal = Prices(), self.budget.goal
        self._since = 0  # iterations before the method that runs now
        self._due, self._alarm = 1.0, 0.0  # evaluations, and the wall's clock, at which something is due

    @property
    def seconds(self) -> float:
        """Seconds of solving so far."""
        return self.clock.seconds

    @property
    def calls(self) -> float:
        """Evaluations so far."""
        return self.account.calls

    @property
    def iterations(self) -> int:
        """Iterations of the method so far."""
        return self.account.iterations

    def best_metrics(self) -> Metrics:
        """Return every metric of the best vector so far, empty if nothing is measured during the run."""
        return self.looks.at(self.best, self.account.calls)

    def paused(self) -> AbstractContextManager[None]:
        """Return a context in which the clock stops."""
        return self.clock.paused()

    def begin(self, theta: np.ndarray, objective: Objective) -> None:
        """Take theta (size,) as the best so far; its value is off the clock and not charged."""
        self._prices = objective.prices
        with self.paused():
            self.best.start(theta, value := objective(theta))
        self._note(value)
        self.check()

    def finish(self) -> None:
        """Record the last row."""
        self.best_metrics()
        self._note(self.best.value)

    def restore(self, spent: Account, best: Best, history: History, kept: SnapshotKeeper | None) -> None:
        """Set the state back to a checkpoint's."""
        self.account, self.best, self.history = spent, best, history
        self.snapshots = self.snapshots and (kept or self.snapshots)

    def part(self, budget: Budget) -> "Trace":
        """Return a trace for a part of the run, with the same clock; the user is shown this one."""
        show = self._progress.show
        return Trace(budget, None if show is None else lambda _: show(self), clock=self.clock)

    @contextmanager
    def within(self, leg: str, budget: Budget) -> Iterator[None]:
        """Obey another budget meanwhile, in which the method `leg` runs, and mark where that begins."""
        whole, spent = self.budget, self.account
        begun = {"iterations": spent.iterations, "evaluations": spent.calls, "operations": spent.operations}
        self.history.legs.append({"method": leg, **begun, "seconds": self.seconds})
        self.budget, self._due, self._since = budget, 0.0, spent.iterations
        try:
            yield
        finally:
            self.budget, self._due, self._own = whole, 0.0, 0.0

    def absorb(self, part: "Trace") -> None:
        """Add what a part of the run has spent and counted."""
        self.account.add(part.account)
        for name, number in part.extra.items():
            self.extra[name] = self.extra.get(name, 0) + number

    def watch(self, objective: Objective) -> Watched:
        """Return the same objective, with every call recorded."""
        return Watched(objective, self)

    def measured_by(self, yardstick: Objective) -> None:
        """Compare vectors by this objective from now on, although the method minimises another.

        The best vector so far is measured again.
        """
        self.apart = True
        if self.best.theta is not None:
            with self.paused():
                self.best.measured(yardstick(self.best.theta))

    def works(self, operations: float) -> None:
        """Charge `operations` of the method's own with every later step."""
        self._own = operations

    def iteration(self, *_: Any, **__: Any) -> None:
        """Count one more iteration of the method; serves SciPy as a callback."""
        self.account.iterations += 1
        self.note_best()
        if self.account.iterations >= self.budget.max_iterations or self.budget.measures:
            self.check()

    def iterated(self, iterations: int) -> None:
        """Set the number of iterations, for a method that reports it only at its end."""
        self.account.iterations = self._since + iterations
        self.check()

    def met(self, theta: np.ndarray, value: float) -> None:
        """Take a call's value at theta; its cost is in the account already."""
        if self.best.met(theta, value) and value <= self._goal:
            self.check()
        if self.account.calls >= self._due or perf_counter() >= self._alarm:
            self._attend(value)

    def spent(self) -> None:
        """Take a call that returned no value; its cost is in the account already."""
        if self.account.calls >= self._due or perf_counter() >= self._alarm:
            self._attend(self.best.value)

    def operate(self, count: float) -> None:
        """Charge the method's own operations, in addition to those of its calls of the objective."""
        self.account.operations += count
        self.spent()

    def batch(self, theta: np.ndarray, value: float, evaluations: int, operations: float) -> None:
        """Charge many values of a compiled loop; `value` at theta is the lowest of them."""
        self.account.batch(evaluations, operations)
        self.met(theta, value)

    def steps(
        self, values: np.ndarray, cost: float, started: float, best: tuple[float, Array] | None = None
    ) -> None:
        """Take steps of a first-order loop, each with a value and a gradient on `cost` of the data.

        `started` is the clock before them; `best` is the lowest exact value among them, with its theta.
        """
        now, account = self.seconds, self.account
        for i, value in enumerate(values, start=1):
            account.step(cost, self._prices, self._own)
            if best is not None:
                account.iterations += 1
                if i == len(values):
                    self.offer(*best)
            if account.calls >= self.history.due or (
                i == len(values) and self.looks.wanted(self.best, account.calls)
            ):
                so_far = self.best.value if best is None else min(self.best.value, values[:i].min())
                self._note(float(value), started + (now - started) * i / len(values), so_far)
        check_finite([values[-1]], f"{account.iterations} iterations")
        self.check()

    def epoch(self, mean: float, cost: float, value: float, theta: np.ndarray, own: float = 0.0) -> None:
        """Take a pass over `cost` of the data: its batches' mean, theta, theta's value, own operations."""
        self.account.step(cost, self._prices, own)
        self.account.iterations += 1
        self.offer(value, theta)
        self._note(mean)
        check_finite([mean, value], f"{self.iterations} epochs")
        self.check()

    def tell(self, name: str, number: float) -> None:
        """Set a number that only this method counts, such as its restarts; see `Result.extra`."""
        self.extra[name] = number

    def offer(self, value: Array, theta: Array) -> None:
        """Record an uncharged value; keep `theta` if it improves on the best."""
        self.best.offer(theta, float(value))

    def check(self) -> None:
        """Raise `Stop` if the budget is spent; show the progress and keep a snapshot if they are due."""
        if perf_counter() >= self._progress.due:
            with self.paused():
                self._progress.look(self)
        if self.snapshots is not None:
            self.snapshots.look(self.best, self.account.calls, self.clock)
        seconds, budget = self.seconds, self.budget
        budget.check_target(self.best_metrics() if budget.measures else {"loss": self.best.value})
        budget.check(self.account, seconds)
        self.best.check()
        self._due = min(self.history.due, budget.max_evaluations)
        self._alarm = min(self._progress.due, perf_counter() + budget.max_seconds - seconds)

    def allowance(self, cost: float, most: int, per_iteration: int = 1) -> int:
        """Return how many more steps, each `cost` of an evaluation, fit into the budget: 1 to `most`."""
        return self.budget.allowance(self.account, cost, most, per_iteration)

    def stride(self, cost: float, most: int) -> int:
        """Return how many of `most` steps a compiled loop takes between two looks."""
        return self.looks.stride(self.account.calls, cost, most, self.budget.measures)

    def _attend(self, value: float) -> None:
        """Do what is due: add a row, show the progress, or end the run."""
        if self.account.calls >= self.history.due:
            self._note(value)
        self.check()

    def note_best(self) -> None:
        """Add a row if an uncharged value has changed the best vector and a look is due."""
        if self.looks.wanted(self.best, self.account.calls):
            self._note(self.best.value)

    def _note(self, value: float, seconds: float | None = None, best: float | None = None) -> None:
        """Add a row."""
        seconds = self.seconds if seconds is None else seconds
        best = self.best.value if best is None else best
        if best == self.best.value and self.looks.wanted(self.best, self.account.calls):
            self.best_metrics()
        spent, known = self.account, self.looks.known(best)
        wrong, *others = measured(known)
        each = spent.iterations, spent.calls, *spent.kinds
        self.history.add(Row(seconds, *each, float(value), best, wrong, spent.operations, *others), known)
