"""First-order rules, each of two pure functions, which NumPy can loop over and JAX can scan.

To add one, copy `Momentum`, change its two functions, and give it a line in `METHODS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from inspect import signature
from typing import Protocol, runtime_checkable

from ...engines import Array, Engine, Library, Tree

Loss = Callable[[Array], Array]  # of theta (size,), on a step's samples
Update = Callable[[Array, Array, Tree], tuple[Array, Tree]]  # (theta, grad, state) -> (theta, state)


@runtime_checkable
class Rule(Protocol):
    """A rule that moves theta (size,), given a gradient (size,)."""

    def __hash__(self) -> int:
        """Return the same number for equal rules, so that they share compiled code."""

    def init(self, theta: Array) -> Tree:
        """Return the state before the first step."""

    def update(self, theta: Array, grad: Array, state: Tree) -> tuple[Array, Tree]:
        """Return the next theta and state; the arrays of `grad` and `state` may be overwritten."""


@runtime_checkable
class InformedRule(Rule, Protocol):
    """A rule that also needs the loss of each step."""

    def informed(self, value: Array, loss: Loss) -> Rule:
        """Return the rule with the loss of this step, and the function that computes it."""


@runtime_checkable
class AveragingRule(Rule, Protocol):
    """A rule whose result may be another vector than the one that it takes gradients of."""

    @property
    def averages(self) -> bool:
        """Whether it is another one."""

    def result(self, theta: Array, state: Tree) -> Array:
        """Return the result (size,) at theta (size,), which is measured instead."""


@runtime_checkable
class BoundRule(Rule, Protocol):
    """A rule that runs on some engines only."""

    @property
    def engines(self) -> Sequence[str]:
        """The names of these engines."""


def refusal_of(rule: Rule, engine: Engine) -> str | None:
    """Return why a rule does not run on this engine, or None if it does."""
    if not isinstance(rule, BoundRule) or engine.name in rule.engines:
        return None
    return f"{type(rule).__name__} does not run on engine {engine.name}: choose {' or '.join(rule.engines)}"


def update_of(rule: Rule, xp: Library) -> Update:
    """Return the rule's `update`; one with a parameter `xp` gets the engine's array library."""
    update: Callable[..., tuple[Array, Tree]] = rule.update
    return partial(update, xp=xp) if _takes_library(type(rule)) else update


@lru_cache(maxsize=256)
def _takes_library(kind: type[Rule]) -> bool:
    return "xp" in signature(kind.update).parameters


@runtime_checkable
class LaboriousRule(Rule, Protocol):
    """A rule whose steps take operations with matrices besides the network's values and gradients."""

    def work(self, size: int, product: float) -> float:
        """Return the operations of a step on so many parameters; a Hessian product takes `product`."""


def averages(rule: Rule) -> bool:
    """Whether a rule's result is another vector than the one that it takes gradients of."""
    return isinstance(rule, AveragingRule) and rule.averages


def own_work(rule: Rule, size: int, product: float) -> float:
    """Return the operations of a step besides its value and gradient; those on single vectors count as none.

    A Hessian product on the step's samples takes `product`.
    """
    return rule.work(size, product) if isinstance(rule, LaboriousRule) else 0.0


@dataclass(frozen=True)
class GradientDescent:
    """Gradient descent, theta <- theta - lr grad (Cauchy, 1847; Rumelhart et al., 1986)."""

    lr: float = 0.1

    def init(self, theta: Array) -> Tree:
        return ()

    def update(self, theta: Array, grad: Array, state: Tree) -> tuple[Array, Tree]:
        return theta - self.lr * grad, state


@dataclass(frozen=True)
class Momentum:
    """The heavy ball (Polyak, 1964)."""

    lr: float = 0.01
    mass: float = 0.9

    def init(self, theta: Array) -> Tree:
        return 0 * theta

    def update(self, theta: Array, grad: Array, velocity: Tree) -> tuple[Array, Tree]:
        velocity = self.mass * velocity - self.lr * grad
        return theta + velocity, velocity


@dataclass(frozen=True)
class Nesterov:
    """The accelerated gradient, taken at the point ahead (Nesterov, 1983; Bengio et al., 2013)."""

    lr: float = 0.01
    mass: float = 0.9

    def init(self, theta: Array) -> Tree:
        return 0 * theta

    def update(self, theta: Array, grad: Array, velocity: Tree) -> tuple[Array, Tree]:
        velocity = self.mass * velocity - self.lr * grad
        return theta + self.mass * velocity - self.lr * grad, velocity


@dataclass(frozen=True)
class Adagrad:
    """Steps divided by the root of the sum of all squared gradients so far (Duchi et al., 2011)."""

    lr: float = 0.01
    eps: float = 1e-8

    def init(self, theta: Array) -> Tree:
        return 0 * theta

    def update(self, theta: Array, grad: Array, v: Tree) -> tuple[Array, Tree]:
        v = v + grad**2
        return theta - self.lr * grad / (v**0.5 + self.eps), v


@dataclass(frozen=True)
class RMSProp:
    """Steps over the root of a moving average of squared gradients (Tieleman & Hinton, 2012, lecture 6.5)."""

    lr: float = 1e-3
    decay: float = 0.9
    eps: float = 1e-8

    def init(self, theta: Array) -> Tree:
        return 0 * theta

    def update(self, theta: Array, grad: Array, v: Tree) -> tuple[Array, Tree]:
        v = self.decay * v + (1 - self.decay) * grad**2
        return theta - self.lr * grad / (v**0.5 + self.eps), v


@dataclass(frozen=True)
class Adam:
    """Momentum over RMSProp, corrected for bias (Kingma & Ba, 2015, algorithm 1 in section 2's order)."""

    lr: float = 1e-3
    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8

    def init(self, theta: Array) -> Tree:
        return 0.0, 0 * theta, 0 * theta

    def update(self, theta: Array, grad: Array, state: Tree) -> tuple[Array, Tree]:
        step, state = self.step(grad, state)
        return theta - step, state

    def step(self, grad: Array, state: Tree) -> tuple[Array, Tree]:
        """Return what a step subtracts from theta, and the next state."""
        t, m, v = state
        t = t + 1
        m *= self.b1
        m += (1 - self.b1) * grad
        grad *= grad
        grad *= 1 - self.b2
        v *= self.b2
        v += grad
        spread = (1 - self.b2**t) ** 0.5
        scale = v**0.5
        scale += self.eps * spread
        step = m / scale
        step *= self.lr * spread / (1 - self.b1**t)
        return step, (t, m, v)


@dataclass(frozen=True)
class AdamW:
    """Adam with weight decay outside of the gradient (Loshchilov & Hutter, 2019)."""

    lr: float = 1e-3
    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8
    decay: float = 1e-4

    def init(self, theta: Array) -> Tree:
        return Adam().init(theta)

    def update(self, theta: Array, grad: Array, state: Tree) -> tuple[Array, Tree]:
        moved, state = Adam(self.lr, self.b1, self.b2, self.eps).update(theta, grad, state)
        return moved - self.lr * self.decay * theta, state
