"""Compiled: the losses along one line through the weights."""

from typing import NamedTuple

import numpy as np
from numba import njit

from ...engines import Array
from .network import (
    CLASSES,
    LAST,
    LOGITS,
    LOSS,
    SQUARES,
    WORD,
    At,
    activate,
    compare,
    decay,
    fill,
    output_sums,
    sums,
)
from .products import PLAIN, misses, product
from .scoring import total

NONE, ALL = np.int64(0), np.int64(-1)  # typed, as Numba compiles a function again for each plain constant


class Line(NamedTuple):
    """A direction along one parameter, or along all of them if `unit` is -1."""

    parameter: int  # or -1 - slot for a stored direction
    layer: int
    unit: int
    samples: int  # number of samples that the line touches
    stride: int  # that number, rounded up to a multiple of 4


@njit(**PLAIN)
def aim(at: At, ints: Array, reals: Array, parameter: int) -> Array:
    """Return the line along one parameter, or along all if it is negative."""
    layer, unit, count, inputs = 0, -1, 0, -1
    if parameter >= 0:
        owner = at.owners + 3 * parameter
        layer, inputs, unit = ints[owner], ints[owner + 1], ints[owner + 2]
    row = at.kept + (ints[at.rows + layer] + inputs) * at.samples
    for s in range(at.samples):
        if inputs < 0 or reals[row + s] != 0.0:
            ints[at.touched + count] = s
            count += 1
    reals[at.values + LAST] = 0.0
    line = Line(parameter, layer, unit, count, (count + 3) // 4 * 4)
    gather(at, ints, reals, line)
    return line


@njit(**PLAIN)
def gather(at: At, ints: Array, reals: Array, line: Line) -> None:
    """Gather the touched samples' inputs and next values, and the sums over the inputs before the unit."""
    n, m, following = at.samples, line.stride, line.layer + 1
    inner = line.unit >= 0 and following < at.layers
    first = ints[at.rows + line.layer]
    for row in range(first, ints[at.rows + following + (1 if inner else 0)]):
        place = reals[at.fresh + row * m : at.fresh + row * m + m]
        pick(ints, at.touched, line.samples, reals[at.kept + row * n :], 1, place)
    if inner and line.unit > 0:
        ints[at.counts + 2] += line.unit * ints[at.widths + following + 1] * m
        known(at, ints, reals, line, following)


@njit(**PLAIN)
def known(at: At, ints: Array, reals: Array, line: Line, layer: int) -> None:
    """Write `before`, the sums of this layer over the inputs before the unit."""
    m, width = line.stride, ints[at.widths + layer + 1]
    w = reals.ctypes.data + WORD * (at.theta + ints[at.weights + layer])
    y = reals.ctypes.data + WORD * (at.fresh + ints[at.rows + layer] * m)
    before = reals.ctypes.data + WORD * at.before
    if layer < at.layers - 1:
        product(w, width, y, m, before, m, NONE, NONE, line.unit, width, m, 1.0)
    else:
        product(y, m, w, width, before, at.stride, NONE, NONE, line.unit, line.samples, at.stride, 1.0)


@njit(**PLAIN)
def pick(ints: Array, touched: int, count: int, x: Array, step: int, out: Array) -> None:
    """Copy the touched elements of x, which are `step` apart, to out, and pad it with zeros."""
    for t in range(count):
        out[t] = x[ints[touched + t] * step]
    fill(out[count:], 0.0)


@njit(**PLAIN)
def outputs(at: At, line: Line) -> Array:
    """Return the outputs that the line touches, as first and stop, and the distance of their rows.

    The logits of classes are compared with each other, so a line that touches one needs all.
    """
    if at.score != CLASSES and line.unit >= 0 and line.layer == at.layers - 1:
        return line.unit, line.unit + 1, 1
    return 0, at.outputs, at.stride


@njit(**PLAIN)
def inputs_known(line: Line, layer: int) -> int:
    """Return how many inputs of this layer come before the line's unit; `before` holds their sums."""
    return line.unit if line.unit > 0 and layer == line.layer + 1 else 0


@njit(**PLAIN)
def loss(at: At, ints: Array, reals: Array, line: Line) -> float:
    """Return the loss at `trial`."""
    if line.samples > 0:
        recompute(at, ints, reals, line)
    value = total(at, ints, reals)
    reals[at.values + LOSS] = value if value == value else np.inf
    return reals[at.values + LOSS]


@njit(**PLAIN)
def recompute(at: At, ints: Array, reals: Array, line: Line) -> None:
    """Compute all values that the line touches, and the terms of the loss."""
    ints[at.counts + 2] += work(at, ints, line)
    first, stop, wide = outputs(at, line)
    for layer in range(line.layer, at.layers - 1):
        hidden(at, ints, reals, line, layer)
    last = at.layers - 1
    if wide > 1:
        output_sums(at, ints, reals, line.samples, line.stride, inputs_known(line, last))
    else:
        sums(at, ints, reals, last, line.stride, first, stop, NONE, at.out)
    out = reals[at.out : at.out + line.samples * wide]
    activate(at, ints, reals, last, out)
    if at.score == LOGITS:
        decay(at, ints, out, reals[at.part : at.part + line.samples * wide])
    elif at.score == CLASSES:
        compare(at, ints, reals, line.samples)
    spread(at, ints, reals, line)


@njit(**PLAIN)
def work(at: At, ints: Array, line: Line) -> int:
    """Return the multiply-adds of `loss`: of the line's unit, the next layer's later inputs, and the rest."""
    total = 0
    for layer in range(line.layer, at.layers):
        fan_in, fan_out = ints[at.widths + layer], ints[at.widths + layer + 1]
        if line.unit >= 0 and layer == line.layer:
            first, stop, _ = outputs(at, line)
            fan_out = stop - first if layer == at.layers - 1 else 1
        elif line.unit >= 0 and layer == line.layer + 1:
            fan_in -= line.unit
        total += fan_in * fan_out
    return total * line.stride


@njit(**PLAIN)
def hidden(at: At, ints: Array, reals: Array, line: Line, layer: int) -> None:
    """Compute the values of one hidden layer that the line touches."""
    m, first, stop = line.stride, 0, ints[at.widths + layer + 1]
    if line.unit >= 0 and layer == line.layer:
        first, stop = line.unit, line.unit + 1
    to = at.fresh + (ints[at.rows + layer + 1] + first) * m
    sums(at, ints, reals, layer, m, first, stop, inputs_known(line, layer), to)
    activate(at, ints, reals, layer, reals[to : to + (stop - first) * m])


@njit(**PLAIN)
def spread(at: At, ints: Array, reals: Array, line: Line) -> None:
    """Write the terms of the loss from the touched samples' outputs."""
    first, stop, wide = outputs(at, line)
    base, count = reals.ctypes.data, at.samples * at.outputs
    if at.score == SQUARES and wide > 1:
        touched = ints.ctypes.data + WORD * at.touched
        out, target, terms = base + WORD * at.out, base + WORD * at.target, base + WORD * (at.terms + count)
        misses(out, wide, target, terms, touched, line.samples, at.outputs)
        return
    for t in range(line.samples):
        place, row = ints[at.touched + t] * at.outputs, t * wide - first
        if at.score == CLASSES:
            for unit in range(stop):
                gap, target = reals[at.out + row + unit], reals[at.target + place + unit]
                reals[at.terms + count + place + unit] = target * (reals[at.rest + t] - gap)
        elif at.score == LOGITS:
            for unit in range(first, stop):
                out, target = reals[at.out + row + unit], reals[at.target + place + unit]
                hinge = (out if out > 0.0 else 0.0) - target * out
                reals[at.terms + count + place + unit] = reals[at.part + row + unit] + hinge
        else:
            reals[at.terms + count + place + first] = reals[at.out + t] - reals[at.target + place + first]
