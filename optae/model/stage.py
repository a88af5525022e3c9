"""The contract of a chain's stages: networks and bottlenecks."""

from typing import Protocol

import numpy as np

from ..engines import Array, Library
from ..engines.contract import Parts

Responses = list[tuple[np.ndarray, np.ndarray]]  # each layer's inputs (n, in), sensitivities (n, k, out)
EVERY = slice(None)


class Link(Protocol):
    """A stage's NumPy pass at one input, kept for the derivatives that follow it."""

    y: np.ndarray  # (n, out)
    penalty: Array  # the stage's own part of the loss

    @property
    def force(self) -> Array:
        """Return the gradient (n, in) of the penalty in the stage's input, or 0."""

    @property
    def stiffness(self) -> np.ndarray | None:
        """Return the diagonal (n, in) of the penalty's Hessian in the stage's input, or None."""

    def pull(self, dy: np.ndarray, into: Parts, first: bool = False) -> np.ndarray:
        """Return dL/dx (n, in) from dL/dy (n, out), the penalty's own gradient included.

        It overwrites dL/dy and writes the gradients of the stage's weights into `into`; dL/dx of the `first`
        network is skipped.
        """

    def push(self, tangent: Parts, dx: Array = 0.0) -> np.ndarray:
        """Return dy (n, out) along a `tangent` of the weights and dx (n, in) of the input."""

    def pull_tangent(
        self, dy: np.ndarray, ddy: np.ndarray, into: Parts, first: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return dL/dx and its tangent from dL/dy and its tangent: `pull` differentiated along `push`."""

    def sensitivities(self, dy: np.ndarray, into: Parts) -> np.ndarray:
        """Return k pulls of each sample separately, from (n, k, out) to (n, k, in).

        It writes each sample's own gradients into `into`, (n, k, in, out) and (n, k, out).
        """

    def responses(self, dy: np.ndarray, at: slice = EVERY) -> tuple[Responses, np.ndarray]:
        """Return each layer's inputs and its sums' sensitivities, and k pulls (n, k, in) of these samples."""


class Stage(Protocol):
    """A map from inputs (n, in) to outputs (n, out)."""

    @property
    def samples(self) -> bool:
        """Whether the output is random given the input."""

    def through(self, parts: Parts, x: Array, eps: Array | None, xp: Library = np) -> tuple[Array, Array]:
        """Return the output and the stage's part of the loss; `eps` is the draw's latent noise."""

    def sweep(self, parts: Parts, x: np.ndarray, eps: Array | None) -> Link:
        """Return the pass at x, for derivatives."""
