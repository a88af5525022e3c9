"""The problem of training a model: one function of theta, or a stream of draws."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..engines import EngineField
from ..engines.draw import Draw
from ..engines.slices import MANY
from ..model.chain import Chain
from ..streams import FRESH, FROZEN, REFEREE, check_seed
from ..streams import stream as stream_of
from .objective import Objective, check_data

ENOUGH, SPARSE = 2000, 6  # a yardstick takes a sixth of many points, but at least 2000


@dataclass(frozen=True, eq=False)
class Problem:
    """The problem that a method solves: a model, data x (n, d) in [0, 1], an engine, and a seed.

    Seeds are paired: with the same seed every method and engine gets the same start, the same frozen draw
    and, for the same batch size, the same epochs. Compiled epochs use the same batches if there is no noise;
    otherwise they draw the noise on the device.
    """

    model: Chain
    x: np.ndarray
    engine: EngineField = EngineField()  # noqa: RUF009 - a descriptor, which belongs to the class
    seed: int = 0
    samples: int = 1  # noise samples for each point of a frozen draw and of an epoch
    heldout: np.ndarray | None = None  # (m, d), data that no method sees
    fresh: bool = True  # whether every epoch of a random model draws noise again, or uses the frozen draw
    redrawn: int = 0  # the number of the frozen draw

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", check_data(self.x, self.model.widths[0]))
        if self.heldout is not None:
            object.__setattr__(self, "heldout", check_data(self.heldout, self.model.widths[0]))
        check_seed(self.seed)
        if self.samples < 1:
            raise ValueError(f"samples {self.samples}: a frozen draw needs at least 1 of each point")

    @property
    def points(self) -> int:
        """The number of points in an epoch."""
        return len(self.x) * (self.samples if self.model.random else 1)

    def batch(self, wanted: int | None) -> int:
        """Return how many points a step takes: those `wanted`, or all if none is given or there are fewer."""
        return min(wanted or self.points, self.points)

    @property
    def random(self) -> bool:
        """Whether every epoch draws new noise."""
        return self.model.random and self.fresh

    def start(self) -> np.ndarray:
        """Return the first theta (size,)."""
        return self.model.init(self.seed)

    def objective(self) -> Objective:
        """Return what a method minimises: all the data, `samples` times over, in one frozen draw."""
        return self._objective

    @cached_property
    def _objective(self) -> Objective:
        return self._frozen(self.x)

    def _frozen(self, x: np.ndarray) -> Objective:
        stream = (FROZEN, self.redrawn)
        return Objective(self.model, x, self.engine, seed=self.seed, samples=self.samples, stream=stream)

    def yardstick(self) -> Objective:
        """Return the objective that compares the vectors of a long run; of many points it uses a part.
        It has all points up to 4,000, and beyond that a sixth of them, but at least 2,000.
        """
        k = min(self.points // ENOUGH, SPARSE)
        return self.objective() if k < 2 else self._frozen(self.x[::k])

    def referee(self, samples: int = 64) -> Objective:
        """Return the loss that tables report, with `samples` draws of unseen noise (fewer for large data)."""
        samples = max(1, min(samples, MANY // self.x.size))
        return Objective(self.model, self.x, self.engine, seed=self.seed, samples=samples, stream=(REFEREE,))

    def epochs(self, batch: int, shuffle: bool = True) -> Iterator[Draw]:
        """Yield epochs indefinitely: a pass over the data in fresh draws, stacked as (batches, batch, ...).

        The last n mod batch of the n points in each permutation are left out.
        """
        rng, many = stream_of(self.seed, FRESH), np.tile(self.x, (self.points // len(self.x), 1))
        frozen = None if self.random else self.objective().draw.map(np.asarray)
        for order in self._orders(rng, batch, shuffle):
            at = order.ravel()
            draw = frozen.at(at) if frozen else self.model.draw(many[at], rng)
            yield draw.map(lambda a: a.reshape(-1, batch, a.shape[1]))

    def orders(self, batch: int, shuffle: bool = True) -> Iterator[np.ndarray]:
        """Yield the indices of each epoch's points, (batches, batch), as in `epochs` without noise."""
        return self._orders(stream_of(self.seed, FRESH), batch, shuffle)

    def _orders(self, rng: np.random.Generator, batch: int, shuffle: bool) -> Iterator[np.ndarray]:
        n, whole = self.points, self.points // batch * batch
        while True:
            order = rng.permutation(n)[:whole] if shuffle else np.arange(whole)
            yield order.reshape(-1, batch)
