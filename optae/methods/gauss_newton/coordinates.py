"""Coordinates in which damping treats all parameters alike.

A layer a = y W + b is written about its mean input, a = (y - mean) W + c with c = b + mean W, so that inputs
which are never negative do no harm (Schraudolph, 1998). Then each array is scaled so that the diagonal of its
part of the Gauss-Newton matrix has mean 1: Marquardt's scaling (1963), with one scale for each array. A scale
for each weight would be finer, but a layer's part of A A^T would no longer be a product of two Gram matrices.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...engines.cost import gram
from ...model.chain import Chain
from ...model.layout import Layout
from .rows import Rows

DEAD = 1e-12  # share of the strongest array's power that a dead array is given, to keep its scale finite


@dataclass(frozen=True)
class Frame:
    """The coordinates of one layer."""

    weight: str
    bias: str | None
    mean: np.ndarray  # (in,), zeros if there is no bias
    scale: float = 1.0
    bias_scale: float = 0.0

    def kernel(self, y: np.ndarray) -> np.ndarray:
        """Return the Gram matrix (n, n) of inputs y (n, in) and the bias's constant input."""
        inputs = self.scale * (y - self.mean)
        return inputs @ inputs.T + self.bias_scale**2

    def metric(self) -> np.ndarray:
        """Return the matrix (in, in), or (in + 1, in + 1) with a bias, of |dW|^2 + |db|^2 for each unit."""
        inputs = self.scale * np.eye(len(self.mean))
        if not self.bias:
            return inputs @ inputs
        step = np.block([
            [inputs, np.zeros((len(self.mean), 1))],
            [-self.scale * self.mean, self.bias_scale],
        ])  # fmt: skip
        return step.T @ step


@dataclass(frozen=True)
class Coordinates:
    """Coordinates q (size,) of steps in theta, by layer: dW = scale q_W, db = bias_scale q_b - mean dW."""

    layout: Layout
    frames: tuple[Frame, ...]  # those of the last network first

    @classmethod
    def fit(cls, model: Chain, rows: Rows, share: float) -> "Coordinates":
        """Return the coordinates that fit the rows of a share of the samples."""
        names = [(weight, bias) for network in reversed(model.networks) for weight, bias, _ in network.layers]
        means = [model.bias * y.mean(axis=0) for y, _ in rows.layers]
        powers = np.array([
            ((np.square(y - mean).mean(axis=1) @ outputs) / s.shape[2], outputs.sum() / s.shape[2])
            for (y, s), mean, outputs in zip(rows.layers, means, rows.outputs(), strict=True)
        ])  # fmt: skip
        strongest = powers.max()
        scales = (np.maximum(powers, DEAD * strongest) / share) ** -0.5 if strongest > 0 else powers + 1
        return cls(
            model.layout,
            tuple(
                Frame(weight, bias if model.bias else None, mean, scale, model.bias * bias_scale)
                for (weight, bias), mean, (scale, bias_scale) in zip(names, means, scales, strict=True)
            ),
        )

    def outward(self, q: np.ndarray) -> np.ndarray:
        """Map q (size,) to a step of theta (size,)."""
        step = q.copy()
        parts = self.layout.unpack(step)
        for frame in self.frames:
            parts[frame.weight][...] *= frame.scale
            if frame.bias:
                parts[frame.bias][...] *= frame.bias_scale
                parts[frame.bias][...] -= frame.mean @ parts[frame.weight]
        return step

    def inward(self, grad: np.ndarray) -> np.ndarray:
        """Map a gradient in theta (size,) to the gradient in q, by the transpose; `grad` is overwritten."""
        parts = self.layout.unpack(grad)
        for frame in self.frames:
            if frame.bias:
                parts[frame.weight][...] -= np.outer(frame.mean, parts[frame.bias])
                parts[frame.bias][...] *= frame.bias_scale
            parts[frame.weight][...] *= frame.scale
        return grad

    def metric(self) -> np.ndarray:
        """Return M (size, size) with q^T M q = |step|^2 of theta."""
        places = {name: at for name, at, _ in self.layout.slots}
        metric = np.zeros((self.layout.size, self.layout.size))
        for frame in self.frames:
            names = [frame.weight, *([frame.bias] if frame.bias else [])]
            at = np.concatenate([np.arange(places[name].start, places[name].stop) for name in names])
            inner = frame.metric()
            metric[np.ix_(at, at)] = np.kron(inner, np.eye(len(at) // len(inner)))
        return metric

    def gram(self, rows: Rows, operate: Callable[[float], None]) -> np.ndarray:
        """Return the upper triangle of A A^T (n R, n R); `operate` is told each part's operations."""
        operate(sum(gram(*y.shape) for y, _ in rows.layers))
        pairs = zip(self.frames, rows.layers, strict=True)
        return rows.gram([frame.kernel(y) for frame, (y, _) in pairs], operate)

    def matrix(self, rows: Rows) -> np.ndarray:
        """Return A itself, (n R, size), for a few samples."""
        n, many = rows.shape
        a = np.empty((n, many, self.layout.size))
        into = {name: a[:, :, at].reshape(n, many, *shape) for name, at, shape in self.layout.slots}
        for frame, (y, s) in zip(self.frames, rows.full(), strict=True):
            inputs = frame.scale * (y - frame.mean)
            np.multiply(inputs[:, None, :, None], s[:, :, None, :], out=into[frame.weight])
            if frame.bias:
                np.multiply(frame.bias_scale, s, out=into[frame.bias])
        return a.reshape(n * many, -1)
