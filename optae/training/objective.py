"""A model's loss on one frozen draw of the data, as scipy.optimize takes it."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..engines import Array, Engine, Tree
from ..engines import engine as engine_of
from ..engines.cost import Prices
from ..engines.slices import slices
from ..engines.streams import FROZEN
from ..engines.streams import stream as stream_of
from ..model.chain import Chain

Function = Callable[..., Tree]  # of theta and a draw


class Objective:
    """f(theta) on one frozen draw, for scipy.optimize.

    Use minimize(f, theta, jac=f.grad, hessp=f.hvp), or minimize(f.value_and_grad, theta, jac=True) with one
    pass per step, or least_squares(f.residuals, theta, jac=f.jacobian). The draw of a random model has
    `samples` corrupted copies or latent samples of each point, from this `stream` of the seed. A model that
    predicts needs targets y (n, k). Raises ValueError for data that do not fit the model.

    >>> from optae import Autoencoder
    >>> f = Objective(Autoencoder([4, 2], loss="half_sse"), np.eye(4))
    >>> theta = np.zeros(f.model.size)
    >>> float(f(theta)), float(0.5 * f.residuals(theta) @ f.residuals(theta))
    (0.5, 0.5)
    """

    def __init__(
        self,
        model: Chain,
        x: npt.ArrayLike,
        y: npt.ArrayLike | None = None,
        engine: str | Engine = "numpy",
        *,
        seed: int = 0,
        samples: int = 1,
        stream: tuple[int, ...] = (FROZEN,),
    ) -> None:
        x, y = model.checked(x, y)
        times = samples if model.random else 1
        many = repeated(x, times)
        self.model = model
        self.engine = engine_of(engine)
        goals = None if y is None else repeated(y, times)
        self.draw = model.draw(many, stream_of(seed, *stream), goals).map(self.engine.array)
        self._shape = (model.size,)
        self._slices = slices(len(many), many.shape[1], self.engine.SLICE)

    def __call__(self, theta: np.ndarray) -> float:
        """Return the loss at theta (size,). Raises ValueError for another shape."""
        theta = self._vector(theta)
        if len(self._slices) == 1:
            return float(self._value(theta, self.draw))
        shares = [(at.stop - at.start) / len(self.draw.x) for at in self._slices]
        values = [float(self._value(theta, self.draw.at(at))) for at in self._slices]
        return sum(share * value for share, value in zip(shares, values, strict=True))

    def grad(self, theta: np.ndarray) -> np.ndarray:
        """Return the gradient (size,) at theta (size,)."""
        return self.value_and_grad(theta)[1]

    def value_and_grad(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient, which costs little more than the gradient."""
        value, grad = self._value_and_grad(self._vector(theta), self.draw)
        return float(value), np.asarray(grad)

    def hvp(self, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the Hessian at theta times v (size,)."""
        return np.asarray(self._hvp(self._vector(theta), np.asarray(self._vector(v), dtype=float), self.draw))

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """Return residuals (n d,); half their sum of squares is the loss.

        Raises ValueError if the loss has no residuals.
        """
        return np.asarray(self._residuals(self._vector(theta), self.draw))

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """Return the derivative (n d, size) of the residuals."""
        return np.asarray(self._jacobian(self._vector(theta), self.draw))

    def _vector(self, theta: Array) -> Array:
        """Return theta, a list as an array. Raises ValueError for another shape than (size,)."""
        theta = np.asarray(theta, dtype=float) if isinstance(theta, list | tuple) else theta
        if np.shape(theta) != self._shape:
            raise ValueError(
                f"theta has shape {np.shape(theta)}: give the model's {self.model.size:,} numbers"
            )
        return theta

    @cached_property
    def prices(self) -> Prices:
        """The operations of one evaluation of each kind on this draw."""
        return self.engine.prices(self.model, len(self.draw.x))

    @cached_property
    def _value(self) -> Function:
        return self.engine.compiled(self.engine.value(self.model))

    @cached_property
    def _value_and_grad(self) -> Function:
        return self.engine.compiled(self.engine.value_and_grad(self.model))

    @cached_property
    def _hvp(self) -> Function:
        return self.engine.compiled(self.engine.hvp(self.model))

    @cached_property
    def _residuals(self) -> Function:
        self._refuse_residuals()
        return self.engine.compiled(self.engine.residuals(self.model))

    @cached_property
    def _jacobian(self) -> Function:
        self._refuse_residuals()
        return self.engine.compiled(self.engine.jacobian(self.model))

    def _refuse_residuals(self) -> None:
        if reason := self.model.residual_reason(np.asarray(self.draw.target)):
            raise ValueError(reason)


def repeated(x: np.ndarray, times: int) -> np.ndarray:
    """Return the rows of x (n, d) so many times, one copy of all after the other; once, x itself."""
    return x if times == 1 else np.tile(x, (times, 1))
