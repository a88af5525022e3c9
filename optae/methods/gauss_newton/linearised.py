"""The Gauss-Newton model of an autoencoder's loss, whose Jacobian is never formed.

Let g and H be the loss's gradient and (diagonal) curvature in the outputs, and J the outputs' Jacobian. Then
the loss about theta is |r + A q|^2 / 2 + const with A = H^1/2 J and r = H^-1/2 g. So A^T A = J^T H J is the
generalised Gauss-Newton matrix (Schraudolph, 2002), which is the Fisher matrix for bce. A sampled
bottleneck's penalty is a convex function of the encoder's outputs, so it adds rows in the same way.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

from ...engines.cost import by_hand, gram, layers, product, weights
from ...model.autoencoder import Autoencoder, Draw
from ...model.network import Sweep
from ...training.account import Kind
from .coordinates import Coordinates
from .rows import Rows

FLOOR = 1e-8  # least curvature of a sample, for saturated outputs, which would divide by zero
CROWD = 64  # samples to which the coordinates are fitted
PIECE = 2e7  # numbers of the Jacobian that exist at once


class Linearised:
    """r + A q about theta (size,), for a draw of NumPy arrays: a `Local` in fitted `Coordinates`.

    Each sample has R rows: its d outputs, and those of the penalty if the bottleneck samples. `charge` is
    told the operations of each "grad", "hvp" and "jacobian", and `operate` those of all other work, in
    pieces.
    """

    def __init__(
        self,
        model: Autoencoder,
        draw: Draw,
        theta: np.ndarray,
        charge: Callable[[Kind, float], None] = lambda kind, count: None,
        operate: Callable[[float], None] = lambda count: None,
    ) -> None:
        parts = model.layout.unpack(theta)
        self._model, self._draw, self._charge, self.operate = model, draw, charge, operate
        self._n, self._d = draw.target.shape
        self._prices = by_hand(model, self._n)
        self._shift = 2.0 * model.bias * layers(model)  # operations of the biases' part of a step
        operate(self._prices.value)
        self._encode = Sweep(model.encoder_network, parts, draw.x)
        z, _ = model.bottleneck(self._encode.y, draw.eps)
        self._decode = Sweep(model.scored_network, parts, z)
        self._roots, self.residuals = self._whitened()
        self.shape = self.residuals.size, model.size

    def step(self, q: np.ndarray) -> np.ndarray:
        """Return q (size,) as a step of theta (size,)."""
        self.operate(self._shift)
        return self._coordinates.outward(q)

    def bend(self, q: np.ndarray) -> None:
        """Return None: on letters, geodesic acceleration saves no iterations."""

    def pull(self, v: np.ndarray) -> np.ndarray:
        """Return A^T v (size,) for v (n R,)."""
        self._charge("grad", self._prices.grad)
        return self._pull(v)

    def product(self, q: np.ndarray) -> np.ndarray:
        """Return A^T A q (size,)."""
        self._charge("hvp", 2 * self._prices.grad + self._shift)
        return self._pull(self.push(q))

    def push(self, q: np.ndarray) -> np.ndarray:
        """Return A q (n R,)."""
        tangent = self._model.layout.unpack(self._coordinates.outward(q))
        bottleneck = self._model.bottleneck
        dh = self._encode.push(tangent)
        rows = [self._decode.push(tangent, bottleneck.push(self._encode.y, self._draw.eps, dh))]
        if bottleneck.samples:
            rows.append(dh)
        return np.ravel(self._roots * np.hstack(rows))

    def gram(self) -> np.ndarray:
        """Return the upper triangle of A A^T (n R, n R)."""
        self._charge("jacobian", 0.0)
        rows = self._few if self._stride == 1 else self._rows(slice(None))
        return self._coordinates.gram(rows, self.operate)

    def normal(self) -> np.ndarray:
        """Return A^T A (size, size)."""
        self._charge("jacobian", 0.0)
        total = np.zeros((self._model.size, self._model.size))
        for rows in self.pieces():
            self.operate(gram(*rows.T.shape))
            total += rows.T @ rows
        return total

    def pieces(self) -> Iterator[np.ndarray]:
        """Yield A in pieces (rows, size) of a few samples each."""
        many = max(1, int(PIECE / (self._roots.shape[1] * self._model.size)))
        for start in range(0, self._n, many):
            yield self._coordinates.matrix(self._rows(slice(start, start + many)))

    # inside

    def _whitened(self) -> tuple[np.ndarray, np.ndarray]:
        """Return H^1/2 (n, R) and r (n R,)."""
        out, target, criterion = self._decode.y, self._draw.target, self._model.criterion
        grads = [criterion.grad(out, target)]
        curves = [np.broadcast_to(criterion.curvature(out, target), out.shape)]
        if self._model.bottleneck.samples:
            h, none = self._encode.y, self._no_codes
            grads.append(self._force)
            curves.append(self._model.bottleneck.pull_tangent(h, self._draw.eps, np.ones_like(h), none, none))
        roots = np.sqrt(np.maximum(np.hstack(curves), FLOOR / self._n))
        return roots, np.ravel(np.hstack(grads) / roots)

    def _pull(self, v: np.ndarray) -> np.ndarray:
        grad, rows = np.empty(self._model.size), self._roots * v.reshape(self._roots.shape)
        into = self._model.layout.unpack(grad)
        dz = self._decode.pull(rows[:, : self._d].copy(), into)
        dh = self._model.bottleneck.pull(self._encode.y, self._draw.eps, dz) - self._force
        if self._model.bottleneck.samples:
            dh += rows[:, self._d :]
        self._encode.pull(dh, into, first=True)
        return self._coordinates.inward(grad)

    @property
    def _no_codes(self) -> np.ndarray:
        return np.zeros((self._n, self._model.latent_width))

    @cached_property
    def _force(self) -> np.ndarray:
        """The gradient (n, width) of the bottleneck's own penalty."""
        return self._model.bottleneck.pull(self._encode.y, self._draw.eps, self._no_codes)

    @cached_property
    def _coordinates(self) -> Coordinates:
        """Coordinates fitted to a few samples, evenly chosen."""
        self.operate(self._few.operations)
        return Coordinates.fit(self._model, self._few, len(self._few.through) / self._n)

    @cached_property
    def _few(self) -> Rows:
        return self._rows(slice(None, None, self._stride))

    @property
    def _stride(self) -> int:
        return -(-self._n // CROWD)

    def _rows(self, at: slice) -> Rows:
        """Return these samples' rows and their sensitivities."""
        h, roots = self._encode.y[at], self._roots[at]
        n, width = h.shape
        self.operate(self._responding(n, width, roots.shape[1]))
        rows = roots[:, :, None] * np.eye(roots.shape[1])
        decoder, through = self._decode.responses(rows[:, :, : self._d], at)
        through = through @ self._bend(h, at)
        if self._model.bottleneck.samples:
            through += rows[:, :, self._d :]
        encoder, _ = self._encode.responses(np.broadcast_to(np.eye(width), (n, width, width)), at)
        return Rows(decoder, encoder, through)

    def _responding(self, n: int, width: int, many: int) -> float:
        """Return the operations of `_rows` for n samples with so many rows each."""
        decoder, encoder = (weights(net) for net in (self._model.scored_network, self._model.encoder_network))
        bend = n * product(many, self._model.latent_width, width)
        return 2.0 * n * (many * sum(decoder) + width * sum(encoder)) + bend

    def _bend(self, h: np.ndarray, at: slice) -> np.ndarray:
        """Return the bottleneck's Jacobian dz / dh, (n, latent, width)."""
        push, eps = self._model.bottleneck.push, self._draw.eps
        units = [np.broadcast_to(unit, h.shape) for unit in np.eye(h.shape[1])]
        return np.stack([push(h, None if eps is None else eps[at], unit) for unit in units], axis=2)
