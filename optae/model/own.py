"""A loss, activation or corruption of one's own: a short function or class becomes an entry of its registry.

loss        cost(y, t, xp), of outputs y and targets t (n, d): what each output costs, (n, d)
activation  f(a, xp), elementwise
corruption  noise(x, rng, p=0.1), a corrupted copy of x (n, d); its first parameter is its strength

Each is a function, whose further parameters with a default are its own, or a frozen dataclass with such a
`__call__`. `xp` is numpy, autograd.numpy or jax.numpy. Derivatives come from autograd and JAX, except those
that a class has: `slope(y, t)` and `curvature(y, t)` of a loss, `slope(y, a)` and `curvature(y, a)` of an
activation, elementwise.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, make_dataclass
from inspect import Parameter, signature
from typing import Any

import numpy as np

from ..engines import Array, Library
from ..engines.streams import OWN, stream
from ..plugins import is_own, parameters, split
from ..registry import filled
from ..text import fault
from .criterion import Criterion
from .curvature import Factor, diagonal

TRIAL = np.array([[0.2, 0.7], [0.4, 0.9]])  # outputs on which an object is tried
TARGETS = np.array([[0.0, 1.0], [1.0, 0.0]])


def derivative(f: Callable[..., Array], order: int = 1) -> Callable[[np.ndarray], np.ndarray]:
    """Return an elementwise derivative of f(x, xp), by autograd."""
    import autograd
    import autograd.numpy as anp

    def found(x: Array) -> Array:
        return f(x, anp)

    for _ in range(order):
        found = autograd.elementwise_grad(found)
    return found


class Cost:
    """The derivatives of a cost that does not write them."""

    __call__: Callable[..., Array]

    def slope(self, y: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Return d cost / d y, (n, d)."""
        return derivative(lambda y, xp: self(y, t, xp))(y)

    def curvature(self, y: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Return its second derivative, (n, d)."""
        return derivative(lambda y, xp: self(y, t, xp), order=2)(y)


@dataclass(frozen=True)
class OwnLoss(Criterion):
    """A criterion: the mean over samples of the sum over outputs of a cost."""

    cost: Any  # with `slope` and `curvature`
    name: str
    logits, per_sample, direct = False, True, True

    @property
    def reduction(self) -> str:
        """The formula."""
        return f"mean over samples of the sum over outputs of {self.name}(y, t)"

    def value(self, out: Array, target: Array, xp: Library = np) -> Array:
        """Return the loss of outputs and targets (n, d), a scalar."""
        return xp.sum(self.cost(out, target, xp)) / len(out)

    def each(self, out: Array, target: Array, xp: Library = np) -> Array:
        """Return each sample's loss (n,)."""
        return xp.sum(self.cost(out, target, xp), axis=1)

    def grad(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return d value / d out, (n, d)."""
        return self.cost.slope(out, target) / len(out)

    def curvature(self, out: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return the diagonal of the Hessian, (n, d)."""
        return self.cost.curvature(out, target) / len(out)

    def factor(self, out: np.ndarray, target: np.ndarray, floor: float) -> Factor:
        """Return a factor of the Hessian, or of a larger matrix where costs flatten far from their target.

        There an output counts as curved by slope / (y - t), as in reweighted least squares (Huber, 1981).
        """
        miss = out - target
        secant = np.divide(self.grad(out, target), miss, out=np.zeros_like(out), where=miss != 0)
        return diagonal(np.maximum(self.curvature(out, target), secant), floor)

    def residual_reason(self, target: np.ndarray) -> str | None:
        """Return why there are no residuals."""
        return "is no sum of squares; use half_sse or mse"


class Curve:
    """What an activation has that writes no derivatives; the rest that it keeps is its input a."""

    __call__: Callable[..., Array]
    unit = False

    def kept(self, a: Array, xp: Library = np) -> tuple[Array, Array]:
        """Return f(a), and a."""
        return self(a.copy() if xp is np else a, xp), a

    def miss(self, y: Array, rest: Array, target: Array, xp: Library = np) -> Array:
        """Return f(a) - target."""
        return y - target

    def pull(self, dy: np.ndarray, y: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """Return dL/da from dL/dy, which is overwritten."""
        dy *= self.slope(y, rest)
        return dy

    def slope(self, y: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """Return f'(a)."""
        return derivative(self.__call__)(rest)

    def curvature(self, y: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """Return f''(a)."""
        return derivative(self.__call__, order=2)(rest)


class Corrupting:
    """What a corruption has that says nothing of its strength."""

    pixels = 1

    @property
    def strength(self) -> str:
        """The name of the first field."""
        return fields(self)[0].name  # type: ignore[arg-type]


def loss(thing: object, word: str) -> Any:
    """Return an object as a criterion. Raises ValueError of one line for one that is none."""
    if isinstance(thing, OwnLoss):
        return thing
    name, text = parameters(word)
    cost: Any = filled("loss", _class(thing, word, Cost, 2), text, word)
    _try(word, "cost(y, t, xp)", lambda: (cost(TRIAL, TARGETS), cost.slope(TRIAL, TARGETS)))
    return OwnLoss(cost, name)


def activation(thing: object, word: str) -> type:
    """Return an object as a class of activations. Raises ValueError of one line for one that is none."""
    made = _class(thing, word, Curve, 1)
    _try(word, "f(a, xp)", lambda: (made()(TRIAL.copy()), made().slope(made()(TRIAL.copy()), TRIAL)))
    return made


def corruption(thing: object, word: str) -> type:
    """Return an object as a class of corruptions. Raises ValueError of one line for one that is none."""
    made = _class(thing, word, Corrupting, 2)
    if not fields(made):
        raise ValueError(f"noise '{word}' has no strength: give it a parameter with a default, such as p=0.1")
    _try(word, "noise(x, rng, p=0.1)", lambda: (made()(TRIAL.copy(), stream(0, OWN)),))
    return made


def _class(thing: Any, word: str, base: type, arguments: int) -> type:
    """A class of an object, with what `base` has where the object lacks it."""
    if isinstance(thing, type):
        known = thing if is_dataclass(thing) else dataclass(frozen=True)(thing)
        return type(thing.__name__, (known, base), {"__module__": thing.__module__})
    if not callable(thing):
        raise ValueError(f"'{word}' is a value ({type(thing).__name__}): write a function or a class")
    takes = signature(thing).parameters
    own = [(p.name, float, p.default) for p in takes.values() if _is_field(p)]

    def call(self: Any, *given: Any) -> Array:
        library = {"xp": given[arguments] if len(given) > arguments else np} if "xp" in takes else {}
        return thing(*given[:arguments], **vars(self), **library)

    return make_dataclass(thing.__name__, own, bases=(base,), namespace={"__call__": call}, frozen=True)


def _is_field(parameter: Parameter) -> bool:
    return isinstance(parameter.default, bool | int | float)


def _try(word: str, form: str, calls: Callable[[], tuple[Any, ...]]) -> None:
    """Raise ValueError if an object does not give arrays of the shape of its input."""
    word = ":".join(split(word)) if is_own(word) else word
    try:
        found = calls()
    except Exception as error:
        raise ValueError(f"'{word}' is to be {form}, and fails as such: {fault(error, None)}") from error
    for array in found:
        if np.shape(array) != TRIAL.shape:
            shape = np.shape(array)
            raise ValueError(f"'{word}' gives an array of shape {shape} for (n, d) = {TRIAL.shape}: {form}")
