"""A model as a chain of stages, each of which reads the output of the one before, and a criterion at its end.

An autoencoder is a network, a bottleneck and a network. Evaluations, derivatives and the methods that look
inside a model follow the chain for any stages.
"""

from functools import cached_property
from math import prod
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..engines import Array, Library
from ..engines.contract import Noise, Parts
from ..engines.draw import Draw
from ..engines.streams import START, stream
from ..tables.card import card, rows
from . import derivatives
from .corruptions import Corruption
from .initializers import INITS, layers_of
from .layout import Layout
from .losses import LOSSES, Criterion
from .network import Network
from .stage import Stage


class Chain(Protocol):
    """A loss as pure functions of one flat vector, for every model that is a chain."""

    widths: tuple[int, ...]  # of all layers, from the data to the output
    bias: bool  # whether layers have biases
    loss_name: str  # of the criterion, in `LOSSES`
    init_name: str  # of what draws the first vector, in `INITS`
    corruption: Corruption | None  # of the input, which the model must undo
    l2: float = 0.0  # the weight of |theta|^2 / 2 in the loss

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages from the input to the outputs that the criterion scores; the last is a network."""

    @property
    def words(self) -> dict[str, Any]:
        """The model as words and numbers that JSON holds."""

    def __repr__(self) -> str:
        widths = "-".join(map(str, self.widths))
        return f"<{type(self).__name__} {widths}, {self.loss_name}, {self.size:,} parameters>"

    def _repr_html_(self) -> str:
        words = {name: word for name, word in self.words.items() if word is not None and name != "widths"}
        shapes = self.layout.shapes.items()
        lines = [(name, " x ".join(map(str, shape)), f"{prod(shape):,}") for name, shape in shapes]
        return card(repr(self)[1:-1], words, rows(("array", "shape", "parameters"), lines))

    def __hash__(self) -> int:
        """Return the same number for equal models, so that they share compiled code."""
        return object.__hash__(self)

    def checked(
        self, x: npt.ArrayLike, y: npt.ArrayLike | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return x (n, d) and y (n, k) as float64. Raises ValueError for data that do not fit the model."""

    def draw(self, x: Array, rng: Noise, y: Array | None = None) -> Draw:
        """Return the input, target and noise of one evaluation on x (n, d); the target is y, or x itself."""

    @property
    def random(self) -> bool:
        """Whether two draws of the same data differ."""
        return self.corruption is not None or any(stage.samples for stage in self.stages)

    @cached_property
    def criterion(self) -> Criterion:
        """The loss between outputs (or logits) and targets."""
        return LOSSES[self.loss_name]

    @cached_property
    def minimised(self) -> str:
        """What the loss is in words: the criterion, with KL if a bottleneck samples, and with L2.

        >>> from optae import Autoencoder
        >>> Autoencoder([4, 2], bottleneck="gaussian", l2=1e-5).minimised
        'bce + KL + L2'
        """
        sampled = any(stage.samples for stage in self.stages)
        return self.loss_name + " + KL" * sampled + " + L2" * (self.l2 > 0)

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """The stages that are networks, from the input to the output."""
        return tuple(stage for stage in self.stages if isinstance(stage, Network))

    @cached_property
    def penalty_rows(self) -> int:
        """The number of inputs, for a sample, of the stages that have a penalty."""
        read = zip(self.stages, self.stages[1:], strict=False)
        return sum(
            before.widths[-1] for before, stage in read if stage.samples and isinstance(before, Network)
        )

    @cached_property
    def layout(self) -> Layout:
        """The named arrays of theta, network by network."""
        first, *others = (network.layout for network in self.networks)
        for layout in others:
            first = first.join(layout)
        return first

    @cached_property
    def size(self) -> int:
        """The number of parameters."""
        return self.layout.size

    def init(self, seed: int | np.random.Generator = 0) -> np.ndarray:
        """Return initial parameters (size,) by the model's `init`, from a seed or a generator."""
        theta = np.zeros(self.size)
        layers = layers_of(self.layout.unpack(theta), *self.networks)
        rng = seed if isinstance(seed, np.random.Generator) else stream(seed, START)
        INITS[self.init_name](rng, layers)
        return theta

    def loss(self, theta: Array, draw: Draw, xp: Library = np) -> Array:
        """Return the loss at theta (size,), a scalar; `xp` is numpy, autograd.numpy or jax.numpy."""
        return self.loss_of(self.layout.unpack(theta), draw, xp)

    def loss_of(self, parts: Parts, draw: Draw, xp: Library = np) -> Array:
        """Return the loss at theta's named arrays."""
        misfit, penalty = self.terms(parts, draw, xp)
        return misfit + penalty

    def terms(self, parts: Parts, draw: Draw, xp: Library = np) -> tuple[Array, Array]:
        """Return the loss's two parts at named arrays: the criterion with L2, and the stages' penalties."""
        z, penalty = self._inner(parts, draw, xp)
        return self._misfit(parts, z, draw.target, xp) + self.decay(parts), penalty

    def decay(self, parts: Parts) -> Array:
        """Return l2 |theta|^2 / 2 at named arrays, biases included (Tikhonov, 1963)."""
        if not self.l2:
            return 0.0
        flat = [part.reshape(-1) for part in parts.values()]
        return 0.5 * self.l2 * sum(a @ a for a in flat)

    def residuals(self, theta: Array, draw: Draw, xp: Library = np) -> Array:
        """Return residuals (n d,); half their sum of squares is the loss if `residual_reason` is None.

        With L2 the elements of sqrt(l2) theta follow, (n d + size,).
        """
        misses = self._residuals(theta, draw, xp)
        return xp.concatenate([misses, self.l2**0.5 * theta]) if self.l2 else misses

    def _residuals(self, theta: Array, draw: Draw, xp: Library) -> Array:
        """Return those of the criterion, (n d,)."""
        parts, network, criterion = self.layout.unpack(theta), self.networks[-1], self.criterion
        z, _ = self._inner(parts, draw, xp)
        if criterion.direct or xp is np:
            residuals = xp.ravel(criterion.residuals(network.forward(parts, z, xp), draw.target, xp))
            if criterion.direct or not 0.5 * (residuals @ residuals) < derivatives.ROUNDED:
                return residuals
        return xp.ravel(criterion.residuals(network.misses(parts, z, draw.target, xp), 0.0, xp))

    def residual_reason(self, target: np.ndarray) -> str | None:
        """Return why the loss is not a sum of squares on these targets, or None if it is."""
        if any(stage.samples for stage in self.stages):
            return "a sampled bottleneck's loss is not a sum of squared residuals"
        reason = self.criterion.residual_reason(target)
        return reason and f"'{self.loss_name}' {reason}"

    def _inner(self, parts: Parts, draw: Draw, xp: Library) -> tuple[Array, Array]:
        """Return the last network's input, and the sum of the penalties on the way."""
        y, total = draw.x, 0.0
        for stage in self.stages[:-1]:
            y, penalty = stage.through(parts, y, draw.eps, xp)
            total = total + penalty
        return y, total

    def _misfit(self, parts: Parts, z: Array, target: Array, xp: Library) -> Array:
        """Return the criterion's value, from `misses` where the rounding of the outputs would show."""
        network, criterion = self.networks[-1], self.criterion
        if criterion.direct or xp is np:
            value = criterion.value(network.forward(parts, z, xp), target, xp)
            if criterion.direct or not value < derivatives.ROUNDED:
                return value
        return criterion.value(network.misses(parts, z, target, xp), 0.0, xp)

    def value_and_grad(self, theta: np.ndarray, draw: Draw) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient (size,)."""
        return derivatives.value_and_grad(self, theta, draw)

    def hvp(self, theta: np.ndarray, v: np.ndarray, draw: Draw) -> np.ndarray:
        """Return the loss's Hessian at theta times v, (size,)."""
        return derivatives.hvp(self, theta, v, draw)

    def jacobian(self, theta: np.ndarray, draw: Draw) -> np.ndarray:
        """Return d residuals / d theta, (n d, size), or (n d + size, size) with L2."""
        return derivatives.jacobian(self, theta, draw)
