"""The contracts between a model and the engines that differentiate it, as protocols."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from .arrays import Array, Library, Tree
from .cost import Layered, Prices
from .draw import Draw
from .hardware import Hardware

Parts = Mapping[str, Array]  # a layout's arrays by name
Step = Callable[[Tree, Draw], tuple[Tree, Array]]  # (carry, draw) -> (carry, value)
Repeat = Callable[[Tree, Draw, int], tuple[Tree, np.ndarray]]  # (carry, draw, count) -> (carry, values)
Scan = Callable[[Tree, Draw], tuple[Tree, np.ndarray]]  # (carry, draws) -> (carry, values)
Loss = Callable[[Parts, Draw, Array, Library], tuple[Array, Array]]  # -> (to minimise, to report)
Move = Callable[[Parts, Parts, Tree, Array, Library], Tree]  # (arrays, grads, states, time, xp) -> carry
# (carry, draw, noise, time, xp) -> (carry, value): a step that draws what else it needs from `noise`
Stride = Callable[[Tree, Draw, "Noise", Array, Library], tuple[Tree, Array]]


class Packing(Protocol):
    """Named arrays in one flat vector."""

    def unpack(self, theta: Array) -> dict[str, Array]:
        """Return the named arrays of a vector (size,)."""

    def pack(self, arrays: Parts, xp: Library = np) -> Array:
        """Return the vector (size,) of these arrays."""


class Model(Layered, Protocol):
    """A loss as pure functions of one flat vector theta (size,) and a draw.

    `draw`, `loss`, `loss_of` and `residuals` work with any array library; `value_and_grad`, `hvp` and
    `jacobian` are derivatives written by hand in NumPy.
    """

    def __hash__(self) -> int:
        """Return the same number for equal models, so that they share compiled code."""

    @property
    def layout(self) -> Packing:
        """The positions of theta's named arrays."""

    @property
    def size(self) -> int:
        """The number of parameters."""

    def draw(self, x: Array, rng: "Noise", y: Array | None = None) -> Draw:
        """Return the input, target and noise of one evaluation on x (n, d); the target is y, or x itself."""

    def loss(self, theta: Array, draw: Draw, xp: Library = np) -> Array:
        """Return the loss, a scalar."""

    def loss_of(self, parts: Parts, draw: Draw, xp: Library = np) -> Array:
        """Return the loss at theta's named arrays."""

    def residuals(self, theta: Array, draw: Draw, xp: Library = np) -> Array:
        """Return residuals (n d,); half their sum of squares is the loss."""

    def value_and_grad(self, theta: np.ndarray, draw: Draw) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient (size,)."""

    def hvp(self, theta: np.ndarray, v: np.ndarray, draw: Draw) -> np.ndarray:
        """Return the loss's Hessian times v (size,)."""

    def jacobian(self, theta: np.ndarray, draw: Draw) -> np.ndarray:
        """Return the Jacobian of the residuals, (n d, size)."""


class Noise(Protocol):
    """A generator of random numbers as draws need it: NumPy's, or one on a device."""

    def standard_normal(self, size: tuple[int, ...], /) -> Array:
        """Return numbers from N(0, 1)."""

    def random(self, size: tuple[int, ...], /) -> Array:
        """Return numbers from U(0, 1)."""

    def uniform(self, low: float, high: float, size: tuple[int, ...], /) -> Array:
        """Return numbers from U(low, high)."""


class Drawing(Protocol):
    """A model's `draw`."""

    def __call__(self, x: Array, rng: Noise, y: Array | None = None, /) -> Draw:
        """Return the input, target and noise of one evaluation."""


class Epoch(Protocol):
    """A compiled pass over the data, with functions that place its carry on the devices."""

    def put(self, tree: Tree) -> Tree:
        """Return the tree's arrays on every device."""

    def leaves(self, tree: Tree) -> list[np.ndarray]:
        """Return the tree's arrays as NumPy arrays."""

    def restored(self, tree: Tree, leaves: Sequence[np.ndarray]) -> Tree:
        """Return a tree of the same structure with these leaves. Raises ValueError if their shapes differ."""

    def __call__(
        self, carry: Tree, data: Tree, order: np.ndarray, words: np.ndarray, epoch: int
    ) -> tuple[Tree, np.ndarray]:
        """Take every step of one pass over data = x, y and return (carry, values); y is None if x is it."""


class Compiler(Protocol):
    """The abilities of an engine that compiles whole loops."""

    def lanes(self, step: Step, shared: bool) -> Step:
        """Return `step` for several carries at once, on one shared draw or on a draw for each."""

    def stack(self, carries: Sequence[Tree]) -> Tree:
        """Return several carries as one, stacked along a new first axis."""

    def cast(self, tree: Tree, precision: str) -> Tree:
        """Return the tree with its numbers and arrays in this precision."""

    def descent(self, loss: Loss, move: Move) -> Stride:
        """Return the step with carry = arrays, states that moves along the loss's gradient."""

    def epoch(self, step: Stride, draw: Drawing, hardware: Hardware) -> Epoch:
        """Return a compiled pass over the data, a step for each batch."""


class Engine(Protocol):
    """An array library with its ways to differentiate a model and to loop; a module satisfies it."""

    def __hash__(self) -> int:
        """Return a number that identifies the engine in the cache of compiled loops."""

    @property
    def name(self) -> str:
        """The engine's name in `ENGINES`."""

    @property
    def xp(self) -> Library:
        """The array library."""

    @property
    def SLICE(self) -> int:
        """The largest slice of large data, in numbers, that is evaluated at once."""

    @property
    def CHUNK(self) -> int:
        """The most steps that `repeat` takes in one call."""

    @property
    def compiler(self) -> Compiler | None:
        """Its further abilities if it compiles whole loops, else None."""

    def array(self, x: np.ndarray, /) -> Array:
        """Return the data as an array of this library, on its device."""

    def threads(self) -> int:
        """Return how many threads its matrix products use now."""

    def prices(self, model: Layered, samples: int, /) -> Prices:
        """Return the operations of each kind of evaluation."""

    def compiled(self, f: Callable[..., Tree], /) -> Callable[..., Tree]:
        """Return f, compiled inside `clock.compiling` if the engine compiles."""

    def value(self, model: Model, /) -> Callable[[Array, Draw], Array]:
        """Return (theta, draw) -> value."""

    def value_and_grad(self, model: Model, /) -> Callable[[Array, Draw], tuple[Array, Array]]:
        """Return (theta, draw) -> (value, gradient)."""

    def hvp(self, model: Model, /) -> Callable[[Array, Array, Draw], Array]:
        """Return (theta, v, draw) -> Hessian times v."""

    def residuals(self, model: Model, /) -> Callable[[Array, Draw], Array]:
        """Return (theta, draw) -> (n d,)."""

    def jacobian(self, model: Model, /) -> Callable[[Array, Draw], Array]:
        """Return (theta, draw) -> (n d, size)."""

    def repeat(self, step: Step, /) -> Repeat:
        """Return a loop that takes several steps on one draw."""

    def scan(self, step: Step, /) -> Scan:
        """Return a loop that takes one step for each entry of the draws' first axis."""
