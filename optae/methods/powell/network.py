"""Compiled: a network's loss, which recomputes only the values that a line touches.

Its values are those of NumPy's forward pass, to the last bit under the conditions that `method` states: sums
run in the order of NumPy's matrix product, and functions are NumPy's own inner loops. Matrices of values have
a row for each unit and a column for each sample.
"""

from typing import NamedTuple

from numba import njit

from ...engines import Array
from ...model.activations import FAR
from .exponential import STEPS, TOGETHER, exponential
from .numpy_loops import ADD, EXP, LOG1P, LOGADDEXP, TANH
from .products import PLAIN, column, product, strands, ufunc

SQUARES, LOGITS, CLASSES = range(3)  # the loss: of outputs, of independent logits, of the logits of classes
IDENTITY, LOGISTIC, HYPERBOLIC, RELU, LEAKY, SOFTPLUS = range(6)
LEVEL, LOWEST, WHERE, LOSS, LAST, FACTOR, SUM, ZERO, L2 = range(9)  # places in `values`
WORD = 8  # bytes in a number


class At(NamedTuple):
    """The places of all data in the two arrays that compiled code reads and writes.

    Levels run from 0, the input, to the output. Of data that are stored twice, the first are at theta, the
    second at trial.
    """

    samples: int
    layers: int
    outputs: int
    stride: int  # the number of outputs, rounded up to a multiple of 4
    size: int
    score: int  # SQUARES, LOGITS or CLASSES
    swift: int  # 1 where NumPy's exponential is that of `exponential`
    # in `ints`
    widths: int  # (levels,)
    rows: int  # (levels,) the first row of each level's values
    weights: int  # (layers,) the weights' places in theta
    biases: int  # (layers,) the biases' places in theta, or -1
    kinds: int  # (layers,) IDENTITY, ...
    plain: int  # (layers,) units whose inputs NumPy's product adds one by one; it adds the rest in lanes
    owners: int  # (size, 3) layer, input (-1: bias) and unit of each parameter
    loops: int  # (6, 2) `numpy_loops.addresses()`
    powers: int  # (256,) `exponential.table()`
    parts: int  # (2, TOGETHER) scratch space of `exponential`
    touched: int  # (n,) indices of the samples that the line touches
    counts: int  # (3,) evaluations so far, evaluations allowed, multiply-adds so far
    # in `reals`
    gains: int  # (layers,) the activations' parameters
    target: int  # (n, d)
    theta: int  # (size,) the start of the line
    trial: int  # (size,) a point on the line
    best: int  # (size,) the point with the lowest loss so far
    kept: int  # (rows, n) every level's values at theta
    fresh: int  # (rows, m) the touched samples' values at trial, except the outputs
    before: int  # the next layer's sums over the inputs before the unit
    out: int  # (m, stride) the touched samples' outputs, a row for each sample
    part: int  # (m, stride) log(1 + exp(-|out|)) for logits
    rest: int  # (m,) of classes, log(sum exp(out)) less the largest out
    terms: int  # (2, n, d) the terms of the loss
    values: int  # (9,) the loss at theta, the lowest loss and its alpha, the last loss and its alpha, ...


@njit(**PLAIN)
def fill(out: Array, value: float) -> None:
    """Set every element of out to a value."""
    for s in range(len(out)):
        out[s] = value


@njit(**PLAIN)
def copy(out: Array, x: Array) -> None:
    """Copy x to out; x can be longer and does not overlap with out."""
    for s in range(len(out)):
        out[s] = x[s]


@njit(**PLAIN)
def apply(at: At, ints: Array, which: int, a: Array, other: int) -> None:
    """Set a = f(a), or f(a, other) for the number at that address, by NumPy's own loop."""
    loop, x = ints[at.loops + 2 * which :], a.ctypes.data
    if other:
        ufunc(loop[0], loop[1], len(a), x, WORD, other, 0, x, WORD)
    else:
        ufunc(loop[0], loop[1], len(a), x, WORD, x, WORD, x, WORD)


@njit(**PLAIN)
def slope(at: At, ints: Array, reals: Array, layer: int) -> float:
    """Return the factor of a layer's sums before its function is applied."""
    kind, gain = ints[at.kinds + layer], reals[at.gains + layer]
    if kind == LOGISTIC:
        return -gain
    return gain if kind == IDENTITY else 1.0


@njit(**PLAIN)
def activate(at: At, ints: Array, reals: Array, layer: int, a: Array) -> None:
    """Apply a layer's function to its multiplied sums, in place."""
    kind, gain = ints[at.kinds + layer], reals[at.gains + layer]
    if kind == LOGISTIC:
        logistic(at, ints, a)
    elif kind == HYPERBOLIC:
        apply(at, ints, TANH, a, 0)
    elif kind == SOFTPLUS:
        apply(at, ints, LOGADDEXP, a, reals.ctypes.data + WORD * (at.values + ZERO))
    elif kind == RELU:
        for s in range(len(a)):
            a[s] = a[s] if a[s] > 0.0 else 0.0
    elif kind == LEAKY:
        for s in range(len(a)):
            a[s] = a[s] if a[s] > 0.0 else gain * a[s]


@njit(**PLAIN)
def logistic(at: At, ints: Array, a: Array) -> None:
    """Set a = 1 / (1 + exp(a)), clipped at FAR like NumPy's; below -FAR the result is 1 in any case."""
    for s in range(len(a)):
        if a[s] > FAR:
            a[s] = FAR
        elif a[s] < -FAR:
            a[s] = -FAR
    if at.swift:
        low, high = ints[at.parts : at.parts + TOGETHER], ints[at.parts + TOGETHER :]
        exponential(a, ints[at.powers : at.powers + 2 * STEPS], low, high)
    else:
        apply(at, ints, EXP, a, 0)
    for s in range(len(a)):
        a[s] = 1.0 / (1.0 + a[s])


@njit(**PLAIN)
def sums(
    at: At, ints: Array, reals: Array, layer: int, m: int, first: int, stop: int, known: int, to: int
) -> None:
    """Write some units' sums over inputs and bias, multiplied by the slope, (stop - first, m).

    The sums over the inputs before `known` are taken from `before`.
    """
    width, step = ints[at.widths + layer], ints[at.widths + layer + 1]
    w = reals.ctypes.data + WORD * (at.trial + ints[at.weights + layer] + first)
    y = reals.ctypes.data + WORD * (at.fresh + ints[at.rows + layer] * m)
    out, count = reals.ctypes.data + WORD * to, stop - first
    before = reals.ctypes.data + WORD * at.before if known > 0 else 0
    bias, factor = ints[at.biases + layer], slope(at, ints, reals, layer)
    inner = 1.0 if bias >= 0 else factor
    plain = min(max(ints[at.plain + layer] - first, 0), count)
    if count == 1 and plain == 1:
        column(w, step, y, m, out, width, m, inner)
    elif plain > 0:
        product(w, step, y, m, out, m, before, known, width, plain, m, inner)
    for unit in range(plain, count):
        strands(w + WORD * unit, step, y, m, out + WORD * unit * m, 1, width, m, inner)
    if bias >= 0:
        for unit in range(count):
            row, offset = reals[to + unit * m : to + unit * m + m], reals[at.trial + bias + first + unit]
            for s in range(m):
                row[s] = factor * (row[s] + offset)


@njit(**PLAIN)
def output_sums(at: At, ints: Array, reals: Array, count: int, m: int, known: int) -> None:
    """Write the sums of all outputs for `count` samples, a row for each, in the order of the loss."""
    last, d, wide = at.layers - 1, at.outputs, at.stride
    width = ints[at.widths + last]
    w = reals.ctypes.data + WORD * (at.trial + ints[at.weights + last])
    y = reals.ctypes.data + WORD * (at.fresh + ints[at.rows + last] * m)
    out = reals.ctypes.data + WORD * at.out
    before = reals.ctypes.data + WORD * at.before if known > 0 else 0
    bias, factor = ints[at.biases + last], slope(at, ints, reals, last)
    inner = 1.0 if bias >= 0 else factor
    plain = ints[at.plain + last]
    product(y, m, w, d, out, wide, before, known, width, count, plain, inner)
    for unit in range(plain, d):
        strands(w + WORD * unit, d, y, m, out + WORD * unit, wide, width, m, inner)
    if bias >= 0:
        for t in range(count):
            row, offset = reals[at.out + t * wide : at.out + t * wide + d], reals[at.trial + bias :]
            for unit in range(d):
                row[unit] = factor * (row[unit] + offset[unit])


@njit(**PLAIN)
def decay(at: At, ints: Array, out: Array, part: Array) -> None:
    """Set part = log(1 + exp(-|out|)), for logits."""
    for s in range(len(part)):
        part[s] = -abs(out[s])
    apply(at, ints, EXP, part, 0)
    apply(at, ints, LOG1P, part, 0)


@njit(**PLAIN)
def compare(at: At, ints: Array, reals: Array, count: int) -> None:
    """Subtract from each sample's outputs the largest, and set `rest` to log(sum exp(outputs)) after that."""
    d, loop, base = at.outputs, ints[at.loops + 2 * ADD :], reals.ctypes.data
    for t in range(count):
        row, first = t * at.stride, 0
        out, part = reals[at.out + row : at.out + row + d], reals[at.part + row : at.part + row + d]
        for unit in range(1, d):
            if out[unit] > out[first]:
                first = unit
        top = out[first]
        for unit in range(d):
            out[unit] -= top
        out[first] = 0.0
        copy(part, out)
        apply(at, ints, EXP, part, 0)
        part[first] = 0.0
        reals[at.rest + t] = 0.0
        place = base + WORD * (at.rest + t)
        ufunc(loop[0], loop[1], d, place, 0, base + WORD * (at.part + row), WORD, place, 0)
    apply(at, ints, LOG1P, reals[at.rest : at.rest + count], 0)
