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


class Packing(Protocol):
    """Named arrays in one flat vector."""

    def unpack(self, theta: Array) -> dict[str, Array]:
        """Return the arrays of a vector (size,), by name."""

    def pack(self, arrays: Parts, xp: Library = np) -> Array:
        """Return the vector (size,) of these arrays."""


class Model(Layered, Protocol):
    """A loss as pure functions of one flat vector theta (size,) and a draw.

    The first four are written against any array library; the last three are NumPy's, by hand.
    """

    def __hash__(self) -> int:
        """Return the same number for equal models: what is compiled for one serves the other."""

    @property
    def layout(self) -> Packing:
        """Where theta's named arrays lie."""

    @property
    def size(self) -> int:
        """How many parameters there are."""

    def draw(self, x: Array, rng: "Noise") -> Draw:
        """Return what one evaluation sees of x (n, d)."""

    def loss(self, theta: Array, draw: Draw, xp: Library = np) -> Array:
        """Return the loss, a scalar."""

    def loss_of(self, parts: Parts, draw: Draw, xp: Library = np) -> Array:
        """Return the same of theta's named arrays."""

    def residuals(self, theta: Array, draw: Draw, xp: Library = np) -> Array:
        """Return (n d,), half of whose sum of squares is the loss."""

    def value_and_grad(self, theta: np.ndarray, draw: Draw) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient (size,)."""

    def hvp(self, theta: np.ndarray, v: np.ndarray, draw: Draw) -> np.ndarray:
        """Return the loss's Hessian times v (size,)."""

    def jacobian(self, theta: np.ndarray, draw: Draw) -> np.ndarray:
        """Return the residuals' derivative (n d, size)."""


class Noise(Protocol):
    """What draws need of a generator of random numbers: NumPy's, or one on a device."""

    def standard_normal(self, size: tuple[int, ...], /) -> Array:
        """Return numbers from N(0, 1)."""

    def random(self, size: tuple[int, ...], /) -> Array:
        """Return numbers from U(0, 1)."""

    def uniform(self, low: float, high: float, size: tuple[int, ...], /) -> Array:
        """Return numbers from U(low, high)."""


Drawing = Callable[[Array, Noise], Draw]


class Epoch(Protocol):
    """A compiled pass over the data, and the placing of what it carries."""

    def put(self, tree: Tree) -> Tree:
        """Return the tree's arrays on every device."""

    def leaves(self, tree: Tree) -> list[np.ndarray]:
        """Return the tree's arrays as NumPy's."""

    def restored(self, tree: Tree, leaves: Sequence[np.ndarray]) -> Tree:
        """Return such a tree with these leaves. Raises ValueError where they do not fit."""

    def __call__(
        self, carry: Tree, x: Array, order: np.ndarray, words: np.ndarray, epoch: int
    ) -> tuple[Tree, np.ndarray]:
        """Take every step of one pass: (carry, values)."""


class Compiler(Protocol):
    """What an engine can do that compiles whole loops."""

    def lanes(self, step: Step, shared: bool) -> Step:
        """Return `step` for several carries at once, on a draw that they share or each on its own."""

    def stack(self, carries: Sequence[Tree]) -> Tree:
        """Return several carries as one, a lane each along the first axis."""

    def cast(self, tree: Tree, precision: str) -> Tree:
        """Return the tree's numbers and arrays in this precision."""

    def epoch(self, loss: Loss, move: Move, draw: Drawing, hardware: Hardware) -> Epoch:
        """Return a compiled pass over the data."""


class Engine(Protocol):
    """One array library: how it differentiates a model, and how it loops. A module satisfies it."""

    def __hash__(self) -> int:
        """Return a number that tells engines apart: compiled loops are kept by it."""

    @property
    def name(self) -> str:
        """Its name in `ENGINES`."""

    @property
    def xp(self) -> Library:
        """The array library."""

    @property
    def SLICE(self) -> int:
        """How many numbers of the data a value is computed from at once, where there are many."""

    @property
    def CHUNK(self) -> int:
        """The most steps that `repeat` takes in one call."""

    @property
    def compiler(self) -> Compiler | None:
        """What it can do beside, if it compiles whole loops."""

    def array(self, x: np.ndarray, /) -> Array:
        """Return the data where the engine wants them."""

    def threads(self) -> int:
        """Return how many threads its products have now."""

    def prices(self, model: Layered, samples: int, /) -> Prices:
        """Return the operations of each kind of evaluation."""

    def compiled(self, f: Callable[..., Tree], /) -> Callable[..., Tree]:
        """Return f, compiled where the engine does so, inside `clock.compiling`."""

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
        """Return a loop that takes `step` several times on one draw."""

    def scan(self, step: Step, /) -> Scan:
        """Return a loop that takes `step` along the draws' first axis."""
