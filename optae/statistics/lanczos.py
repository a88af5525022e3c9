"""Eigenvalues and the spectral density of a symmetric matrix that is known by its products alone.

Lanczos' method finds the outer eigenvalues (Lanczos, 1950); every vector is made orthogonal to all before it,
twice, so that no eigenvalue shows up as several. Stochastic Lanczos quadrature estimates sums over all
eigenvalues, and so their density, from a few random vectors (Ubaru, Chen and Saad, 2017).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal

Product = Callable[[np.ndarray], np.ndarray]  # v (size,) -> A v (size,)
TINY = 1e-14  # of the matrix's scale: a remainder below it is rounding, so the space is invariant
DIVERGED = "a product with the matrix is not finite: the vector has diverged"
EVERY = 10  # steps between two looks at whether the outer eigenvalues have converged


@dataclass(frozen=True, eq=False)
class Ritz:
    """What k steps of Lanczos' method know of a matrix from one start vector."""

    values: np.ndarray  # (k,), ascending: estimates of eigenvalues
    weights: np.ndarray  # (k,), squared components of the start along their vectors; they sum to 1
    errors: np.ndarray  # (k,), each within this distance of an eigenvalue


def lanczos(product: Product, start: np.ndarray, steps: int, count: int = 0, tolerance: float = 0.0) -> Ritz:
    """Return the Ritz values from a start vector (size,) after at most `steps` products.

    It ends earlier when the `count` largest have errors within `tolerance` of the largest in size, or when
    the start's invariant space is complete. It keeps every vector: steps x size numbers. Raises ValueError
    for a product that is not finite.

    >>> found = lanczos(lambda v: np.array([3.0, 1.0]) * v, np.ones(2), 5)
    >>> found.values.round(12).tolist(), found.weights.round(12).tolist()
    ([1.0, 3.0], [0.5, 0.5])
    """
    size = len(start)
    vectors = np.empty((min(steps, size), size))
    vectors[0] = start / np.linalg.norm(start)
    diagonal, beside = list[float](), list[float]()
    for k in range(len(vectors)):
        rest = np.asarray(product(vectors[k]), dtype=float)
        if not np.isfinite(rest).all():
            raise ValueError(DIVERGED)
        diagonal.append(float(vectors[k] @ rest))
        for _ in range(2):
            rest = rest - vectors[: k + 1].T @ (vectors[: k + 1] @ rest)
        beside.append(float(np.linalg.norm(rest)))
        invariant = beside[-1] <= TINY * max(map(abs, (*diagonal, *beside)))
        if invariant or k + 1 == len(vectors):
            break
        if count and (k + 1) % EVERY == 0 and _converged(_ritz(diagonal, beside), count, tolerance):
            break
        vectors[k + 1] = rest / beside[-1]
    return _ritz(diagonal, beside)


def _ritz(diagonal: list[float], beside: list[float]) -> Ritz:
    values, vectors = eigh_tridiagonal(np.array(diagonal), np.array(beside[:-1]))
    return Ritz(values, vectors[0] ** 2, beside[-1] * np.abs(vectors[-1]))


def _converged(found: Ritz, count: int, tolerance: float) -> bool:
    scale = np.abs(found.values).max()
    return len(found.values) >= count and bool((found.errors[-count:] <= tolerance * scale).all())


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The density of a matrix's eigenvalues: weighted points of several random vectors, or all of them."""

    size: int  # the number of eigenvalues
    values: np.ndarray  # (probes, steps), padded with nan; (1, size) if exact
    weights: np.ndarray  # (probes, steps), padded with 0; each row sums to 1
    exact: bool = False

    @classmethod
    def of(cls, values: np.ndarray) -> "Spectrum":
        """Return the spectrum of all eigenvalues (size,)."""
        return cls(len(values), values[None], np.full((1, len(values)), 1 / len(values)), True)

    def sum(self, function: Callable[[np.ndarray], np.ndarray]) -> tuple[float, float]:
        """Return the estimated sum of a function over all eigenvalues, and its standard error over probes.

        The error is 0 if all eigenvalues are known, and nan for a single probe.
        """
        known = np.nan_to_num(self.values)
        each = self.size * (self.weights * function(known)).sum(axis=1)
        error = each.std(ddof=1) / math.sqrt(len(each)) if len(each) > 1 else math.nan
        return float(each.mean()), 0.0 if self.exact else float(error)

    @property
    def trace(self) -> tuple[float, float]:
        """The sum of all eigenvalues, and its standard error."""
        return self.sum(lambda values: values)

    def effective(self, alpha: float) -> tuple[float, float]:
        """Return the effective dimension, the sum of abs(v) / (abs(v) + alpha), and its standard error.

        It is the number of directions that the data determine against a prior of precision alpha (MacKay,
        1992); alpha > 0.
        """
        return self.sum(lambda values: np.abs(values) / (np.abs(values) + alpha))

    def below(self, at: np.ndarray) -> np.ndarray:
        """Return the share of eigenvalues at most each of these numbers, (points,)."""
        values = np.where(self.weights > 0, self.values, np.inf).ravel()
        order = values.argsort()
        reached = np.concatenate([[0.0], np.cumsum(self.weights.ravel()[order]) / len(self.weights)])
        return np.asarray(reached[np.searchsorted(values[order], at, side="right")])


def spectrum(product: Product, size: int, probes: int, steps: int, rng: np.random.Generator) -> Spectrum:
    """Return the spectral density of a matrix (size, size) from `probes` vectors of random signs.

    Each takes `steps` products. Raises ValueError as `lanczos` does.
    """
    found = [lanczos(product, rng.choice([-1.0, 1.0], size), steps) for _ in range(probes)]
    most = max(len(one.values) for one in found)
    values = [np.pad(one.values, (0, most - len(one.values)), constant_values=math.nan) for one in found]
    weights = [np.pad(one.weights, (0, most - len(one.weights))) for one in found]
    return Spectrum(size, np.array(values), np.array(weights))


def whole(product: Product, size: int) -> Spectrum:
    """Return all eigenvalues of a matrix (size, size), by `size` products and a dense decomposition."""
    matrix = np.array([product(unit) for unit in np.eye(size)])
    if not np.isfinite(matrix).all():
        raise ValueError(DIVERGED)
    return Spectrum.of(np.linalg.eigvalsh((matrix + matrix.T) / 2))
