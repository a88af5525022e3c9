"""L2 as further rows of a Gauss-Newton model: l2 |theta + s|^2 / 2 is a sum of squares by itself."""

from dataclasses import dataclass

import numpy as np

from .linearised import Linearised
from .sliced import Sliced


@dataclass(frozen=True, eq=False)
class Decayed:
    """A `Local` with the rows sqrt(l2) (theta + s) after those of another one about theta (size,)."""

    inner: Linearised | Sliced
    theta: np.ndarray
    l2: float

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, size)."""
        rows, size = self.inner.shape
        return rows + size, size

    @property
    def residuals(self) -> np.ndarray:
        """All rows at theta (rows,)."""
        return np.concatenate([self.inner.residuals, self.l2**0.5 * self.theta])

    def step(self, q: np.ndarray) -> np.ndarray:
        """Return q (size,) as a step of theta (size,)."""
        return self.inner.step(q)

    def bend(self, q: np.ndarray) -> None:
        """Return None: steps go straight."""

    def pull(self, v: np.ndarray) -> np.ndarray:
        """Return A^T v (size,) for v (rows,)."""
        split = self.inner.shape[0]
        pulled = self.inner.pull(v[:split])
        return pulled + self.inner.coordinates.inward(self.l2**0.5 * v[split:])

    def product(self, q: np.ndarray) -> np.ndarray:
        """Return A^T A q (size,)."""
        axes = self.inner.coordinates
        return self.inner.product(q) + axes.inward(self.l2 * axes.outward(q))

    def gram(self) -> np.ndarray:
        """Raise ValueError: L2 has a row for each parameter."""
        raise ValueError("solver=samples has no room for L2: choose cg or parameters")

    def normal(self) -> np.ndarray:
        """Return A^T A (size, size)."""
        return self.inner.normal() + self.l2 * self.inner.coordinates.metric()

    def operate(self, count: float) -> None:
        """Charge a number of operations; this can end the run."""
        self.inner.operate(count)
