"""Sensitivities of residual rows to every layer's sums, and the Gram matrix that follows from them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ...engines.cost import gram, product
from ...model.network import Responses


class Rows(NamedTuple):
    """R residual rows of each of n samples; the encoder's layers act on them only through the code."""

    decoder: Responses  # the rows' sensitivities (n, R, out) to each decoder layer's sums
    encoder: Responses  # the code's sensitivities (n, width, out) to each encoder layer's sums
    through: np.ndarray  # the rows' sensitivities to the code, (n, R, width)

    @property
    def operations(self) -> float:
        """The operations of `outputs`."""
        n, many, width = self.through.shape
        code = sum(n * gram(width, s.shape[2]) for _, s in self.encoder)
        return n * product(width, many, width) + code

    @property
    def layers(self) -> Responses:
        """The decoder's responses, then the encoder's."""
        return [*self.decoder, *self.encoder]

    def outputs(self) -> list[np.ndarray]:
        """Return each layer's sum over rows of squared sensitivities, (n,)."""
        metric = self.through.transpose(0, 2, 1) @ self.through
        return [np.einsum("nkw,nkw->n", s, s) for _, s in self.decoder] + [
            np.einsum("nij,nij->n", metric, s @ s.transpose(0, 2, 1)) for _, s in self.encoder
        ]

    def gram(self, kernels: Sequence[np.ndarray], operate: Callable[[float], None]) -> np.ndarray:
        """Return the upper triangle (n R, n R) of the sum over layers of kernel times Gram matrix.

        `kernels` (n, n) are the Gram matrices of each layer's inputs, and they multiply those of its
        sensitivities. The encoder's part is `through` C `through`^T with C the same matrix for the code. The
        last layer's sensitivities are diagonal in the outputs, which saves a product. `operate` is told the
        operations of each part.
        """
        *hidden, (_, last) = self.decoder
        before = len(hidden)
        code = _code_gram(self.encoder, kernels[before + 1 :], operate)
        total = _block_gram([s for _, s in hidden], kernels[:before], self.through, code, operate)
        _add_diagonal(total, last, kernels[before])
        return total


def _code_gram(
    encoder: Responses, kernels: Sequence[np.ndarray], operate: Callable[[float], None]
) -> np.ndarray:
    """Return the code's matrix C, (n, width, n, width)."""
    n, width, _ = encoder[0][1].shape
    total = np.zeros((n, width, n, width))
    for (_, s), kernel in zip(encoder, kernels, strict=True):
        flat = s.reshape(n * width, -1)
        operate(gram(*flat.shape))
        total += kernel[:, None, :, None] * (flat @ flat.T).reshape(total.shape)
    return total


def _block_gram(
    hidden: list[np.ndarray], kernels: Sequence[np.ndarray], through: np.ndarray, code: np.ndarray,
    operate: Callable[[float], None],
) -> np.ndarray:  # fmt: skip
    """Return the hidden layers' and the encoder's part, by one product over all layers for each sample."""
    n, many, width = through.shape
    left = np.concatenate([s.reshape(n * many, -1).T for s in (*hidden, through)])  # a feature a row
    right, total = np.empty_like(left), np.zeros((n * many, n * many))
    ends = np.cumsum([0, *(s.shape[2] for s in hidden)])
    weights = [np.repeat(kernel, many, axis=1) for kernel in kernels]  # (n, n R)
    for i in range(n):
        own, on = slice(i * many, (i + 1) * many), slice(i * many, None)
        operate(product((n - i) * many, width, width) + product(many, len(left), (n - i) * many))
        for weight, start, stop in zip(weights, ends[:-1], ends[1:], strict=True):
            np.multiply(left[start:stop, on], weight[i, on], out=right[start:stop, on])
        right[-width:, on] = (through[i:] @ code[i:, :, i]).reshape(-1, width).T
        np.matmul(left[:, own].T, right[:, on], out=total[own, on])
    return total


def _add_diagonal(total: np.ndarray, last: np.ndarray, kernel: np.ndarray) -> None:
    """Add the output layer's part, whose sensitivities (n, R, d) are zero off the diagonal."""
    n, many, d = last.shape
    own = np.einsum("nkk->nk", last[:, :d])
    view = np.einsum("nkmk->nmk", total.reshape(n, many, n, many)[:, :d, :, :d])
    view += kernel[:, :, None] * own[:, None] * own
