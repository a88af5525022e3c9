"""Sensitivities of residual rows to every layer's sums, and the Gram matrix that follows from them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ...engines.cost import gram, product
from ...model.stage import Responses

Operate = Callable[[float], None]


class Block(NamedTuple):
    """The layers of a network before the last; the rows depend on them only through its outputs."""

    responses: Responses  # the outputs' sensitivities (n, width, out) to each layer's sums
    through: np.ndarray  # the rows' sensitivities to the outputs, (n, R, width)

    @property
    def operations(self) -> float:
        """The operations of `outputs`."""
        n, many, width = self.through.shape
        return n * product(width, many, width) + sum(n * gram(width, s.shape[2]) for _, s in self.responses)

    def outputs(self) -> list[np.ndarray]:
        """Return each layer's sum over rows of squared sensitivities, (n,)."""
        metric = self.through.transpose(0, 2, 1) @ self.through
        return [np.einsum("nij,nij->n", metric, s @ s.transpose(0, 2, 1)) for _, s in self.responses]

    def full(self) -> Responses:
        """Return each layer's inputs and the rows' own sensitivities, (n, R, out)."""
        return [(y, self.through @ s) for y, s in self.responses]

    def gram(self, kernels: Sequence[np.ndarray], operate: Operate) -> np.ndarray:
        """Return C (n, width, n, width), the sum over layers of kernel times Gram matrix."""
        n, width, _ = self.responses[0][1].shape
        total = np.zeros((n, width, n, width))
        for (_, s), kernel in zip(self.responses, kernels, strict=True):
            flat = s.reshape(n * width, -1)
            operate(gram(*flat.shape))
            total += kernel[:, None, :, None] * (flat @ flat.T).reshape(total.shape)
        return total


class Rows(NamedTuple):
    """R residual rows of each of n samples, and how they respond to the layers of a chain's networks."""

    last: Responses  # the rows' sensitivities (n, R, out) to each layer's sums in the last network
    blocks: list[Block]  # the networks before it, the first one last
    diagonal: bool  # whether the rows' sensitivities to the output layer's sums are diagonal

    @property
    def shape(self) -> tuple[int, int]:
        """(n, R)."""
        n, many, _ = self.last[0][1].shape
        return n, many

    @property
    def operations(self) -> float:
        """The operations of `outputs`."""
        return sum(block.operations for block in self.blocks)

    @property
    def layers(self) -> Responses:
        """The last network's responses, then those of the networks before it."""
        return [*self.last, *(response for block in self.blocks for response in block.responses)]

    def outputs(self) -> list[np.ndarray]:
        """Return each layer's sum over rows of squared sensitivities, (n,)."""
        last = [np.einsum("nkw,nkw->n", s, s) for _, s in self.last]
        return [*last, *(found for block in self.blocks for found in block.outputs())]

    def full(self) -> Responses:
        """Return each layer's inputs and the rows' own sensitivities, (n, R, out), for a few samples."""
        return [*self.last, *(response for block in self.blocks for response in block.full())]

    def gram(self, kernels: Sequence[np.ndarray], operate: Operate) -> np.ndarray:
        """Return the upper triangle (n R, n R) of the sum over layers of kernel times Gram matrix.

        `kernels` (n, n) are the Gram matrices of each layer's inputs, and they multiply those of its
        sensitivities. A block's part is `through` C `through`^T. If the last layer's sensitivities are
        diagonal in the outputs, that saves a product. `operate` is told the operations of each part.
        """
        start, codes = len(self.last), []
        for block in self.blocks:
            stop = start + len(block.responses)
            codes.append((block.through, block.gram(kernels[start:stop], operate)))
            start = stop
        hidden = len(self.last) - self.diagonal
        total = _block_gram([s for _, s in self.last[:hidden]], kernels[:hidden], codes, self.shape, operate)
        if self.diagonal:
            _add_diagonal(total, self.last[-1][1], kernels[hidden])
        return total


def _block_gram(
    hidden: list[np.ndarray], kernels: Sequence[np.ndarray], codes: list[tuple[np.ndarray, np.ndarray]],
    shape: tuple[int, int], operate: Operate,
) -> np.ndarray:  # fmt: skip
    """Return the part of these layers and of the blocks, by one product over all of them for each sample."""
    n, many = shape
    features = [s.reshape(n * many, -1).T for s in (*hidden, *(through for through, _ in codes))]
    left = np.concatenate(features) if features else np.empty((0, n * many))  # a feature a row
    right, total = np.empty_like(left), np.zeros((n * many, n * many))
    places = [
        slice(stop - len(f), stop) for f, stop in zip(features, np.cumsum([*map(len, features)]), strict=True)
    ]
    weights = [np.repeat(kernel, many, axis=1) for kernel in kernels]  # (n, n R)
    through_codes = sum(through.shape[2] ** 2 for through, _ in codes)
    for i in range(n):
        own, on = slice(i * many, (i + 1) * many), slice(i * many, None)
        rest = (n - i) * many
        operate(2.0 * rest * through_codes + product(many, len(left), rest))
        for weight, place in zip(weights, places, strict=False):
            np.multiply(left[place, on], weight[i, on], out=right[place, on])
        for (through, code), place in zip(codes, places[len(hidden) :], strict=True):
            right[place, on] = (through[i:] @ code[i:, :, i]).reshape(rest, -1).T
        np.matmul(left[:, own].T, right[:, on], out=total[own, on])
    return total


def _add_diagonal(total: np.ndarray, last: np.ndarray, kernel: np.ndarray) -> None:
    """Add the output layer's part, whose sensitivities (n, R, d) are zero off the diagonal."""
    n, many, d = last.shape
    own = np.einsum("nkk->nk", last[:, :d])
    view = np.einsum("nkmk->nmk", total.reshape(n, many, n, many)[:, :d, :, :d])
    view += kernel[:, :, None] * own[:, None] * own
