"""Compiled: the loss from its terms, and what L2 adds to it."""

from numba import njit

from ...engines import Array
from .network import FACTOR, L2, SQUARES, SUM, WORD, At
from .numpy_loops import ADD, DOT
from .products import PLAIN, dot, ufunc


@njit(**PLAIN)
def total(at: At, ints: Array, reals: Array) -> float:
    """Return the loss at trial from all its terms, and L2."""
    value = misfit(at, ints, reals)
    return value if reals[at.values + L2] == 0.0 else value + shrinking(at, ints, reals)


@njit(**PLAIN)
def shrinking(at: At, ints: Array, reals: Array) -> float:
    """Return l2 |theta|^2 / 2 at trial, array by array as `Chain.decay` adds them."""
    squares, trial, ddot = 0.0, reals.ctypes.data + WORD * at.trial, ints[at.loops + 2 * DOT]
    for layer in range(at.layers):
        step = ints[at.widths + layer + 1]
        weights = trial + WORD * ints[at.weights + layer]
        squares += dot(ddot, ints[at.widths + layer] * step, weights, weights)
        if ints[at.biases + layer] >= 0:
            biases = trial + WORD * ints[at.biases + layer]
            squares += dot(ddot, step, biases, biases)
    return 0.5 * reals[at.values + L2] * squares


@njit(**PLAIN)
def misfit(at: At, ints: Array, reals: Array) -> float:
    """Return the criterion at trial from all its terms."""
    n, base, ddot = at.samples * at.outputs, reals.ctypes.data, ints[at.loops + 2 * DOT]
    terms = base + WORD * (at.terms + n)
    if at.score == SQUARES:
        return reals[at.values + FACTOR] * dot(ddot, n, terms, terms)
    reals[at.values + SUM] = 0.0
    place, loop = base + WORD * (at.values + SUM), ints[at.loops + 2 * ADD :]
    ufunc(loop[0], loop[1], n, place, 0, terms, WORD, place, 0)
    return reals[at.values + SUM] / at.samples
