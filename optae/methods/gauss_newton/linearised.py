"""The Gauss-Newton model of a chain's loss, whose Jacobian is never formed.

Let g be the loss's gradient in the outputs, H = F F^T its curvature there (F from the criterion's `factor`),
and J the outputs' Jacobian. Then the loss about theta is |r + A q|^2 / 2 + const with A = F^T J and F r = g.
So A^T A = J^T H J is the generalised Gauss-Newton matrix (Schraudolph, 2002), which is the Fisher matrix for
bce and cross_entropy. A sampled bottleneck's penalty is a convex function of the encoder's outputs, so it
adds rows in the same way.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

from ...engines import Array
from ...engines.cost import by_hand, gram, layers, product, weights
from ...engines.draw import Draw
from ...model.bottlenecks import Crossing
from ...model.chain import Chain
from ...model.curvature import diagonal
from ...model.derivatives import links
from ...model.network import Sweep
from ...model.stage import Link
from ...training.account import Kind
from .coordinates import Coordinates
from .rows import Block, Rows

FLOOR = 1e-8  # least curvature of a sample, for saturated outputs, which would divide by zero
CROWD = 64  # samples to which the coordinates are fitted
PIECE = 2e7  # numbers of the Jacobian that exist at once


class Linearised:
    """r + A q about theta (size,), for a draw of NumPy arrays: a `Local` in fitted `Coordinates`.

    Each sample has R rows: its d outputs, and those of the penalties if a bottleneck samples. `charge` is
    told the operations of each "grad", "hvp" and "jacobian", and `operate` those of all other work, in
    pieces.
    """

    def __init__(
        self,
        model: Chain,
        draw: Draw,
        theta: np.ndarray,
        charge: Callable[[Kind, float], None] = lambda kind, count: None,
        operate: Callable[[float], None] = lambda count: None,
    ) -> None:
        parts = model.layout.unpack(theta)
        self._model, self._charge, self.operate = model, charge, operate
        self._n, self._d = len(draw.x), model.widths[-1]
        self._prices = by_hand(model, self._n)
        self.shift = 2.0 * model.bias * layers(model)  # operations of the biases' part of a step
        operate(self._prices.value)
        self._links = links(model, parts, draw)
        out, criterion = self._links[-1].y, model.criterion
        self._factor = criterion.factor(out, draw.target, FLOOR / self._n)
        self._penalties = {
            link: diagonal(link.stiffness, FLOOR / self._n)
            for link in self._links
            if link.stiffness is not None
        }
        self.residuals = self._joined(
            self._factor.solve(criterion.grad(out, draw.target)),
            *(factor.solve(link.force) for link, factor in self._penalties.items()),
        )
        self.shape = self.residuals.size, model.size

    def step(self, q: np.ndarray) -> np.ndarray:
        """Return q (size,) as a step of theta (size,)."""
        self.operate(self.shift)
        return self.coordinates.outward(q)

    def bend(self, q: np.ndarray) -> None:
        """Return None: on letters, geodesic acceleration saves no iterations."""

    def pull(self, v: np.ndarray) -> np.ndarray:
        """Return A^T v (size,) for v (n R,)."""
        self._charge("grad", self._prices.grad)
        return self.backward(v)

    def product(self, q: np.ndarray) -> np.ndarray:
        """Return A^T A q (size,)."""
        self._charge("hvp", 2 * self._prices.grad + self.shift)
        return self.backward(self.push(q))

    def push(self, q: np.ndarray) -> np.ndarray:
        """Return A q (n R,) without a charge."""
        tangent = self._model.layout.unpack(self.coordinates.outward(q))
        dy: Array = 0.0
        penalties = []
        for link in self._links:
            if link in self._penalties:
                penalties.append(self._penalties[link].push(dy))
            dy = link.push(tangent, dy)
        return self._joined(self._factor.push(dy), *penalties)

    def gram(self) -> np.ndarray:
        """Return the upper triangle of A A^T (n R, n R)."""
        self._charge("jacobian", 0.0)
        rows = self._few if self._stride == 1 else self._rows(slice(None))
        return self.coordinates.gram(rows, self.operate)

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
        many = max(1, int(PIECE / (self._many * self._model.size)))
        for start in range(0, self._n, many):
            yield self.coordinates.matrix(self._rows(slice(start, start + many)))

    # inside

    @property
    def _many(self) -> int:
        """The number R of a sample's rows."""
        return self._d + self._model.penalty_rows

    def _joined(self, *parts: np.ndarray) -> np.ndarray:
        """Return (n R,) from each sample's rows of the outputs, then of the penalties."""
        return np.ravel(np.hstack(parts))

    def _places(self) -> Iterator[tuple[Link, slice]]:
        """Yield each link with a penalty, and the place of its rows among a sample's."""
        start = self._d
        for link in self._penalties:
            width = self._penalties[link].roots.shape[1]
            yield link, slice(start, start + width)
            start += width

    def backward(self, v: np.ndarray) -> np.ndarray:
        """Return A^T v (size,) for v (n R,) without a charge."""
        grad, rows = np.empty(self._model.size), v.reshape(self._n, self._many)
        into, places = self._model.layout.unpack(grad), dict(self._places())
        dy = self._factor.pull(rows[:, : self._d])
        for i, link in reversed([*enumerate(self._links)]):
            dy = link.pull(dy, into, first=i == 0) - link.force
            if link in places:
                dy += self._penalties[link].pull(rows[:, places[link]])
        return self.coordinates.inward(grad)

    @cached_property
    def coordinates(self) -> Coordinates:
        """Return coordinates that are fitted to a few samples, evenly chosen."""
        self.operate(self._few.operations)
        return Coordinates.fit(self._model, self._few, self._few.shape[0] / self._n)

    @cached_property
    def _few(self) -> Rows:
        return self._rows(slice(None, None, self._stride))

    @property
    def _stride(self) -> int:
        return -(-self._n // CROWD)

    def _rows(self, at: slice) -> Rows:
        """Return these samples' rows and their sensitivities."""
        *before, last = self._links
        self.operate(self._responding(len(last.y[at])))
        places, blocks = dict(self._places()), []
        responses, through = last.responses(self._units(at), at)
        for i, link in reversed([*enumerate(before)]):
            if isinstance(link, Sweep):
                found, slopes = link.responses(_identity(link.y[at]), at)
                blocks.append(Block(found, through))
                through = through @ slopes if i else through
            else:
                through = link.responses(through, at)[1]
            if link in places:
                through[:, places[link]] += self._penalties[link].rows(at)
        return Rows(responses, blocks, self._factor.diagonal)

    def _units(self, at: slice) -> np.ndarray:
        """Return the rows' sensitivities to the outputs, (n, R, d), which are 0 for rows of penalties."""
        own = self._factor.rows(at)
        if self._many == self._d:
            return own
        none = np.zeros((len(own), self._many - self._d, self._d))
        return np.concatenate([own, none], axis=1)

    def _responding(self, n: int) -> float:
        """Return the operations of `_rows` for n samples."""
        *before, last = self._model.networks
        inner = self._many * sum(weights(last)) + sum(net.widths[-1] * sum(weights(net)) for net in before)
        across = [(link.y.shape[1], link.h.shape[1]) for link in self._links if isinstance(link, Crossing)]
        across += [(net.widths[-1], net.widths[0]) for net in before[1:]]
        return 2.0 * n * inner + n * sum(product(self._many, *sides) for sides in across)


def _identity(y: np.ndarray) -> np.ndarray:
    """Return an identity matrix for each sample of y (n, width)."""
    n, width = y.shape
    return np.broadcast_to(np.eye(width), (n, width, width))
