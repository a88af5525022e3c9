"""Find the addresses of NumPy's inner loops and BLAS's dot product, for code with NumPy's exact bits."""

import ctypes

import numpy as np

NAMES = ("tanh", "exp", "log1p", "logaddexp", "add")
TANH, EXP, LOG1P, LOGADDEXP, ADD, DOT = range(6)


class _Head(ctypes.Structure):
    """The public fields of NumPy's PyUFuncObject, after Python's own header."""

    _fields_ = (
        ("object", ctypes.c_byte * object.__basicsize__),
        ("nin", ctypes.c_int),
        ("nout", ctypes.c_int),
        ("nargs", ctypes.c_int),
        ("identity", ctypes.c_int),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("ntypes", ctypes.c_int),
    )


def addresses() -> np.ndarray:
    """Return (6, 2) addresses: function and data of the float64 loops of `NAMES`, then of SciPy's ddot.

    Raises ValueError for a version of NumPy with another layout of ufuncs.
    """
    from numba.extending import get_cython_function_address

    dot = get_cython_function_address("scipy.linalg.cython_blas", "ddot")
    return np.array([*(_loop(getattr(np, name)) for name in NAMES), (dot, 0)], dtype=np.int64)


def _loop(ufunc: np.ufunc) -> tuple[int, int]:
    head = _Head.from_address(id(ufunc))
    found = head.nin, head.nout, head.nargs, head.ntypes
    if found != (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes):
        raise ValueError(f"powell-fast does not know the ufuncs of NumPy {np.__version__}; use powell")
    at = ufunc.types.index("d" * ufunc.nin + "->d")
    return head.functions[at] or 0, head.data[at] or 0
