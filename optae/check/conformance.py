"""Check the laws of methods that tables rely on: a method descends, obeys the budget, and repeats itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..engines import ENGINES
from ..model.chain import Chain
from ..training.contract import Method
from ..training.fit import fit
from ..training.objective import Objective
from ..training.problem import Problem

LONG, SHORT, FEW = 500, 37, 12  # evaluations of a descent, of a budget, of a path
MOST = 5000  # calls of `fun` after which a method that goes on is stopped
BUDGET = "obeys the budget"
CLOSE = 1e-6  # relative difference of the losses of one path on two engines
LONGEST = 160  # letters of an error that is passed on


@dataclass(frozen=True)
class Law:
    """A law, and a sentence on what breaks it, empty if it is kept."""

    name: str
    fault: str = ""

    @property
    def ok(self) -> bool:
        """Whether the law is kept."""
        return not self.fault

    def row(self) -> dict[str, str]:
        """The law as a row of a table."""
        return {"law": self.name, "verdict": "ok" if self.ok else "BROKEN", "what to do": self.fault}


@dataclass(frozen=True)
class Conformance:
    """The findings of `conforms` on a method."""

    method: str
    laws: tuple[Law, ...]

    @property
    def ok(self) -> bool:
        """Whether every law is kept."""
        return all(law.ok for law in self.laws)

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        broken = [f"{law.name}: {law.fault}" for law in self.laws if not law.ok]
        return f"BROKEN: {'; '.join(broken)}" if broken else f"{self.method} keeps all {len(self.laws)} laws"

    def rows(self) -> list[dict[str, str]]:
        """Return a row for every law."""
        return [law.row() for law in self.laws]


def conforms(
    name: str, make: Callable[[], Method], engine: str, model: Chain, x: np.ndarray, seed: int = 0
) -> Conformance:
    """Run a method a few times on x (n, d), first on this engine, and return which laws it keeps.

    Raises ValueError if it is refused on every engine.
    """
    method = make()
    engines = [engine for engine in ENGINES if not method.refuses(Problem(model, x, engine=engine))]
    if not engines:
        raise ValueError(f"method '{name}': {method.refuses(Problem(model, x))}")
    problem = Guarded(model, x, engine=engine if engine in engines else engines[0], seed=seed)
    try:
        return Conformance(name, tuple(_laws(method, problem, engines)))
    except Runaway:
        text = f"it goes on after {MOST} calls of `fun`, with a budget of {FEW} to {LONG}"
        return Conformance(name, (Law(BUDGET, f"{text}: let the exception that `fun` raises pass through"),))


def _laws(method: Method, problem: Problem, engines: list[str]) -> Iterator[Law]:
    """Yield each law; if the method fails, only that is yielded."""
    alone = Law("runs", _failure(method, problem))
    yield alone
    if alone.ok:
        yield from (_descends(method, problem), _obeys(method, problem), _repeats(method, problem))
        yield from _paths(method, problem, engines)


def _failure(method: Method, problem: Problem) -> str:
    """Return why a short run fails, empty if it does not."""
    try:
        result = fit(problem, method, max_evaluations=FEW)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"[:LONGEST]
    return result.message[:LONGEST] if result.status == "failed" else ""


def _descends(method: Method, problem: Problem) -> Law:
    result = fit(problem, method, max_evaluations=LONG)
    start, best = result.rows[0].loss, min(row.best for row in result.rows)
    if best < start:
        return Law("descends")
    spent = result.rows[-1].evaluations
    text = f"after {spent:.0f} evaluations the lowest loss is {best:.6g}, and {start:.6g} at the start"
    return Law("descends", f"{text}: step against the gradient, or take shorter steps")


def _obeys(method: Method, problem: Problem) -> Law:
    """Check that a run ends at the budget's last evaluation, anywhere in the method."""
    result = fit(problem, method, max_evaluations=SHORT)
    spent = result.rows[-1].evaluations
    if spent > SHORT:
        text = f"it spent {spent:.0f} evaluations of {SHORT}"
        return Law(BUDGET, f"{text}: let the exception that `fun` raises pass through")
    return Law(BUDGET)


def _repeats(method: Method, problem: Problem) -> Law:
    one, other = (fit(problem, method, max_evaluations=SHORT) for _ in range(2))
    if np.array_equal(one.theta, other.theta) and one.value == other.value:
        return Law("repeats by its seed")
    text = "two runs of one seed differ: draw random numbers from a parameter `rng` alone"
    return Law("repeats by its seed", f"{text}, and keep nothing from one run to the next")


def _paths(method: Method, problem: Problem, engines: list[str]) -> Iterator[Law]:
    """Check for each other engine that the losses are those of the first."""
    path = _path(method, problem)
    for engine in engines:
        if engine != problem.engine.name:
            there = replace(problem, engine=engine)
            fault = _failure_there(method, there) or _apart(path, _path(method, there))
            yield Law(f"same path on {engine}", fault)


REMEDY = "give `update` a parameter xp for the array library, or write engines = ('numpy', 'autograd')"


def _failure_there(method: Method, problem: Problem) -> str:
    reason = _failure(method, problem)
    return f"{REMEDY}: {reason}" if reason else ""


def _path(method: Method, problem: Problem) -> np.ndarray:
    return np.array([row.loss for row in fit(problem, method, max_evaluations=FEW).rows])


def _apart(path: np.ndarray, other: np.ndarray) -> str:
    if len(path) != len(other):
        return f"{len(path)} losses on one engine and {len(other)} on the other"
    worst = float(np.max(np.abs(path - other) / np.abs(path)))
    return (
        "" if worst <= CLOSE else f"losses differ by {worst:.1e} of their size: step by theta and grad alone"
    )


class Runaway(BaseException):
    """Ends a method that catches the exception of a spent budget; `except Exception` does not stop it."""


class Guarded(Problem):
    """A problem without noise whose objective ends a run that goes on long after its budget is spent."""

    def objective(self) -> Objective:
        """Return the loss, as a function that counts its calls."""
        return Counted(self.model, self.x, engine=self.engine, seed=self.seed)


class Counted(Objective):
    """An objective that raises `Runaway` after too many calls."""

    calls = 0

    def __call__(self, theta: np.ndarray) -> float:
        """Return the loss at theta (size,)."""
        self._count()
        return super().__call__(theta)

    def value_and_grad(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient (size,)."""
        self._count()
        return super().value_and_grad(theta)

    def _count(self) -> None:
        self.calls += 1
        if self.calls > MOST:
            raise Runaway
