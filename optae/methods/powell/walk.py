"""Compiled: points on a line, and the step to one of them."""

import numpy as np
from numba import njit

from ...engines import Array
from .line import Line, loss
from .network import L2, LAST, LEVEL, LOSS, LOWEST, WHERE, At, copy
from .products import PLAIN


@njit(**PLAIN)
def move(at: At, reals: Array, stored: Array, line: Line, alpha: float, to: int) -> None:
    """Write theta + alpha direction at the place `to`."""
    if line.parameter >= 0:
        reals[to + line.parameter] = reals[at.theta + line.parameter] + alpha
    else:
        direction, theta, out = stored[-1 - line.parameter], reals[at.theta :], reals[to:]
        for k in range(at.size):
            out[k] = theta[k] + alpha * direction[k]


@njit(**PLAIN)
def flat(at: At, reals: Array, line: Line) -> bool:
    """Return whether the loss is the same everywhere on the line."""
    return line.samples == 0 and reals[at.values + L2] == 0.0


@njit(**PLAIN)
def along(at: At, ints: Array, reals: Array, stored: Array, line: Line, alpha: float) -> float:
    """Return the loss at alpha, count it, and record the lowest; inf once no evaluation is left."""
    if ints[at.counts] >= ints[at.counts + 1]:
        return np.inf
    ints[at.counts] += 1
    if alpha == 0.0 or flat(at, reals, line):
        return reals[at.values + LEVEL]
    if not np.isfinite(alpha):
        return np.inf
    move(at, reals, stored, line, alpha, at.trial)
    value = loss(at, ints, reals, line)
    reals[at.values + LAST] = alpha
    if value < reals[at.values + LOWEST]:
        reals[at.values + LOWEST], reals[at.values + WHERE] = value, alpha
    return value


@njit(**PLAIN)
def settle(at: At, ints: Array, reals: Array, stored: Array, line: Line, alpha: float) -> None:
    """Move theta to alpha, where later lines start, and keep the lowest point of this line as the best."""
    if reals[at.values + WHERE] != 0.0:
        copy(reals[at.best : at.best + at.size], reals[at.theta :])
        move(at, reals, stored, line, reals[at.values + WHERE], at.best)
        reals[at.values + WHERE] = 0.0
    move(at, reals, stored, line, alpha, at.trial)
    count = at.samples * at.outputs
    if alpha == 0.0:
        copy(reals[at.terms + count : at.terms + 2 * count], reals[at.terms :])
    elif not flat(at, reals, line):
        if alpha != reals[at.values + LAST]:
            loss(at, ints, reals, line)
        keep(at, ints, reals, line)
    move(at, reals, stored, line, alpha, at.theta)


@njit(**PLAIN)
def keep(at: At, ints: Array, reals: Array, line: Line) -> None:
    """Make the values and the loss just computed those at theta."""
    reals[at.values + LEVEL] = reals[at.values + LOSS]
    n, m, count = at.samples, line.stride, at.samples * at.outputs
    for layer in range(line.layer, at.layers - 1):
        first, stop = ints[at.rows + layer + 1], ints[at.rows + layer + 2]
        if layer == line.layer and line.unit >= 0:
            first, stop = first + line.unit, first + line.unit + 1
        for row in range(first, stop):
            kept, fresh = reals[at.kept + row * n :], reals[at.fresh + row * m :]
            for t in range(line.samples):
                kept[ints[at.touched + t]] = fresh[t]
    copy(reals[at.terms : at.terms + count], reals[at.terms + count :])
