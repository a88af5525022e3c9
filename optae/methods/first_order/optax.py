"""The optimizers of optax by name, such as `optax:lion` or `optax:adabelief`, on the jax engine."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn

import numpy as np

from ...engines import Array, Tree
from ...engines.clock import compiling
from ...model.layout import Layout
from ...registry import unknown
from ...training.lockstep import Group
from ...training.problem import Problem
from ...training.trace import Trace
from .loop import FirstOrder

Factory = Callable[..., Any]  # of an optimizer, from its options
FIXED: dict[str, dict[str, Any]] = {
    "lbfgs": {"linesearch": None},  # no budget could end a line search inside a compiled step
    "noisy_sgd": {"key": 0},
}


@dataclass(frozen=True)
class OptaxRule:
    """An optax optimizer as a rule; it gets the named arrays, so that layerwise methods know their layers."""

    factory: Factory
    options: tuple[tuple[str, Any], ...]
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    value: Array = None

    def informed(self, value: Array) -> "OptaxRule":
        """Return the rule with the loss of this step."""
        return replace(self, value=value)

    def init(self, theta: Array) -> Tree:
        import jax

        with compiling(), jax.enable_x64(True):  # JAX compiles each operation
            return self._optimizer.init(self._layout.unpack(jax.numpy.asarray(theta)))

    def update(self, theta: Array, grad: Array, state: Tree) -> tuple[Array, Tree]:
        import jax.numpy as jnp

        arrays, grads = self._layout.unpack(theta), self._layout.unpack(grad)
        moves, state = self._optimizer.update(grads, state, arrays, value=self.value)
        return theta + self._layout.pack(moves, jnp), state

    @property
    def _layout(self) -> Layout:
        return Layout(dict(self.shapes))

    @property
    def _optimizer(self) -> Tree:
        import optax

        return optax.with_extra_args_support(self.factory(**dict(self.options)))


@dataclass(frozen=True)
class Optax:
    """An optax optimizer as a method."""

    name: str
    factory: Factory  # of the optimizer, from its options
    options: tuple[tuple[str, Any], ...]
    batch: int | None = None
    shuffle: bool = True
    endless = True

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can."""
        if problem.engine.compiler is None:
            return f"{self.name} runs on JAX; choose engine jax"
        return self._loop(problem).refuses(problem)

    def run(self, problem: Problem, theta: np.ndarray, trace: Trace) -> NoReturn:
        """Train until `Stop` ends it: it never converges by itself."""
        self._loop(problem).run(problem, theta, trace)

    def suits(self, problem: Problem) -> bool:
        """Return whether several seeds of this problem gain by training together."""
        return self._loop(problem).suits(problem)

    def run_together(self, group: Group) -> None:
        """Train every lane in one loop."""
        self._loop(group.lanes[0].problem).run_together(group)

    def _loop(self, problem: Problem) -> FirstOrder:
        shapes = tuple(problem.model.layout.shapes.items())
        return FirstOrder(OptaxRule(self.factory, self.options, shapes), self.batch, self.shuffle)


def names() -> list[str]:
    """Return the names of optax's optimizers, without those of its gradient transformations."""
    import optax

    return sorted(name for name, entry in vars(optax).items() if _is_optimizer(name, entry))


def defaults(name: str) -> dict[str, Any]:
    """Return an optimizer's numeric options with their defaults; learning_rate is 1e-3 if optax has none.

    Raises ValueError for an unknown name.
    """
    options = {}
    for option, parameter in inspect.signature(_factory(name)).parameters.items():
        if option == "learning_rate":
            default = parameter.default
            options[option] = default if isinstance(default, int | float) else 1e-3
        elif isinstance(parameter.default, bool | int | float):
            options[option] = parameter.default
    return options


def factory(name: str) -> Factory:
    """Return what makes the optimizer of that name from its options. Raises ValueError."""
    made = _factory(name)
    return partial(made, **FIXED[name]) if name in FIXED else made


def _is_optimizer(name: str, entry: Any) -> bool:
    if name.startswith(("_", "scale_by_")) or not callable(entry) or inspect.isclass(entry):
        return False
    try:
        parameters = inspect.signature(entry).parameters
    except (TypeError, ValueError):
        return False
    return "learning_rate" in parameters or "max_learning_rate" in parameters


def _factory(name: str) -> Factory:
    import optax

    if name not in names():
        raise ValueError(unknown("optimizer of optax", name, names()))
    return getattr(optax, name)
