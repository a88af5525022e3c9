"""A user's function in SciPy's convention for minimizers: `f(fun, x0, args=(), **options)`."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from ..engines.streams import OWN, stream
from ..training.contract import Ending
from ..training.problem import Problem
from ..training.trace import Trace
from ..training.watched import Watched
from .scipy import ending_of, hessian

Minimizer = Callable[..., OptimizeResult]
OFFERED = ("args", "jac", "hess", "hessp", "bounds", "constraints", "callback", "rng")  # besides fun and x0


@dataclass(frozen=True)
class Custom:
    """A function that `scipy.optimize.minimize(method=...)` takes, on all the data of one frozen draw.

    It gets the arguments that it has parameters for: `jac`, `hess` and `hessp` are exact; `callback` counts
    an iteration; `rng` is a generator from the run's seed. A function without `jac` is charged only for
    values. The budget ends it by an exception inside `fun`. The result is the best vector that `fun` has
    evaluated, not the returned `x`.
    """

    function: Minimizer
    name: str

    def refuses(self, problem: Problem) -> str | None:
        """Return None, as it can always be tried."""
        return None

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> Ending:
        """Return the status and the function's message. Raises ValueError for another kind of result."""
        f = Shared(trace.watch(problem.objective()))
        words = {name: word for name, word in _words(f, problem, trace).items() if name in self._taken}
        fun = f.value if "jac" in signature(self.function).parameters else f.watched
        found = self.function(fun, theta.copy(), **words)
        if not isinstance(found, OptimizeResult):
            raise ValueError(f"{self.name} returns {type(found).__name__}: return an OptimizeResult")
        if not trace.iterations:
            trace.iterated(int(found.get("nit", 0)))
        return ending_of(OptimizeResult({"success": False, "message": "it returned", **found}))

    @property
    def _taken(self) -> tuple[str, ...]:
        """Return the arguments of the convention that the function takes: by name, or by **options."""
        parameters = signature(self.function).parameters
        rest = any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters.values())
        return tuple(name for name in OFFERED if name in parameters or (rest and name != "rng"))


class Shared:
    """A value and a gradient from one evaluation of both, while x stays the same."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self._x, self._both = np.array([]), (np.inf, np.array([]))

    def value(self, x: np.ndarray) -> float:
        """Return the value at x (size,)."""
        return self._at(x)[0]

    def grad(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient (size,)."""
        return self._at(x)[1].copy()

    def _at(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        if not np.array_equal(x, self._x):
            self._both = self.watched.value_and_grad(np.asarray(x, dtype=float))
            self._x = np.array(x, dtype=float)
        return self._both


def _words(f: Shared, problem: Problem, trace: Trace) -> dict[str, Any]:
    """Return the arguments of the convention other than `fun` and `x0`."""

    def callback(*_: object, **__: object) -> None:
        trace.iteration()

    exact = {"jac": f.grad, "hess": hessian(f.watched), "hessp": f.watched.hvp}
    fixed = {"args": (), "bounds": None, "constraints": ()}
    rng = stream(problem.seed, OWN, problem.redrawn, problem.restarted)
    return {**exact, **fixed, "callback": callback, "rng": rng}
