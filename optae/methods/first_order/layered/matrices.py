"""Second moments of a matrix's rows and columns, their inverse roots and their eigenvectors.

A matrix (m, n) has two sides. A side of more than `MOST` units is left alone: it is None in a pair.

For a side of 1000 units in float32, compiled by XLA, a core of an AMD EPYC took 0.02 s for a product, 0.04 s
for QR, 0.08 s for `eigh`, and 1.5 s for the inverse fourth root by a coupled Newton iteration (18 rounds). So
inverse roots are computed by `eigh`.
"""

from collections.abc import Callable

import numpy as np

from ....engines import Array, Library

MOST = 10_000  # units of a side that gets a matrix
RIDGE = 1e-6  # of the largest eigenvalue, added to all of them: float32 knows no smaller ones
TIE = 1e-2  # of the trace, the largest number on the diagonal that decides between equal eigenvalues
GOLDEN = (5**0.5 - 1) / 2  # multiples of it, modulo 1, are far apart, and few sums of them are alike
TINY = 1e-30  # added to numbers that may be zero before they divide

Pair = tuple[Array | None, Array | None]


def sided(shape: tuple[int, ...]) -> tuple[bool, ...]:
    """Return for each side of a matrix whether it gets a matrix; a vector has no sides.

    >>> sided((784, 1000)), sided((45_120, 300)), sided((30,))
    ((True, True), (False, True), ())
    """
    return tuple(side <= MOST for side in shape) if len(shape) == 2 else ()


def each(f: Callable[..., Array], *pairs: Pair) -> Pair:
    """Return f of both sides, None for a side that is left alone."""
    left, right = (None if side[0] is None else f(*side) for side in zip(*pairs, strict=True))
    return left, right


def zeros(theta: Array) -> Pair:
    """Return a matrix of zeros for each side of theta (m, n)."""
    left, right = (
        np.zeros((n, n)) if there else None for n, there in zip(theta.shape, sided(theta.shape), strict=True)
    )
    return left, right


def averaged(moments: Pair, grad: Array, decay: float) -> Pair:
    """Return moving averages of G G' (m, m) and G' G (n, n)."""
    left, right = moments
    return (
        None if left is None else decay * left + (1 - decay) * (grad @ grad.T),
        None if right is None else decay * right + (1 - decay) * (grad.T @ grad),
    )


def between(pair: Pair, x: Array) -> Array:
    """Return A x B (m, n), of a pair A (m, m) and B (n, n)."""
    left, right = pair
    x = x if left is None else left @ x
    return x if right is None else x @ right


def norm(x: Array) -> Array:
    """Return the Frobenius norm."""
    return (x * x).sum() ** 0.5


def inverse_root(a: Array, root: int, xp: Library) -> Array:
    """Return (a + r I)^(-1/root) of a symmetric a >= 0, r being `RIDGE` of its largest eigenvalue."""
    values, vectors = eigh(a, xp)
    values = xp.maximum(values, 0.0)
    return vectors * (values + (RIDGE * values[-1] + TINY)) ** (-1 / root) @ vectors.T


def eigenvectors(a: Array, xp: Library) -> Array:
    """Return the eigenvectors of a symmetric matrix as columns, that of the largest eigenvalue first.

    The moments of one gradient have many eigenvalues of zero, and rounding would decide between their
    eigenvectors. A diagonal of distinct numbers decides instead, so that they lie near the weights' axes
    and are the same on every machine.
    """
    distinct = np.asarray(GOLDEN * np.arange(len(a)) % 1, a.dtype)
    return eigh(a + xp.diag(TIE * xp.trace(a) * distinct), xp)[1][:, ::-1]


def eigh(a: Array, xp: Library) -> tuple[Array, Array]:
    """Return eigenvalues (n,), which rise, and eigenvectors (n, n); they are NaN if a is not finite."""
    if xp is np and not np.isfinite(a).all():
        return np.full(len(a), np.nan), np.full(a.shape, np.nan)
    values, vectors = xp.linalg.eigh(a)
    return values, vectors
