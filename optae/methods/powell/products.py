"""Compiled: matrix products of short rows in registers, and calls by address, written in LLVM code.

Numba's loops over rows of 32 numbers spend most of their time on the loop itself; here a tile of 8 rows and 8
columns stays in registers. Products are fused with sums (rounded once), in the order of NumPy's matrix
product. A matrix is given by its address and the distance between its rows, in numbers.
"""

from collections.abc import Callable

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from ...engines import Array
from .assembly import (
    NONE,
    REAL,
    WORD,
    Builder,
    Context,
    Intrinsic,
    Signature,
    Type,
    Typing,
    Value,
    accumulate,
    call,
    packed,
    pointer,
    span,
    spread,
    steps,
)

ENTRY: dict[str, bool | str] = {"error_model": "numpy", "_nrt": False}  # IEEE rules, without allocation
PLAIN: dict[str, bool | str] = {**ENTRY, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
WIDE, NARROW, LANES = 8, 4, 8  # columns at a time, columns at a time of the rest, lanes of a sum
int64, float64, void = types.int64, types.float64, types.void

Compiled = Callable[..., Array]


def entry(f: Compiled) -> Compiled:
    """Return a function that Python can call, compiled or from Numba's cache if that has a folder."""
    try:
        return njit(cache=True, **ENTRY)(f)
    except RuntimeError:
        return njit(**ENTRY)(f)


@intrinsic
def ufunc(
    typingctx: Typing,
    loop: Type,
    data: Type,
    n: Type,
    x: Type,
    dx: Type,
    y: Type,
    dy: Type,
    z: Type,
    dz: Type,
) -> Intrinsic:
    """Call a ufunc's inner loop over n elements at the addresses x, y and z, with strides in bytes."""

    def code(context: Context, builder: Builder, signature: Signature, values: list[Value]) -> Value:
        loop, data, n, x, dx, y, dy, z, dz = values
        given = [packed(builder, *numbers) for numbers in ((x, y, z), (n,), (dx, dy, dz))]
        call(builder, loop, ir.VoidType(), [*given, data])
        return context.get_dummy_value()

    return void(*[int64] * 9), code


@intrinsic
def dot(typingctx: Typing, ddot: Type, n: Type, x: Type, y: Type) -> Intrinsic:
    """Call BLAS's ddot for n elements at the addresses x and y."""

    def code(context: Context, builder: Builder, signature: Signature, values: list[Value]) -> Value:
        ddot, n, x, y = values
        small = ir.IntType(32)
        count, one = packed(builder, builder.trunc(n, small)), packed(builder, small(1))
        return call(builder, ddot, REAL, [count, x, one, y, one])

    return float64(*[int64] * 4), code


@njit(**PLAIN)
def product(
    w: int, dw: int, y: int, dy: int, out: int, dout: int, known: int,
    start: int, stop: int, rows: int, columns: int, factor: float,
) -> None:  # fmt: skip
    """Set out[u, s] = factor (known[u, s] + sum of w[i, u] y[i, s]), adding i from start to stop in order.

    Here u < rows and s < columns, both rounded up to multiples of 4; the address `known` is 0 if there is
    none.
    """
    _product(w, dw, y, dy, out, dout, known, start, stop, rows, columns, factor)


@njit(**PLAIN)
def column(w: int, dw: int, y: int, dy: int, out: int, stop: int, columns: int, factor: float) -> None:
    """Set out[s] = factor times the sum of w[i] y[i, s], i in order up to stop: `product` for one row."""
    _column(w, dw, y, dy, out, stop, columns, factor)


@njit(**PLAIN)
def strands(
    w: int, dw: int, y: int, dy: int, out: int, dout: int, stop: int, columns: int, factor: float
) -> None:
    """Compute `column` in `LANES` lanes, input i in lane i mod `LANES`, and add the lanes pairwise as a tree.

    The numbers of out are `dout` apart.
    """
    _strands(w, dw, y, dy, out, dout, stop, columns, factor)


@intrinsic
def misses(
    typingctx: Typing, out: Type, dout: Type, target: Type, terms: Type, touched: Type, rows: Type, d: Type
) -> Intrinsic:
    """Set the rows terms[k] = out[t] - target[k] of d numbers, for k = touched[t] and t < rows."""

    def code(context: Context, builder: Builder, signature: Signature, values: list[Value]) -> Value:
        out, dout, target, terms, touched, rows, d = values
        with span(builder, NONE, rows, 1) as t:
            k = builder.load(pointer(builder, touched, t, WORD(1), NONE, WORD))
            for width, left, right in steps(builder, d, WIDE, 1):
                kind = ir.VectorType(REAL, width)
                with span(builder, left, right, width) as s:
                    y = builder.load(pointer(builder, out, t, dout, s, kind), align=8)
                    goal = builder.load(pointer(builder, target, k, d, s, kind), align=8)
                    builder.store(builder.fsub(y, goal), pointer(builder, terms, k, d, s, kind), align=8)
        return context.get_dummy_value()

    return void(*[int64] * 7), code


@intrinsic
def _product(
    typingctx: Typing, w: Type, dw: Type, y: Type, dy: Type, out: Type, dout: Type, known: Type,
    start: Type, stop: Type, rows: Type, columns: Type, factor: Type,
) -> Intrinsic:  # fmt: skip
    def code(context: Context, builder: Builder, signature: Signature, values: list[Value]) -> Value:
        *given, rows, columns, factor = values
        numbers = [*given, factor]
        for many, first, last in steps(builder, rows, 8, 4):
            with span(builder, first, last, many) as row:
                block = [builder.add(row, WORD(k)) for k in range(many)]
                for width, left, right in steps(builder, columns, WIDE, NARROW):
                    with span(builder, left, right, width) as s:
                        _tile(builder, block, [s], width, *numbers)
        return context.get_dummy_value()

    return void(*[int64] * 11, float64), code


@intrinsic
def _column(
    typingctx: Typing,
    w: Type,
    dw: Type,
    y: Type,
    dy: Type,
    out: Type,
    stop: Type,
    columns: Type,
    factor: Type,
) -> Intrinsic:
    def code(context: Context, builder: Builder, signature: Signature, values: list[Value]) -> Value:
        w, dw, y, dy, out, stop, columns, factor = values
        for step, left, right in steps(builder, columns, 4 * WIDE, WIDE, NARROW):
            width = min(step, WIDE)
            with span(builder, left, right, step) as start:
                block = [builder.add(start, WORD(k)) for k in range(0, step, width)]
                _tile(builder, [NONE], block, width, w, dw, y, dy, out, NONE, NONE, NONE, stop, factor)
        return context.get_dummy_value()

    return void(*[int64] * 7, float64), code


@intrinsic
def _strands(
    typingctx: Typing, w: Type, dw: Type, y: Type, dy: Type, out: Type, dout: Type,
    stop: Type, columns: Type, factor: Type,
) -> Intrinsic:  # fmt: skip
    def code(context: Context, builder: Builder, signature: Signature, values: list[Value]) -> Value:
        for width, left, right in steps(builder, values[-2], WIDE, NARROW):
            with span(builder, left, right, width) as s:
                _laned(builder, s, width, *values)
        return context.get_dummy_value()

    return void(*[int64] * 8, float64), code


def _tile(
    builder: Builder, rows: list[Value], columns: list[Value], width: int,
    w: Value, dw: Value, y: Value, dy: Value, out: Value, dout: Value, known: Value,
    start: Value, stop: Value, factor: Value,
) -> None:  # fmt: skip
    """Write a tile of `product` in registers: these rows, and these columns with `width - 1` after each."""
    kind = ir.VectorType(REAL, width)
    tile = [(u, k, cgutils.alloca_once(builder, kind)) for u in rows for k in range(len(columns))]
    for _, _, total in tile:
        builder.store(spread(builder, REAL(0.0), width), total)
    with builder.if_then(builder.icmp_signed("!=", known, NONE)):
        for u, k, total in tile:
            builder.store(builder.load(pointer(builder, known, u, dout, columns[k], kind), align=8), total)
    with span(builder, start, stop, 1) as i:
        x = [builder.load(pointer(builder, y, i, dy, s, kind), align=8) for s in columns]
        for u, k, total in tile:
            accumulate(builder, total, pointer(builder, w, i, dw, u, REAL), x[k], width)
    for u, k, total in tile:
        place = pointer(builder, out, u, dout, columns[k], kind)
        builder.store(builder.fmul(spread(builder, factor, width), builder.load(total)), place, align=8)


def _laned(
    builder: Builder, s: Value, width: int,
    w: Value, dw: Value, y: Value, dy: Value, out: Value, dout: Value,
    stop: Value, columns: Value, factor: Value,
) -> None:  # fmt: skip
    """Write a column of `strands` and the `width - 1` after it, in registers."""
    kind = ir.VectorType(REAL, width)
    lanes = [cgutils.alloca_once(builder, kind) for _ in range(LANES)]
    for lane in lanes:
        builder.store(spread(builder, REAL(0.0), width), lane)

    def add(lane: Value, i: Value) -> None:
        x = builder.load(pointer(builder, y, i, dy, s, kind), align=8)
        accumulate(builder, lane, pointer(builder, w, i, dw, NONE, REAL), x, width)

    (_, first, whole), (_, _, last) = steps(builder, stop, LANES, 1)
    with span(builder, first, whole, LANES) as start:
        for k, lane in enumerate(lanes):
            add(lane, builder.add(start, WORD(k)))
    for k, lane in enumerate(lanes[:-1]):
        i = builder.add(whole, WORD(k))
        with builder.if_then(builder.icmp_signed("<", i, last)):
            add(lane, i)
    sums = [builder.load(lane) for lane in lanes]
    while len(sums) > 1:
        sums = [builder.fadd(a, b) for a, b in zip(sums[::2], sums[1::2], strict=True)]
    total = builder.fmul(spread(builder, factor, width), sums[0])
    for k in range(width):
        place = pointer(builder, out, builder.add(s, WORD(k)), dout, NONE, REAL)
        builder.store(builder.extract_element(total, ir.IntType(32)(k)), place)
