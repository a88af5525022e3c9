"""The Gauss-Newton model of a loss on large data, which is linearised slice by slice, again for each product.

So it takes the memory of one slice and of the residuals, and up to a half more time than if all sweeps were
kept.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...engines.cost import by_hand, gram
from ...engines.draw import Draw
from ...model.chain import Chain
from ...training.account import Kind
from .linearised import CROWD, Linearised

SLICE = 1_000_000  # numbers of the data in a slice: 8 MB, beside about ten arrays of its size


class Sliced:
    """r + A q about theta (size,) as `Linearised`, for a draw in `parts` of more than one slice.

    A slice of m of the n samples counts as data of its own, whose loss weighs m / n. There is no Gram matrix.
    """

    def __init__(
        self,
        parts: Sequence[slice],
        model: Chain,
        draw: Draw,
        theta: np.ndarray,
        charge: Callable[[Kind, float], None] = lambda kind, count: None,
        operate: Callable[[float], None] = lambda count: None,
    ) -> None:
        self._parts, self._model, self._draw, self._theta = parts, model, draw, theta
        self._charge, self.operate, self._n = charge, operate, len(draw.x)
        self._prices = by_hand(model, self._n)
        few = draw.at(slice(None, None, -(-self._n // CROWD)))
        fitted = Linearised(model, few, theta, operate=operate)
        self._shift, self.coordinates = fitted.shift, fitted.coordinates
        del fitted
        many = model.widths[-1] + model.penalty_rows
        self.shape = self._n * many, model.size
        self.residuals = np.empty(self.shape[0])
        for share, at, part in self._each():
            self._rows(self.residuals, at)[...] = share**0.5 * part.residuals

    def step(self, q: np.ndarray) -> np.ndarray:
        """Return q (size,) as a step of theta (size,)."""
        self.operate(self._shift)
        return self.coordinates.outward(q)

    def bend(self, q: np.ndarray) -> None:
        """Return None, as `Linearised` does."""

    def pull(self, v: np.ndarray) -> np.ndarray:
        """Return A^T v (size,) for v (n R,)."""
        self._charge("grad", self._prices.grad)
        return self._sum(lambda share, at, part: share**0.5 * part.backward(self._rows(v, at)))

    def product(self, q: np.ndarray) -> np.ndarray:
        """Return A^T A q (size,)."""
        self._charge("hvp", 2 * self._prices.grad + self._shift)
        return self._sum(lambda share, at, part: share * part.backward(part.push(q)))

    def gram(self) -> np.ndarray:
        """Raise ValueError: a matrix with a row for each sample of large data has no room."""
        raise ValueError("the data are too large for solver=samples: choose cg")

    def normal(self) -> np.ndarray:
        """Return A^T A (size, size)."""
        self._charge("jacobian", 0.0)
        total = np.zeros((self._model.size, self._model.size))
        for share, _, part in self._each():
            for rows in part.pieces():
                self.operate(gram(*rows.T.shape))
                total += share * (rows.T @ rows)
        return total

    def _each(self) -> Iterator[tuple[float, slice, Linearised]]:
        """Yield each slice's share of the samples, the slice, and its loss linearised."""
        for at in self._parts:
            part = Linearised(self._model, self._draw.at(at), self._theta, operate=self.operate)
            part.coordinates = self.coordinates
            yield (at.stop - at.start) / self._n, at, part

    def _sum(self, of: Callable[[float, slice, Linearised], np.ndarray]) -> np.ndarray:
        total = np.zeros(self._model.size)
        for share, at, part in self._each():
            total += of(share, at, part)
        return total

    def _rows(self, v: np.ndarray, at: slice) -> np.ndarray:
        """Return these samples' part of v (n R,)."""
        many = len(v) // self._n
        return v[at.start * many : at.stop * many]
