"""Distances between letters, and the sets of letters that are most and least alike (deck A: "orthogonal").

The distance of two images is the squared Euclidean one, which for black and white images is the number of
pixels that differ. A set of letters is more orthogonal if the mean distance of its pairs is larger.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np

from ..engines.streams import SUBSETS, stream

EXHAUSTIVE = 2_000_000  # subsets up to which all are compared; beyond it, exchanges find a good one
STARTS = 50  # starts of the exchanges
BATCH = 100_000  # subsets to compare at a time
GAIN = 1e-9  # smallest gain of a distance that is not rounding
DECIMALS = 9  # decimals of a distance that are not rounding


@dataclass(frozen=True)
class Subset:
    """Some samples and their distances."""

    members: tuple[int, ...]
    mean: float  # mean distance of its pairs
    least: float
    proven: bool  # whether every subset was compared


def distances(x: np.ndarray) -> np.ndarray:
    """Return the squared distances (n, n) between the samples x (n, d)."""
    squares = (x**2).sum(axis=1)
    return np.maximum(np.round(squares[:, None] + squares - 2 * x @ x.T, DECIMALS), 0)


def measured(table: np.ndarray, members: tuple[int, ...], proven: bool = True) -> Subset:
    """Return the distances within a subset of two or more samples."""
    chosen = np.array(members)
    pairs = table[np.ix_(chosen, chosen)][np.triu_indices(len(chosen), 1)]
    return Subset(tuple(sorted(members)), float(pairs.mean()), float(pairs.min()), proven)


def extremes(table: np.ndarray, size: int) -> tuple[Subset, Subset]:
    """Return the most and the least orthogonal subset of a size. Raises ValueError for a size below 2."""
    n = len(table)
    if not 2 <= size <= n:
        raise ValueError(f"`subset` {size}: give a number from 2 to {n}, as there are {n} samples")
    if math.comb(n, size) > EXHAUSTIVE:
        found = [_exchanged(sign * table, size) for sign in (1, -1)]
        return measured(table, found[0], False), measured(table, found[1], False)
    most, least = (_best(table, size, choose) for choose in (np.argmax, np.argmin))
    return measured(table, most), measured(table, least)


def spread(table: np.ndarray, size: int, many: int) -> list[tuple[int, ...]]:
    """Return subsets of a size, from the least to the most orthogonal, evenly over the ranks of all subsets.

    Of more than `EXHAUSTIVE` subsets, `BATCH` random ones are ranked. Raises ValueError for a size that is
    not possible, and for fewer than two subsets.
    """
    n = len(table)
    if not 2 <= size < n:
        raise ValueError(f"`size` {size}: give a number from 2 to {n - 1}, as there are {n} samples")
    if many < 2:
        raise ValueError(f"`sets` {many}: give at least 2")
    every = np.concatenate(list(_batches(n, size))) if math.comb(n, size) <= EXHAUSTIVE else _drawn(n, size)
    order = np.argsort(_sums(table, every), kind="stable")
    picks = np.unique(np.linspace(0, len(every) - 1, many).astype(int))
    return [tuple(map(int, every[at])) for at in order[picks]]


def _drawn(n: int, size: int) -> np.ndarray:
    """Return `BATCH` random subsets (BATCH, size), each sorted."""
    keys = stream(0, SUBSETS).random((BATCH, n))
    return np.sort(keys.argsort(axis=1)[:, :size], axis=1)


def _best(table: np.ndarray, size: int, choose: Callable[[np.ndarray], np.intp]) -> tuple[int, ...]:
    """Compare every subset, and return the best, the first of equals."""
    winners = [batch[int(choose(_sums(table, batch)))] for batch in _batches(len(table), size)]
    return tuple(int(i) for i in winners[int(choose(_sums(table, np.array(winners))))])


def _batches(n: int, size: int) -> Iterator[np.ndarray]:
    every = combinations(range(n), size)
    while batch := list(islice(every, BATCH)):
        yield np.array(batch)


def _sums(table: np.ndarray, subsets: np.ndarray) -> np.ndarray:
    """Return the sums (m,) of the pairs' distances in each of the subsets (m, size)."""
    pairs = combinations(range(subsets.shape[1]), 2)
    return np.sum([table[subsets[:, i], subsets[:, j]] for i, j in pairs], axis=0)


def _exchanged(table: np.ndarray, size: int) -> tuple[int, ...]:
    """Return the subset with the largest sum that exchanges of one member reach from several starts."""
    rng = stream(0, SUBSETS)
    found = [_climb(table, rng.permutation(len(table))[:size]) for _ in range(STARTS)]
    best = max(found, key=lambda members: float(table[np.ix_(members, members)].sum()))
    return tuple(map(int, best))


def _climb(table: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Exchange the pair of samples that gains most, until none gains."""
    while True:
        inside = table[:, members].sum(axis=1)
        gain = inside[None, :] - table[members] - inside[members][:, None]  # (size, n)
        gain[:, members] = -np.inf
        out, new = np.unravel_index(gain.argmax(), gain.shape)
        if gain[out, new] <= GAIN:
            return members
        members = np.r_[np.delete(members, out), new]
