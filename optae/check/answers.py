"""Call a user's gradient function on copies, and read its result in any of several forms."""

from collections.abc import Mapping, Sequence
from inspect import unwrap
from math import prod
from numbers import Real
from types import FunctionType, MethodType
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from ..model.layout import Layout
from ..registry import unknown
from ..text import fault
from .certificate import listing
from .files import UserFunction


@runtime_checkable
class _Array(Protocol):
    """An array of any library, or one of its numbers."""

    ndim: int
    dtype: np.dtype[np.generic]


class Answer(NamedTuple):
    """A value or None, the gradient (size,), 0 where it was left out, and tensors of an integer type."""

    value: float | None
    grad: np.ndarray
    whole: frozenset[str]


def ask(
    gradient: UserFunction, layout: Layout, theta: np.ndarray, x: np.ndarray, faults: dict[str, None]
) -> Answer:
    """Call gradient(theta, x) on copies, and add to `faults` if it changes them.

    Raises ValueError if it fails.
    """
    own = {"theta": theta.copy(), "x": x.copy()}
    try:
        with np.errstate(all="ignore"):  # the marks show nan and inf
            result = gradient(*own.values())
    except Exception as error:
        function = unwrap(gradient)
        known = isinstance(function, FunctionType | MethodType)
        raise ValueError(fault(error, function.__code__.co_filename if known else None)) from error
    for name, before in (("theta", theta), ("x", x)):
        if not np.array_equal(own[name], before, equal_nan=True):
            faults[f"it changes {name} in place: work on a copy, {name} = {name}.copy()"] = None
    return read(layout, result)


def read(layout: Layout, result: object) -> Answer:
    """Read a vector (size,), a mapping of names to arrays, or the arrays in order; or (value, one of these).

    Raises ValueError for anything else, and names what is expected.
    """
    value = None
    if isinstance(result, tuple) and len(result) == 2 and _is_number(result[0]):
        value, result = float(result[0]), result[1]
    arrays = _arrays(layout, result)
    grad = np.concatenate([np.asarray(a, dtype=float).ravel() for a in arrays.values()])
    return Answer(value, grad, frozenset(name for name, a in arrays.items() if a.dtype.kind in "bui"))


def _arrays(layout: Layout, result: object) -> dict[str, np.ndarray]:
    """Return names and arrays of the right length; arrays that a mapping leaves out are 0."""
    names = list(layout.shapes)
    if isinstance(result, Mapping):
        for name in result:
            if name not in layout.shapes:
                raise ValueError(f"your function's mapping has an {unknown('array', str(name), names)}")
        return {name: _tensor(name, result.get(name, np.zeros(s)), s) for name, s in layout.shapes.items()}
    if isinstance(result, Sequence) and not isinstance(result, str) and not all(map(_is_number, result)):
        if len(result) != len(names):
            raise ValueError(
                f"your function returns {len(result)} arrays where {len(names)} belong: {listing(names)}"
            )
        return {name: _tensor(name, a, layout.shapes[name]) for name, a in zip(names, result, strict=True)}
    return layout.unpack(_flat(layout, _array("your function", result)))


def _tensor(name: str, value: object, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array of the right length; the marks detect one that is transposed."""
    a = _array(f"your gradient of {name}", value)
    if a.size != prod(shape) or a.ndim > 2:
        raise ValueError(f"your gradient of {name} has shape {a.shape} where {shape} belongs")
    return a


def _flat(layout: Layout, a: np.ndarray) -> np.ndarray:
    """Return an array (size,), also from a row or a column."""
    if a.size == layout.size and max(a.shape) == a.size:
        return a.ravel()
    sizes = ", ".join(f"{name} {prod(shape)}" for name, shape in layout.shapes.items())
    weights = sum(prod(shape) for shape in layout.shapes.values() if len(shape) > 1)
    why = "; are the biases missing?" if a.size == weights else ""
    if a.ndim == 2 and a.shape[1] == layout.size:
        why = "; it is a gradient for each sample: return their mean"
    got = f"{a.size} numbers" if a.ndim == 1 else f"an array of shape {a.shape}"
    raise ValueError(f"your function returns {got} where {layout.size} numbers belong ({sizes}){why}")


def _array(what: str, value: object) -> np.ndarray:
    if value is None:
        raise ValueError(
            f"{what} returns None: is a return missing?" if "function" in what else f"{what} is None"
        )
    try:
        a = np.array(value)
    except (ValueError, TypeError):
        a = np.array(None)
    if a.dtype.kind not in "buif":
        kind = f"numbers of type {a.dtype}" if a.dtype.kind == "c" else f"a {type(value).__name__}"
        raise ValueError(f"{what} is {kind}: give an array of numbers")
    return np.atleast_1d(a)


def _is_number(value: object) -> bool:
    if isinstance(value, Real):
        return True
    return isinstance(value, _Array) and value.ndim == 0 and value.dtype.kind in "buif"
