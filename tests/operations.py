"""Counts products, factorisations and solutions as they are carried out, by the calls of NumPy and SciPy.

The prices are written down here once more: a test that asked `optae.engines.cost` would believe
what it tests.
"""

from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import SimpleNamespace
from unittest import mock

import numpy as np
import scipy.linalg
from scipy._lib.cobyqa import models as cobyqa
from scipy.optimize import _optimize, _trustregion, _trustregion_exact
from scipy.optimize._lsq import trf

GAUSS_NEWTON, LINEARISED, ROWS = (
    import_module(f"optae.methods.gauss_newton.{name}") for name in ("method", "linearised", "rows")
)
LAYERS = import_module("optae.methods.first_order.layered.layers")


class Seen(np.ndarray):
    """An array whose products, and those of all arrays made of it, are counted."""

    total = 0.0

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **words):
        if ufunc is np.matmul:
            Seen.total += product(*inputs)
        if out:
            words["out"] = tuple(map(unseen, out))
        found = getattr(ufunc, method)(*map(unseen, inputs), **words)
        if out:
            return out[0]
        return found.view(Seen) if isinstance(found, np.ndarray) else found


def seen(a):
    return a.view(Seen)


def unseen(a):
    return a.view(np.ndarray) if isinstance(a, Seen) else a


def product(a, b, out=None):
    """2 for each multiply-add with a matrix; of a matrix with its own transpose, one triangle."""
    a, b = unseen(a), unseen(b)
    if np.ndim(a) < 2 and np.ndim(b) < 2:
        return 0.0
    if a.ndim == b.ndim == 2 and a.ctypes.data == b.ctypes.data and a.strides == b.strides[::-1]:
        return len(a) * (len(a) + 1) * a.shape[1]
    done = np.broadcast_shapes(a.shape[:-2], b.shape[:-2]) + a.shape[-2:-1] * (a.ndim > 1) + (a.shape[-1],)
    return 2.0 * np.prod(done) * (b.shape[-1] if b.ndim > 1 else 1)


def svd(a, **_):
    long, short = max(a.shape), min(a.shape)
    return 6 * long * short**2 + 20 * short**3


def side(a, *_, **__):
    return float(len(a[0] if isinstance(a, tuple) else a))


def potrf(a, **_):
    return side(a) ** 3 / 3


PRICED = [  # where a name is looked up, and what a call of it costs
    (np, "dot", lambda a, b, **_: product(a, b) if isinstance(a, Seen) or isinstance(b, Seen) else 0.0),
    (scipy.linalg, "cho_factor", potrf),
    (scipy.linalg, "cho_solve", lambda factor, b, **_: 2 * side(factor) ** 2),
    (trf, "svd", svd),
    (_trustregion_exact, "cho_solve", lambda factor, b: 2 * side(factor) ** 2),
    (_trustregion_exact, "solve_triangular", lambda u, *_, **__: side(u) ** 2),
]
FACTORISATIONS = [  # of square matrices, whose factors are counted too
    (cobyqa, "eigh", lambda n: 9 * n**3),
    (np.linalg, "eigh", lambda n: 9 * n**3),
    (np.linalg, "qr", lambda n: 8 / 3 * n**3),  # R and Q
]
FORGETFUL = ("where", "hstack", "concatenate", "broadcast_to")  # functions whose results are plain arrays
INSIDE = (_optimize, _trustregion, _trustregion_exact)  # SciPy's own products of plain arrays


class Proxy:
    """NumPy for one module: with a `dot` that counts, and an `asarray` that keeps a `Seen` what it is."""

    add = SimpleNamespace(reduce=lambda a, *axis: note(a.size * (a.ndim - 1)) or np.add.reduce(a, *axis))
    dot = staticmethod(lambda a, b: note(product(a, b)) or np.matmul(unseen(a), unseen(b)))
    asarray = staticmethod(np.asanyarray)

    def __getattr__(self, name):
        return getattr(np, name)


def note(cost):
    Seen.total += cost


@contextmanager
def counted():
    """Counts what is done inside in `Seen.total`, from 0."""
    Seen.total = 0.0
    with ExitStack() as stack:
        for place, name, price in PRICED:
            stack.enter_context(mock.patch.object(place, name, _priced(getattr(place, name), price)))
        for name in FORGETFUL:
            stack.enter_context(mock.patch.object(np, name, _kept(getattr(np, name))))
        for place, name, price in FACTORISATIONS:
            stack.enter_context(mock.patch.object(place, name, _seeing(getattr(place, name), price)))
        pieces = LINEARISED.Linearised.pieces
        watched = mock.patch.object(LINEARISED.Linearised, "pieces", lambda a: map(seen, pieces(a)))
        stack.enter_context(watched)
        stack.enter_context(mock.patch.object(LAYERS, "moved", _from_seen(LAYERS.moved)))
        for module in (*INSIDE, GAUSS_NEWTON, LINEARISED, ROWS):
            stack.enter_context(mock.patch.object(module, "np", Proxy()))
        lapack = _trustregion_exact.get_lapack_funcs
        factor = mock.patch.object(
            _trustregion_exact, "get_lapack_funcs", lambda *a: tuple(_priced(f, potrf) for f in lapack(*a))
        )
        stack.enter_context(factor)
        yield Seen


def _kept(function):
    def kept(*args, **words):
        parts = [a for arg in args for a in (arg if isinstance(arg, list | tuple) else [arg])]
        found = function(*args, **words)
        return found.view(Seen) if any(isinstance(a, Seen) for a in parts) else found

    return kept


def _seeing(function, price):
    def factors(a, **_):
        note(price(side(a)))
        return tuple(map(seen, function(unseen(a))))

    return factors


def _from_seen(moved):
    def steps(parts, arrays, grads, states, xp):
        arrays, states = moved(parts, arrays, {name: seen(grad) for name, grad in grads.items()}, states, xp)
        return {name: unseen(array) for name, array in arrays.items()}, states

    return steps


def _priced(function, price):
    def priced(*args, **words):
        note(price(*args, **words))
        return function(*args, **words)

    return priced
