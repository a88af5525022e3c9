"""Write pieces of LLVM code: loops, pointers to matrices, vectors in registers, calls by address."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from llvmlite import ir
from numba import types
from numba.core import base, cgutils, typing

Builder: TypeAlias = ir.IRBuilder  # writes the code of a function
Value: TypeAlias = ir.Value  # a number in that code
Context: TypeAlias = base.BaseContext
Typing: TypeAlias = typing.Context
Type: TypeAlias = types.Type  # Numba's type of an argument
Signature: TypeAlias = typing.Signature
Code = Callable[[Context, Builder, Signature, list[Value]], Value]
Intrinsic = tuple[Signature, Code]
WORD, REAL, NONE = ir.IntType(64), ir.DoubleType(), ir.IntType(64)(0)
BYTES = 8  # in a number


def steps(builder: Builder, stop: Value, *sizes: int) -> list[tuple[int, Value, Value]]:
    """Split 0 to stop into steps of the first size while they fit, then of the next: (size, from, to)."""
    steps, start = [], NONE
    for size in sizes[:-1]:
        whole = builder.mul(builder.sdiv(stop, WORD(size)), WORD(size))
        steps.append((size, start, whole))
        start = whole
    return [*steps, (sizes[-1], start, stop)]


@contextmanager
def span(builder: Builder, start: Value, stop: Value, step: int) -> Iterator[Value]:
    """Write a loop and yield its index."""
    with cgutils.for_range_slice(builder, start, stop, WORD(step)) as (index, _):
        yield index


def pointer(builder: Builder, base: Value, row: Value, stride: Value, column: Value, kind: ir.Type) -> Value:
    """Return a pointer to a row and column of the matrix at this address."""
    place = builder.add(builder.mul(row, stride), column)
    return builder.inttoptr(builder.add(base, builder.mul(place, WORD(BYTES))), kind.as_pointer())


def spread(builder: Builder, number: Value, width: int) -> Value:
    """Return a vector with this number in each of `width` places."""
    some = ir.Constant(ir.VectorType(REAL, width), ir.Undefined)
    first = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
    return builder.shuffle_vector(builder.insert_element(some, number, ir.IntType(32)(0)), some, first)


def accumulate(builder: Builder, total: Value, weight: Value, x: Value, width: int) -> None:
    """Add weight * x to total with one rounding; total and weight are pointers."""
    kind = ir.VectorType(REAL, width)
    fma = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(kind, [kind] * 3), f"llvm.fma.v{width}f64"
    )
    weights = spread(builder, builder.load(weight), width)
    builder.store(builder.call(fma, [weights, x, builder.load(total)]), total)


def packed(builder: Builder, *values: Value) -> Value:
    """Return the address of an array of these numbers."""
    place = cgutils.alloca_once(builder, ir.ArrayType(values[0].type, len(values)))
    for i, value in enumerate(values):
        builder.store(value, cgutils.gep_inbounds(builder, place, 0, i))
    return builder.ptrtoint(place, WORD)


def call(builder: Builder, address: Value, kind: ir.Type, given: list[Value]) -> Value:
    """Return the result of calling the C function at an address with these addresses."""
    pointer = ir.FunctionType(kind, [WORD] * len(given)).as_pointer()
    return builder.call(builder.inttoptr(address, pointer), given)
