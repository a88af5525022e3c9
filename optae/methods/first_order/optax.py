"""The optimizers of optax and optax.contrib by name, such as `optax:lion` and `optax:muon`, on engine jax."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from inspect import signature
from typing import Any, NoReturn

import numpy as np

from ...engines import Array, Tree
from ...engines.clock import compiling
from ...model.layout import Layout
from ...text import one_line, shortened
from ...training.lockstep import Group
from ...training.problem import Problem
from ...training.trace import Trace
from .loop import FirstOrder
from .rules import Loss

Factory = Callable[..., Any]  # of an optimizer, from its options
LONGEST = 160  # letters of a reason that optax gives


@dataclass(frozen=True)
class OptaxRule:
    """An optax optimizer as a rule; it gets the named arrays, so that layerwise methods know their layers.

    An optimizer that estimates the Hessian's diagonal gets the loss, and takes a Hessian product for that.
    """

    factory: Factory
    options: tuple[tuple[str, Any], ...]
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    value: Array = None
    loss: Loss | None = None

    def informed(self, value: Array, loss: Loss) -> "OptaxRule":
        """Return the rule with the loss of this step, and the function that computes it."""
        return replace(self, value=value, loss=loss)

    def init(self, theta: Array) -> Tree:
        import jax

        with compiling(), jax.enable_x64(True):  # JAX compiles each operation
            return self._optimizer.init(self._layout.unpack(jax.numpy.asarray(theta)))

    def update(self, theta: Array, grad: Array, state: Tree) -> tuple[Array, Tree]:
        import jax.numpy as jnp

        arrays, grads = self._layout.unpack(theta), self._layout.unpack(grad)
        optimizer = self._optimizer
        moves, state = optimizer.update(grads, state, arrays, **self._facts(optimizer.update))
        return theta + self._layout.pack(moves, jnp), state

    def work(self, size: int, product: float) -> float:
        """Return the operations of a Hessian product every `update_interval` steps, an option of Sophia's."""
        return product / dict(self.options).get("update_interval", math.inf)

    @property
    def averages(self) -> bool:
        """Whether the optimizer's result is an average of the vectors that it steps through."""
        return _averages(self)

    def result(self, theta: Array, state: Tree) -> Array:
        """Return the average that a schedule-free optimizer gives as its result (Defazio et al., 2024)."""
        import jax.numpy as jnp
        from optax.contrib import schedule_free_eval_params

        arrays = schedule_free_eval_params(_schedule_free(state)[0], self._layout.unpack(theta))
        return self._layout.pack(arrays, jnp)

    def _facts(self, update: Callable[..., Any]) -> dict[str, Any]:
        """What optax calls extra arguments, as far as an optimizer takes them."""
        facts = {"value": self.value, "obj_fn": self._loss_of}
        parameters = signature(update).parameters
        return facts if "extra_args" in parameters else {k: v for k, v in facts.items() if k in parameters}

    def _loss_of(self, arrays: Tree) -> Array:
        import jax.numpy as jnp

        if self.loss is None:
            raise ValueError("an optimizer that needs the loss is told it by `informed`")
        return self.loss(self._layout.pack(arrays, jnp))

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
    reason: str | None = None  # why the optimizer cannot be run by its name
    endless = True

    def refuses(self, problem: Problem) -> str | None:
        """Return why this cannot run, or None if it can: a step on these shapes is traced."""
        if problem.engine.compiler is None:
            return f"{self.name} runs on JAX; choose engine jax"
        if self.reason is not None:
            return self.reason
        loop = self._loop(problem)
        fault = loop.refuses(problem) or _fault(loop.rule, problem.model.size)
        return fault and f"{self.name}: {fault}"

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


@lru_cache(maxsize=256)
def _averages(rule: OptaxRule) -> bool:
    """Whether an optimizer is schedule-free, by its state, without computing one."""
    import jax

    size = Layout(dict(rule.shapes)).size
    with compiling(), jax.enable_x64(True):
        return bool(_schedule_free(jax.eval_shape(rule.init, np.zeros(size))))


@lru_cache(maxsize=256)
def _fault(rule: Any, size: int) -> str | None:
    """Return what is wrong with a compiled step of a rule on a vector of this size, or None."""
    import jax

    def step(theta: Array) -> Tree:
        def one(carry: Tree, _: None) -> tuple[Tree, None]:
            informed = rule.informed(carry[0].sum(), lambda other: (other**2).sum())
            return informed.update(carry[0], carry[0], carry[1]), None

        return jax.lax.scan(one, (theta, rule.init(theta)), None, length=1)

    try:
        with compiling(), jax.enable_x64(True):
            jax.eval_shape(step, np.zeros(size))
    except Exception as error:  # of any kind, as it is another library's code
        if "value_fn" in str(error):
            return "its line search evaluates the loss inside a step, where no budget can end it"
        return shortened(one_line(f"{type(error).__name__}: {error}"), LONGEST)
    return None


def _schedule_free(state: Tree) -> list[Tree]:
    """The schedule-free states within an optimizer's state."""
    import jax
    from optax.contrib import ScheduleFreeState

    def found(node: Tree) -> bool:
        return isinstance(node, ScheduleFreeState)

    return [node for node in jax.tree.leaves(state, is_leaf=found) if found(node)]
