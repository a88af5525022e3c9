"""A model, its data and an engine: seen as one function, or as a stream of draws."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from .autoencoder import Autoencoder, Draw
from .cost import Prices
from .engines import engine
from .slices import MANY, slices
from .streams import FRESH, FROZEN, REFEREE, check_seed
from .streams import stream as stream_of

ENOUGH, SPARSE = 2000, 6  # of many points a yardstick takes one in six, but no fewer than so many


class Objective:
    """f(theta) on one frozen draw: what scipy.optimize wants.

    minimize(f, theta, jac=f.grad, hessp=f.hvp) or, at one pass a step, minimize(f.value_and_grad, theta,
    jac=True); least_squares(f.residuals, theta, jac=f.jacobian). A random model's draw holds `samples`
    corrupted copies or latent samples of each point, from this `stream` of the seed. Raises ValueError for
    data that do not fit the model.

    >>> f = Objective(Autoencoder([4, 2], loss="half_sse"), np.eye(4))
    >>> theta = np.zeros(f.model.size)
    >>> float(f(theta)), float(0.5 * f.residuals(theta) @ f.residuals(theta))
    (0.5, 0.5)
    """

    def __init__(
        self,
        model: Autoencoder,
        x: np.ndarray,
        engine: str | ModuleType = "numpy",
        *,
        seed: int = 0,
        samples: int = 1,
        stream: tuple[int, ...] = (FROZEN,),
    ) -> None:
        x = check_data(x, model.widths[0])
        many = np.tile(x, (samples, 1)) if model.random else x
        self.model = model
        self.engine = _engine(engine)
        self.draw = model.draw(many, stream_of(seed, *stream)).map(self.engine.array)
        self._slices = slices(len(many), many.shape[1], self.engine.SLICE)

    def __call__(self, theta: np.ndarray) -> float:
        """The loss at theta (size,)."""
        if len(self._slices) == 1:
            return float(self._value(theta, self.draw))
        shares = [(at.stop - at.start) / len(self.draw.x) for at in self._slices]
        values = [float(self._value(theta, self.draw.at(at))) for at in self._slices]
        return sum(share * value for share, value in zip(shares, values, strict=True))

    def grad(self, theta: np.ndarray) -> np.ndarray:
        """Its gradient (size,)."""
        return self.value_and_grad(theta)[1]

    def value_and_grad(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Both for little more than the gradient alone."""
        value, grad = self._value_and_grad(theta, self.draw)
        return float(value), np.asarray(grad)

    def hvp(self, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The Hessian at theta times v (size,)."""
        return np.asarray(self._hvp(theta, np.asarray(v, dtype=float), self.draw))

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """(n d,), half of whose sum of squares is the loss. Raises ValueError where the loss has none."""
        return np.asarray(self._residuals(theta, self.draw))

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """The residuals' derivative (n d, size)."""
        return np.asarray(self._jacobian(theta, self.draw))

    @cached_property
    def prices(self) -> Prices:
        """What one evaluation of each kind costs on this draw."""
        return self.engine.prices(self.model, len(self.draw.x))

    @cached_property
    def _value(self) -> Any:
        return self._function("value")

    @cached_property
    def _value_and_grad(self) -> Any:
        return self._function("value_and_grad")

    @cached_property
    def _hvp(self) -> Any:
        return self._function("hvp")

    @cached_property
    def _residuals(self) -> Any:
        self._refuse_residuals()
        return self._function("residuals")

    @cached_property
    def _jacobian(self) -> Any:
        self._refuse_residuals()
        return self._function("jacobian")

    def _function(self, verb: str) -> Any:
        return self.engine.compiled(getattr(self.engine, verb)(self.model))

    def _refuse_residuals(self) -> None:
        if reason := self.model.residual_reason(np.asarray(self.draw.target)):
            raise ValueError(reason)


_engine = engine


@dataclass(frozen=True, eq=False)
class Problem:
    """What a method is given: a model, data x (n, d) in [0, 1], an engine, and a seed for all randomness.

    Seeds are paired: for one seed every method and engine meets the same start, the same frozen draw and, of
    one batch size, the same epochs. Compiled epochs take the same batches where there is no noise, and draw
    noise of their own on the device.
    """

    model: Autoencoder
    x: np.ndarray
    engine: Any = "numpy"
    seed: int = 0
    samples: int = 1  # of the noise, for each point of a frozen draw, and of an epoch
    heldout: np.ndarray | None = None  # (m, d), which no method sees
    fresh: bool = True  # whether every epoch of a random model draws again, or uses the frozen draw
    redrawn: int = 0  # which of the frozen draws

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", check_data(self.x, self.model.widths[0]))
        if self.heldout is not None:
            object.__setattr__(self, "heldout", check_data(self.heldout, self.model.widths[0]))
        object.__setattr__(self, "engine", engine(self.engine))
        check_seed(self.seed)
        if self.samples < 1:
            raise ValueError(f"samples {self.samples}: a frozen draw needs at least 1 of each point")

    @property
    def points(self) -> int:
        """How many an epoch sees."""
        return len(self.x) * (self.samples if self.model.random else 1)

    @property
    def random(self) -> bool:
        """Whether no two epochs are alike."""
        return self.model.random and self.fresh

    def start(self) -> np.ndarray:
        """The first theta (size,)."""
        return self.model.init(self.seed)

    def objective(self) -> Objective:
        """All the data, `samples` times over, in one frozen draw: what a method minimises."""
        return self._objective

    @cached_property
    def _objective(self) -> Objective:
        return self._frozen(self.x)

    def _frozen(self, x: np.ndarray) -> Objective:
        stream = (FROZEN, self.redrawn)
        return Objective(self.model, x, self.engine, seed=self.seed, samples=self.samples, stream=stream)

    def yardstick(self) -> Objective:
        """What compares the vectors of a long run: the objective, of many points on every k-th alone.

        It has all of up to 4,000 points, and beyond at least 2,000 or a sixth of them.
        """
        k = min(self.points // ENOUGH, SPARSE)
        return self.objective() if k < 2 else self._frozen(self.x[::k])

    def referee(self, samples: int = 64) -> Objective:
        """What the table reports: the same loss on noise that no method has seen; of many data, once."""
        samples = max(1, min(samples, MANY // self.x.size))
        return Objective(self.model, self.x, self.engine, seed=self.seed, samples=samples, stream=(REFEREE,))

    def epochs(self, batch: int, shuffle: bool = True) -> Iterator[Draw]:
        """For ever: a pass over the data in fresh draws, stacked as (batches, batch, ...).

        Of the n points the last n mod batch of each permutation are left out.
        """
        rng, many = stream_of(self.seed, FRESH), np.tile(self.x, (self.points // len(self.x), 1))
        frozen = None if self.random else self.objective().draw.map(np.asarray)
        for order in self._orders(rng, batch, shuffle):
            at = order.ravel()
            draw = frozen.at(at) if frozen else self.model.draw(many[at], rng)
            yield draw.map(lambda a: a.reshape(-1, batch, a.shape[1]))

    def orders(self, batch: int, shuffle: bool = True) -> Iterator[np.ndarray]:
        """Yield each epoch's points, (batches, batch), as `epochs` takes them where there is no noise."""
        return self._orders(stream_of(self.seed, FRESH), batch, shuffle)

    def _orders(self, rng: np.random.Generator, batch: int, shuffle: bool) -> Iterator[np.ndarray]:
        n, whole = self.points, self.points // batch * batch
        while True:
            order = rng.permutation(n)[:whole] if shuffle else np.arange(whole)
            yield order.reshape(-1, batch)


def check_data(x: Any, width: int) -> np.ndarray:
    """x as float64 (n, width), or a ValueError that says what is wrong with it."""
    x = np.ascontiguousarray(x, dtype=float)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"data of shape {x.shape}: give at least one sample, as (n, pixels)")
    if x.shape[1] != width:
        raise ValueError(f"data of {x.shape[1]} pixels do not fit an architecture that starts with {width}")
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise ValueError(
            f"data hold {x[row, column]} at sample {row}, pixel {column}: every value must be a number"
        )
    if x.min() < 0 or x.max() > 1:
        raise ValueError(f"data range over [{x.min():g}, {x.max():g}]: scale them to [0, 1]")
    return x
