"""A dense network in a flat vector, with derivatives written by hand.

`forward` works with every array library. `Sweep` is one NumPy forward pass that keeps its layers' outputs for
the derivatives that follow: backward (gradients), forward (tangents), and backward along a tangent (second
derivatives; Pearlmutter, 1994).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ..engines import Array, Library
from ..engines.contract import Parts
from ..text import quoted
from .activations import Activation
from .layout import Layout
from .stage import EVERY, Responses

WIDEST = 100_000  # units of a layer, so that a mistyped width does not exhaust the memory


@dataclass(frozen=True)
class Network:
    """y = f(... f(x W0 + b0) ...), with `widths` from input to output and one activation per layer."""

    name: str  # prefix of its arrays' names: "encoder" or "decoder"
    widths: tuple[int, ...]
    activations: tuple[Activation, ...]
    bias: bool = True
    samples = False  # its output is not random

    @cached_property
    def layout(self) -> Layout:
        """The named arrays `name.0.weight` (in, out), `name.0.bias` (out,), `name.1.weight`, ..."""
        shapes: dict[str, tuple[int, ...]] = {}
        for (weight, bias, _), (fan_in, fan_out) in zip(self.layers, pairwise(self.widths), strict=True):
            shapes[weight] = (fan_in, fan_out)
            if self.bias:
                shapes[bias] = (fan_out,)
        return Layout(shapes)

    @cached_property
    def layers(self) -> tuple[tuple[str, str, Activation], ...]:
        """Each layer's names of weight and bias, with its activation."""
        return tuple(
            (f"{self.name}.{i}.weight", f"{self.name}.{i}.bias", f) for i, f in enumerate(self.activations)
        )

    @cached_property
    def numbered(self) -> tuple[tuple[int, tuple[str, str, Activation]], ...]:
        """The `layers` with their numbers."""
        return tuple(enumerate(self.layers))

    def outputs(self, parts: Parts, x: Array, xp: Library = np) -> list[Array]:
        """Return x (n, widths[0]) and every layer's output (n, widths[i])."""
        ys = [x]
        for weight, bias, f in self.layers:
            a = xp.dot(ys[-1], parts[weight])  # faster than @ for small matrices
            if self.bias:
                a += parts[bias]
            ys.append(f(a, xp))
        return ys

    def kept(self, parts: Parts, x: Array, xp: Library = np) -> tuple[list[Array], list[Array | None]]:
        """Return the `outputs`, and the rest that each layer's derivatives need in addition."""
        ys, rests = [x], []
        for weight, bias, f in self.layers:
            a = xp.dot(ys[-1], parts[weight])
            if self.bias:
                a += parts[bias]
            y, rest = f.kept(a, xp)
            ys.append(y)
            rests.append(rest)
        return ys, rests

    def forward(self, parts: Parts, x: Array, xp: Library = np) -> Array:
        """Return the output (n, widths[-1]) for x (n, widths[0])."""
        return self.outputs(parts, x, xp)[-1]

    def sweep(self, parts: Parts, x: np.ndarray, eps: Array | None = None) -> "Sweep":
        """Return a pass at x (n, widths[0]), kept for derivatives; a network takes no noise `eps`."""
        return Sweep(self, parts, x)

    def through(self, parts: Parts, x: Array, eps: Array | None, xp: Library = np) -> tuple[Array, float]:
        """Return `forward` and 0, as a network adds nothing to the loss by itself."""
        return self.forward(parts, x, xp), 0.0

    def misses(self, parts: Parts, x: Array, target: Array, xp: Library = np) -> Array:
        """Return `forward` less the target, with a small relative error even where outputs saturate at it."""
        ys, rests = self.kept(parts, x, xp)
        return self.activations[-1].miss(ys[-1], rests[-1], target, xp)


class Sweep:
    """A forward pass of a network at `parts`, kept for the derivatives that follow it: a chain's `Link`."""

    penalty, force, stiffness = 0.0, 0.0, None  # a network adds nothing to the loss by itself

    def __init__(self, network: Network, parts: Parts, x: np.ndarray) -> None:
        self._network, self._parts = network, parts
        self._layers = network.numbered
        self._ys, self._rests = network.kept(parts, x)
        self._tangent: Parts = {}
        self._das: list[np.ndarray] = []  # tangents of the layers' sums, after `push`
        self._dys: list[Array] = []  # tangents of the layers' outputs, x's first
        self.y = self._ys[-1]

    def misses(self, target: np.ndarray) -> np.ndarray:
        """Return y less the target, (n, out), as `Network.misses` does."""
        return self._network.activations[-1].miss(self.y, self._rests[-1], target)

    def pull(self, dy: np.ndarray, into: Parts, first: bool = False) -> np.ndarray:
        """Return dL/dx (n, in) from dL/dy (n, out), and write the weights' gradients into `into`.

        This is backpropagation. dL/dy is overwritten. dL/dx of the `first` network is skipped.
        """
        for i, (weight, bias, f) in reversed(self._layers):
            dy = f.pull(dy, self._ys[i + 1], self._rests[i])
            np.dot(self._ys[i].T, dy, out=into[weight])
            if self._network.bias:
                np.add.reduce(dy, axis=0, out=into[bias])
            if i or not first:
                dy = np.dot(dy, self._parts[weight].T)
        return dy

    def push(self, tangent: Parts, dx: Array = 0.0) -> np.ndarray:
        """Return dy (n, out) along a `tangent` of the weights and dx (n, in) of the input: forward mode."""
        self._tangent, self._das, self._dys = tangent, [], [dx]
        for i, (weight, bias, f) in self._layers:
            da = self._ys[i] @ tangent[weight]
            if i or np.ndim(dx):
                da += self._dys[-1] @ self._parts[weight]
            if self._network.bias:
                da += tangent[bias]
            self._das.append(da)
            self._dys.append(f.slope(self._ys[i + 1], self._rests[i]) * da)
        return self._dys[-1]

    def pull_tangent(
        self, dy: np.ndarray, ddy: np.ndarray, into: Parts, first: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return dL/dx and its tangent from dL/dy and its tangent: `pull` differentiated along `push`.

        It writes the tangent of the weights' gradient, a Hessian-vector product, into `into`.
        """
        for i, (weight, bias, f) in reversed(self._layers):
            y, rest = self._ys[i + 1], self._rests[i]
            slope = f.slope(y, rest)
            da = dy * slope
            dda = ddy * slope + dy * f.curvature(y, rest) * self._das[i]
            np.dot(self._ys[i].T, dda, out=into[weight])
            if i or np.ndim(self._dys[0]):
                into[weight][...] += self._dys[i].T @ da
            if self._network.bias:
                np.add.reduce(dda, axis=0, out=into[bias])
            if i or not first:
                dy = da @ self._parts[weight].T
                ddy = dda @ self._parts[weight].T + da @ self._tangent[weight].T
        return dy, ddy

    def sensitivities(self, dy: np.ndarray, into: Parts) -> np.ndarray:
        """Return the `pull` of k outputs of each sample separately, from (n, k, out) to (n, k, in).

        It writes each sample's own gradients into `into`, (n, k, in, out) and (n, k, out).
        """
        responses, dx = self.responses(dy)
        for (weight, bias, _), (y, da) in zip(self._network.layers, responses, strict=True):
            np.multiply(y[:, None, :, None], da[:, :, None, :], out=into[weight])
            if self._network.bias:
                into[bias][...] = da
        return dx

    def responses(self, dy: np.ndarray, at: slice = EVERY) -> tuple[Responses, np.ndarray]:
        """Return each layer's inputs and its sums' sensitivities, and dL/dx, without the products.

        The first layer comes first; `at` selects samples.
        """
        found: Responses = []
        for i, (weight, _, f) in reversed(self._layers):
            y, rest = self._ys[i + 1][at], self._rests[i]
            slope = f.slope(y, None if rest is None else rest[at])
            da = dy * np.broadcast_to(slope, y.shape)[:, None, :]
            found.append((self._ys[i][at], da))
            dy = da @ self._parts[weight].T
        return found[::-1], dy


def full_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Return all widths, given a full list of odd length with equal ends, or the encoder's half.

    >>> full_widths([35, 15, 2])
    (35, 15, 2, 15, 35)
    >>> full_widths([35, 15, 2, 10, 35])
    (35, 15, 2, 10, 35)
    """
    checked_widths(widths)
    if widths[0] != widths[-1]:
        widths = [*widths, *reversed(widths[:-1])]
    elif len(widths) % 2 == 0:
        text = ",".join(map(str, widths))
        raise ValueError(
            f"architecture {quoted(text)} has an even length, so no middle:"
            " give an odd list such as 35,15,2,15,35"
        )
    return tuple(int(w) for w in widths)


def checked_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Return widths of layers, from the data to the output. Raises ValueError for what are none."""
    text = ",".join(map(str, widths))
    if any(isinstance(w, bool) or not isinstance(w, int | np.integer) or w < 1 for w in widths):
        raise ValueError(f"architecture {quoted(text)}: widths are whole numbers from 1, such as 35,20,15,2")
    if len(widths) < 2:
        raise ValueError(
            f"architecture {quoted(text)} is too short: give at least data and latent width, such as 35,2"
        )
    if max(widths) > WIDEST:
        raise ValueError(f"architecture {quoted(text)}: no layer may be wider than {WIDEST}")
    return tuple(int(w) for w in widths)
