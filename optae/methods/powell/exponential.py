"""The exponential function of the GNU C library, bit for bit, compiled for several numbers at once.

On processors without AVX-512 NumPy calls that function number by number, and a logistic network would spend
most of its time there. The algorithm (Szabolcs Nagy, 2018) writes x = k ln 2 / 128 + r and exp(x) = 2^(k/128)
exp(r). It takes 2^(k/128) from a table, and exp(r) - 1 from a polynomial of degree five whose products are
fused with their sums.
"""

from decimal import Context, localcontext
from decimal import Decimal as Exact
from functools import cache

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from ...engines import Array
from ...engines.streams import SELF_TEST, stream
from ...model.activations import FAR
from .assembly import REAL, WORD, Builder, Intrinsic, Signature, Type, Typing, Value
from .assembly import Context as Target
from .products import PLAIN, entry

STEPS, BITS = 128, 7  # the table's steps from 1 to 2, and their number's bits
TOGETHER = 64  # numbers of a pass, few enough to stay in the cache
PER_STEP = STEPS * float.fromhex("0x1.71547652b82fep0")  # table steps per unit of x: 128 / ln 2
STEP_HIGH, STEP_LOW = float.fromhex("-0x1.62e42fefa0000p-8"), float.fromhex("-0x1.cf79abc9e3b39p-47")
ROUND = float.fromhex("0x1.8p52")  # a number added to it is rounded to an integer, found in the last bits
C2, C3 = float.fromhex("0x1.ffffffffffdbdp-2"), float.fromhex("0x1.555555555543cp-3")
C4, C5 = float.fromhex("0x1.55555cf172b91p-5"), float.fromhex("0x1.1111167a4d017p-7")


@njit(**PLAIN)
def exponential(a: Array, table: Array, low: Array, high: Array) -> None:
    """Set a = exp(a) for numbers in [-FAR, FAR]; low and high are scratch space, `TOGETHER` integers each."""
    for start in range(0, len(a), TOGETHER):
        x = a[start : start + TOGETHER]
        for s in range(len(x)):
            k = _fma(PER_STEP, x[s], ROUND)
            high[s] = _bits(k)
            k -= ROUND
            x[s] = _fma(k, STEP_LOW, _fma(k, STEP_HIGH, x[s]))
        for s in range(len(x)):
            k, place = high[s], 2 * (high[s] & (STEPS - 1))
            low[s], high[s] = table[place], table[place + 1] + (k << (52 - BITS))
        for s in range(len(x)):
            r, power = x[s], _real(high[s])
            square = r * r
            part = _fma(square, _fma(r, C3, C2), _real(low[s]) + r)
            part = _fma(square * square, _fma(r, C5, C4), part)
            x[s] = _fma(power, part, power)


@cache
def table() -> np.ndarray:
    """Return (256,) bits in pairs: the error of the float64 nearest 2^(k/128), and its bits less k << 45."""
    rows = []
    with localcontext(Context(prec=50)):
        for k in range(STEPS):
            power = (Exact(2).ln() * k / STEPS).exp()
            near = float(power)
            rows.append((float(power / Exact(near) - 1), near))
    bits = np.array(rows).view(np.int64)
    bits[:, 1] -= np.arange(STEPS) << (52 - BITS)
    return bits.ravel()


@cache
def is_numpys() -> bool:
    """Return whether NumPy's exponential has the same bits here, on 16,000 random numbers."""
    rng = stream(0, SELF_TEST)
    x = np.clip(np.concatenate([rng.normal(0, scale, 4000) for scale in (1e-9, 0.1, 3, 100)]), -FAR, FAR)
    found, scratch = x.copy(), np.zeros((2, TOGETHER), dtype=np.int64)
    _tried(found, table(), *scratch)
    return bool((found == np.exp(x)).all())


@intrinsic
def _fma(typingctx: Typing, a: Type, b: Type, c: Type) -> Intrinsic:
    """Return a b + c, rounded once."""

    def code(context: Target, builder: Builder, signature: Signature, values: list[Value]) -> Value:
        kind = ir.FunctionType(REAL, [REAL] * 3)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.fma.f64"), values)

    return types.float64(*[types.float64] * 3), code


@intrinsic
def _bits(typingctx: Typing, a: Type) -> Intrinsic:
    """Return a real number's bits as an integer."""
    return types.int64(types.float64), lambda context, builder, *_: builder.bitcast(_[-1][0], WORD)


@intrinsic
def _real(typingctx: Typing, a: Type) -> Intrinsic:
    """Return the real number with these bits."""
    return types.float64(types.int64), lambda context, builder, *_: builder.bitcast(_[-1][0], REAL)


@entry
def _tried(a: Array, table: Array, low: Array, high: Array) -> None:
    """Call `exponential` from Python."""
    exponential(a, table, low, high)
