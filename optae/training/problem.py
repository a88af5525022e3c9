"""The problem of training a model: one function of theta, or a stream of draws."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..engines import EngineField
from ..engines.draw import Draw
from ..engines.slices import MANY
from ..engines.streams import FRESH, FROZEN, REFEREE, check_seed
from ..engines.streams import stream as stream_of
from ..evaluation.metrics import measure, names
from ..evaluation.own import HELDOUT, OwnMetric, metric_of
from ..model.autoencoder import Autoencoder
from ..model.binarization import HELDOUT as UNSEEN
from ..model.chain import Chain
from ..tables.card import card
from ..text import counted
from .objective import Objective, repeated

ENOUGH, SPARSE = 2000, 6  # a yardstick takes a sixth of many points, but at least 2000


@dataclass(frozen=True, eq=False, repr=False)
class Problem:
    """The problem that a method solves: a model, data x (n, d), an engine, and a seed.

    An autoencoder's x lies in [0, 1] and is its own target. A network that predicts has targets y: (n, k), or
    (n,) numbers or classes from 0, which are kept as rows with one 1.

    With a model that binarizes, x holds the pixels that are measured; draws of a dynamic one begin at `grey`.

    Seeds are paired: with the same seed every method and engine gets the same start, the same frozen draw
    and, for the same batch size, the same epochs. Compiled epochs use the same batches if there is no noise;
    otherwise they draw the noise on the device.
    """

    model: Chain
    x: np.ndarray
    y: np.ndarray | None = None  # (n, k), or None where x is its own target
    engine: EngineField = EngineField()  # noqa: RUF009 - a descriptor, which belongs to the class
    seed: int = 0
    samples: int = 1  # noise samples for each point of a frozen draw and of an epoch
    heldout: np.ndarray | None = None  # (m, d), data that no method sees
    heldout_y: np.ndarray | None = None  # (m, k), their targets
    validation: np.ndarray | None = None  # (v, d), by which compiled epochs choose the best vector
    grey: np.ndarray | None = None  # (n, d), from which each draw's pixels are drawn; x itself if not given
    fresh: bool = True  # whether every epoch of a random model draws noise again, or uses the frozen draw
    restarted: int = 0  # how many fresh starts the method has had before
    redrawn: int = 0  # the number of the frozen draw
    own: Sequence[OwnMetric] = ()  # metrics of one's own, functions f(prediction, target) or words
    first: np.ndarray | Callable[[], np.ndarray] | None = None  # a start (size,) in place of the seed's
    iwae: int | None = None  # importance samples for the log-likelihood of held-out images at the end, if any
    iwae_images: int | None = None  # how many of these images; None means all
    quadrature: int | None = None  # or codes along each latent unit of a grid for it, if any

    def __repr__(self) -> str:
        points = counted(len(self.x), "point")
        return f"<Problem: {self.model!r} on {points}, engine {self.engine.name}, seed {self.seed}>"

    def _repr_html_(self) -> str:
        facts = {
            "model": repr(self.model)[1:-1],
            "data": f"{len(self.x):,} x {self.x.shape[1]}",
            "engine": self.engine.name,
            "seed": self.seed,
        }
        if self.heldout is not None:
            facts["held out"] = f"{len(self.heldout):,} points"
        return card("Problem", facts)

    def __post_init__(self) -> None:
        if isinstance(self.y, str):
            raise ValueError(f"y = '{self.y}' is not a target: name the engine, as in engine='{self.y}'")
        self._check("x", "y")
        if self.heldout is not None:
            self._check("heldout", "heldout_y")
        self._binarize()
        check_seed(self.seed)
        if self.samples < 1:
            raise ValueError(f"samples {self.samples}: a frozen draw needs at least 1 of each point")
        object.__setattr__(self, "own", tuple(map(metric_of, self.own)))
        for metric in self.own:
            metric.check(self.target)

    def _check(self, *names: str) -> None:
        """Replace the two fields, data and targets, by checked arrays."""
        words = vars(self)
        for name, array in zip(names, self.model.checked(*(words[name] for name in names)), strict=True):
            object.__setattr__(self, name, array)

    def _binarize(self) -> None:
        """Replace data by the pixels that are measured; keep the grey values if draws begin at them."""
        grey = self.x if self.grey is None else self.model.checked(self.grey)[0]
        object.__setattr__(self, "grey", grey if self.model.dynamic else None)
        object.__setattr__(self, "x", self.model.static(self.x))
        if self.heldout is not None:
            object.__setattr__(self, "heldout", self.model.static(self.heldout, UNSEEN))
        if self.validation is not None:
            checked = self.model.checked(self.validation)[0]
            object.__setattr__(self, "validation", self.model.static(checked))

    @property
    def source(self) -> np.ndarray:
        """What draws begin at, (n, d): x, or its grey values if each draw has pixels of its own."""
        return self.x if self.grey is None else self.grey

    @property
    def target(self) -> np.ndarray:
        """What the model's outputs are compared with, (n, k): y, or x itself."""
        return self.x if self.y is None else self.y

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics that `measure` returns."""
        own = [metric.word for metric in self.own]
        unseen = [f"{word}:{HELDOUT}" for word in own if self.heldout_y is not None]
        return (*names(self.model, self.heldout_y is not None), *own, *unseen)

    def measure(self, theta: np.ndarray) -> dict[str, float]:
        """Return every metric at theta (size,), those of held-out targets as `heldout_` and the name.

        One's own, such as mine.py:hits, is mine.py:hits:heldout there.
        """
        found = measure(self.model, theta, self.x, self.y, self.own)
        if self.heldout is None or self.heldout_y is None:
            return found
        unseen = measure(self.model, theta, self.heldout, self.heldout_y, self.own)
        own = {metric.word for metric in self.own}
        return found | {
            f"{name}:{HELDOUT}" if name in own else f"heldout_{name}": value for name, value in unseen.items()
        }

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
        """Return the first theta (size,). Raises ValueError if `first` gives none of that size."""
        if self.first is None:
            return self.model.init(self.seed)
        theta = np.array(self.first() if callable(self.first) else self.first, dtype=float)
        if theta.shape != (self.model.size,):
            raise ValueError(f"a start of shape {theta.shape}: give the model's {self.model.size:,} numbers")
        return theta

    def objective(self) -> Objective:
        """Return what a method minimises: all the data, `samples` times over, in one frozen draw."""
        return self._objective

    @cached_property
    def _objective(self) -> Objective:
        return self._frozen()

    def _frozen(self, every: int = 1) -> Objective:
        return self._objective_of(every, self.samples, (FROZEN, self.redrawn))

    def _objective_of(self, every: int, samples: int, stream: tuple[int, ...]) -> Objective:
        """Return the loss of every so many-th point, of so many samples of the noise."""
        x, y = self.source[::every], None if self.y is None else self.y[::every]
        return Objective(self.model, x, y, self.engine, seed=self.seed, samples=samples, stream=stream)

    def yardstick(self) -> Objective:
        """Return the objective that compares the vectors of a long run.

        It is the loss of the validation data without noise on their input, if there are any. Otherwise it has
        all points up to 4,000, and beyond that a sixth of them, but at least 2,000.
        """
        if self.validation is not None and isinstance(self.model, Autoencoder):
            return Objective(self.model.clean, self.validation, engine=self.engine, seed=self.seed)
        k = min(self.points // ENOUGH, SPARSE)
        return self.objective() if k < 2 else self._frozen(k)

    def referee(self, samples: int = 64) -> Objective:
        """Return the loss that tables report, with `samples` draws of unseen noise (fewer for large data)."""
        samples = max(1, min(samples, MANY // self.x.size))
        return self._objective_of(1, samples, (REFEREE,))

    def epochs(self, batch: int, shuffle: bool = True) -> Iterator[Draw]:
        """Yield epochs indefinitely: a pass over the data in fresh draws, stacked as (batches, batch, ...).

        The last n mod batch of the n points in each permutation are left out.
        """
        rng, (many, goals) = stream_of(self.seed, FRESH), self.repeated()
        frozen = None if self.random else self.objective().draw.map(np.asarray)
        for order in self._orders(rng, batch, shuffle):
            at = order.ravel()
            given = None if goals is None else goals[at]
            draw = frozen.at(at) if frozen else self.model.draw(many[at], rng, given)
            yield draw.map(lambda a: a.reshape(-1, batch, a.shape[1]))
            del draw  # large data have no room for two

    def repeated(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Return data and targets of an epoch's points, (points, d) and (points, k) or None."""
        times = self.points // len(self.x)
        return repeated(self.source, times), None if self.y is None else repeated(self.y, times)

    def orders(self, batch: int, shuffle: bool = True) -> Iterator[np.ndarray]:
        """Yield the indices of each epoch's points, (batches, batch), as in `epochs` without noise."""
        return self._orders(stream_of(self.seed, FRESH), batch, shuffle)

    def _orders(self, rng: np.random.Generator, batch: int, shuffle: bool) -> Iterator[np.ndarray]:
        n, whole = self.points, self.points // batch * batch
        while True:
            order = rng.permutation(n)[:whole] if shuffle else np.arange(whole)
            yield order.reshape(-1, batch)
