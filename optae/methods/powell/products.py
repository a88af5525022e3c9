"""Compiled: matrix products of short rows in registers, and calls by address, in LLVM's own language.

Numba's loops over rows of 32 numbers spend their time around the loop; here a tile of 8 rows and 8 columns
stays in registers. Sums are fused (rounded once) and run in the order of NumPy's matrix product. Matrices are
given by address, and by how many numbers their rows are apart.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

ENTRY: dict[str, Any] = {"error_model": "numpy", "_nrt": False}  # IEEE's rules; nothing is allocated
PLAIN: dict[str, Any] = {**ENTRY, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
WIDE, NARROW, LANES = 8, 4, 8  # columns at a time while they last, then; lanes of a sum
WORD, REAL, NONE = ir.IntType(64), ir.DoubleType(), ir.IntType(64)(0)
int64, float64, void = types.int64, types.float64, types.void


def entry(f: Any) -> Any:
    """A function that Python calls, compiled, or from Numba's cache where there is a folder for one."""
    try:
        return njit(cache=True, **ENTRY)(f)
    except RuntimeError:
        return njit(**ENTRY)(f)


@intrinsic
def ufunc(
    typingctx: Any, loop: Any, data: Any, n: Any, x: Any, dx: Any, y: Any, dy: Any, z: Any, dz: Any
) -> Any:
    """Calls a ufunc's inner loop over n elements at addresses x, y and z, in strides of so many bytes."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        loop, data, n, x, dx, y, dy, z, dz = values
        given = [_packed(builder, *numbers) for numbers in ((x, y, z), (n,), (dx, dy, dz))]
        _call(builder, loop, ir.VoidType(), [*given, data])
        return context.get_dummy_value()

    return void(*[int64] * 9), code


@intrinsic
def dot(typingctx: Any, ddot: Any, n: Any, x: Any, y: Any) -> Any:
    """Calls BLAS's ddot for n elements at addresses x and y."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        ddot, n, x, y = values
        small = ir.IntType(32)
        count, one = _packed(builder, builder.trunc(n, small)), _packed(builder, small(1))
        return _call(builder, ddot, REAL, [count, x, one, y, one])

    return float64(*[int64] * 4), code


@intrinsic
def _product(
    typingctx: Any, w: Any, dw: Any, y: Any, dy: Any, out: Any, dout: Any, known: Any,
    start: Any, stop: Any, rows: Any, columns: Any, factor: Any,
) -> Any:  # fmt: skip
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        *given, rows, columns, factor = values
        numbers = [*given, factor]
        for many, first, last in _steps(builder, rows, 8, 4):
            with _span(builder, first, last, many) as row:
                block = [builder.add(row, WORD(k)) for k in range(many)]
                for width, left, right in _steps(builder, columns, WIDE, NARROW):
                    with _span(builder, left, right, width) as s:
                        _tile(builder, block, [s], width, *numbers)
        return context.get_dummy_value()

    return void(*[int64] * 11, float64), code


@njit(**PLAIN)
def product(
    w: int, dw: int, y: int, dy: int, out: int, dout: int, known: int,
    start: int, stop: int, rows: int, columns: int, factor: float,
) -> None:  # fmt: skip
    """out[u, s] = factor (known[u, s] + sum of w[i, u] y[i, s]), i from start to stop one after the other.

    u < rows and s < columns, where both are rounded up to multiples of 4; known may be 0: nothing is known.
    """
    _product(w, dw, y, dy, out, dout, known, start, stop, rows, columns, factor)


@intrinsic
def _column(
    typingctx: Any, w: Any, dw: Any, y: Any, dy: Any, out: Any, stop: Any, columns: Any, factor: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        w, dw, y, dy, out, stop, columns, factor = values
        for step, left, right in _steps(builder, columns, 4 * WIDE, WIDE, NARROW):
            width = min(step, WIDE)
            with _span(builder, left, right, step) as start:
                block = [builder.add(start, WORD(k)) for k in range(0, step, width)]
                _tile(builder, [NONE], block, width, w, dw, y, dy, out, NONE, NONE, NONE, stop, factor)
        return context.get_dummy_value()

    return void(*[int64] * 7, float64), code


@njit(**PLAIN)
def column(w: int, dw: int, y: int, dy: int, out: int, stop: int, columns: int, factor: float) -> None:
    """out[s] = factor times the sum of w[i] y[i, s] up to stop, one after the other: `product` of one row."""
    _column(w, dw, y, dy, out, stop, columns, factor)


@intrinsic
def _strands(
    typingctx: Any, w: Any, dw: Any, y: Any, dy: Any, out: Any, dout: Any,
    stop: Any, columns: Any, factor: Any,
) -> Any:  # fmt: skip
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        for width, left, right in _steps(builder, values[-2], WIDE, NARROW):
            with _span(builder, left, right, width) as s:
                _laned(builder, s, width, *values)
        return context.get_dummy_value()

    return void(*[int64] * 8, float64), code


@njit(**PLAIN)
def strands(
    w: int, dw: int, y: int, dy: int, out: int, dout: int, stop: int, columns: int, factor: float
) -> None:
    """`column` in `LANES` lanes, input i in lane i mod `LANES`, added up as a tree, neighbours first.

    The numbers of out are dout apart.
    """
    _strands(w, dw, y, dy, out, dout, stop, columns, factor)


@intrinsic
def misses(
    typingctx: Any, out: Any, dout: Any, target: Any, terms: Any, touched: Any, rows: Any, d: Any
) -> Any:
    """terms[k] = out[t] - target[k] for k = touched[t], t < rows: rows of d numbers."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        out, dout, target, terms, touched, rows, d = values
        with _span(builder, NONE, rows, 1) as t:
            k = builder.load(_at(builder, touched, t, WORD(1), NONE, WORD))
            for width, left, right in _steps(builder, d, WIDE, 1):
                kind = ir.VectorType(REAL, width)
                with _span(builder, left, right, width) as s:
                    y = builder.load(_at(builder, out, t, dout, s, kind), align=8)
                    goal = builder.load(_at(builder, target, k, d, s, kind), align=8)
                    builder.store(builder.fsub(y, goal), _at(builder, terms, k, d, s, kind), align=8)
        return context.get_dummy_value()

    return void(*[int64] * 7), code


def _tile(
    builder: Any, rows: list[Any], columns: list[Any], width: int,
    w: Any, dw: Any, y: Any, dy: Any, out: Any, dout: Any, known: Any, start: Any, stop: Any, factor: Any,
) -> None:  # fmt: skip
    """Some rows of `product`, of some columns and the `width - 1` after each, in registers."""
    kind = ir.VectorType(REAL, width)
    tile = [(u, k, cgutils.alloca_once(builder, kind)) for u in rows for k in range(len(columns))]
    for _, _, total in tile:
        builder.store(_spread(builder, REAL(0.0), width), total)
    with builder.if_then(builder.icmp_signed("!=", known, NONE)):
        for u, k, total in tile:
            builder.store(builder.load(_at(builder, known, u, dout, columns[k], kind), align=8), total)
    with _span(builder, start, stop, 1) as i:
        x = [builder.load(_at(builder, y, i, dy, s, kind), align=8) for s in columns]
        for u, k, total in tile:
            _accumulate(builder, total, _at(builder, w, i, dw, u, REAL), x[k], width)
    for u, k, total in tile:
        place = _at(builder, out, u, dout, columns[k], kind)
        builder.store(builder.fmul(_spread(builder, factor, width), builder.load(total)), place, align=8)


def _laned(
    builder: Any, s: Any, width: int,
    w: Any, dw: Any, y: Any, dy: Any, out: Any, dout: Any, stop: Any, columns: Any, factor: Any,
) -> None:  # fmt: skip
    """A column of `strands` and the `width - 1` after it, in registers."""
    kind = ir.VectorType(REAL, width)
    lanes = [cgutils.alloca_once(builder, kind) for _ in range(LANES)]
    for lane in lanes:
        builder.store(_spread(builder, REAL(0.0), width), lane)

    def add(lane: Any, i: Any) -> None:
        x = builder.load(_at(builder, y, i, dy, s, kind), align=8)
        _accumulate(builder, lane, _at(builder, w, i, dw, NONE, REAL), x, width)

    (_, first, whole), (_, _, last) = _steps(builder, stop, LANES, 1)
    with _span(builder, first, whole, LANES) as start:
        for k, lane in enumerate(lanes):
            add(lane, builder.add(start, WORD(k)))
    for k, lane in enumerate(lanes[:-1]):
        i = builder.add(whole, WORD(k))
        with builder.if_then(builder.icmp_signed("<", i, last)):
            add(lane, i)
    sums = [builder.load(lane) for lane in lanes]
    while len(sums) > 1:
        sums = [builder.fadd(a, b) for a, b in zip(sums[::2], sums[1::2], strict=True)]
    total = builder.fmul(_spread(builder, factor, width), sums[0])
    for k in range(width):
        place = _at(builder, out, builder.add(s, WORD(k)), dout, NONE, REAL)
        builder.store(builder.extract_element(total, ir.IntType(32)(k)), place)


def _steps(builder: Any, stop: Any, *sizes: int) -> list[tuple[int, Any, Any]]:
    """From 0 to stop in steps of the first size while they fit, then of the next: (size, from, to)."""
    steps, start = [], NONE
    for size in sizes[:-1]:
        whole = builder.mul(builder.sdiv(stop, WORD(size)), WORD(size))
        steps.append((size, start, whole))
        start = whole
    return [*steps, (sizes[-1], start, stop)]


@contextmanager
def _span(builder: Any, start: Any, stop: Any, step: int) -> Iterator[Any]:
    """A loop, and its index."""
    with cgutils.for_range_slice(builder, start, stop, WORD(step)) as (index, _):
        yield index


def _at(builder: Any, base: Any, row: Any, stride: Any, column: Any, kind: Any) -> Any:
    """A pointer to what starts at a row and column of the matrix at this address."""
    place = builder.add(builder.mul(row, stride), column)
    return builder.inttoptr(builder.add(base, builder.mul(place, WORD(8))), kind.as_pointer())


def _spread(builder: Any, number: Any, width: int) -> Any:
    """As many of this number."""
    some = ir.Constant(ir.VectorType(REAL, width), ir.Undefined)
    first = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
    return builder.shuffle_vector(builder.insert_element(some, number, ir.IntType(32)(0)), some, first)


def _accumulate(builder: Any, total: Any, weight: Any, x: Any, width: int) -> None:
    """total += weight x, rounded once; total and weight are pointers."""
    kind = ir.VectorType(REAL, width)
    fma = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(kind, [kind] * 3), f"llvm.fma.v{width}f64"
    )
    spread = _spread(builder, builder.load(weight), width)
    builder.store(builder.call(fma, [spread, x, builder.load(total)]), total)


def _packed(builder: Any, *values: Any) -> Any:
    """The address of these numbers, one after the other."""
    place = cgutils.alloca_once(builder, ir.ArrayType(values[0].type, len(values)))
    for i, value in enumerate(values):
        builder.store(value, cgutils.gep_inbounds(builder, place, 0, i))
    return builder.ptrtoint(place, WORD)


def _call(builder: Any, address: Any, kind: Any, given: list[Any]) -> Any:
    """A C function's result, given addresses."""
    pointer = ir.FunctionType(kind, [WORD] * len(given)).as_pointer()
    return builder.call(builder.inttoptr(address, pointer), given)
