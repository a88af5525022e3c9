"""The named arrays inside one flat vector."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from ..engines import Array, Library


@dataclass(frozen=True)
class Layout:
    """Named shapes that lie end to end in one vector of length `size`.

    >>> layout = Layout({"W": (3, 2), "b": (2,)})
    >>> layout.size
    8
    >>> layout.unpack(np.arange(8.0))["b"]
    array([6., 7.])
    """

    shapes: Mapping[str, tuple[int, ...]]

    @cached_property
    def size(self) -> int:
        """The length of the vector."""
        return sum(prod(shape) for shape in self.shapes.values())

    @cached_property
    def slots(self) -> tuple[tuple[str, slice, tuple[int, ...]], ...]:
        """Every array's name, place in the vector, and shape."""
        slots, start = [], 0
        for name, shape in self.shapes.items():
            stop = start + prod(shape)
            slots.append((name, slice(start, stop), shape))
            start = stop
        return tuple(slots)

    def unpack(self, theta: Array) -> dict[str, Array]:
        """Return the named arrays of a vector (size,); those of a NumPy vector are writable views."""
        return {name: theta[at].reshape(shape) for name, at, shape in self.slots}

    def pack(self, arrays: Mapping[str, Array], xp: Library = np) -> Array:
        """Return the vector (size,) of these arrays, the inverse of `unpack`.

        >>> layout = Layout({"W": (2, 2), "b": (2,)})
        >>> layout.pack(layout.unpack(np.arange(6.0)))
        array([0., 1., 2., 3., 4., 5.])
        """
        return xp.concatenate([xp.ravel(arrays[name]) for name in self.shapes])

    def join(self, other: "Layout") -> "Layout":
        """Return the layout of both, one after the other."""
        return Layout({**self.shapes, **other.shapes})
