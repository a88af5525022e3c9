"""Take one of two branches in a step that any array library runs, compiled or not."""

from collections.abc import Callable

import numpy as np

from .arrays import Array, Library, Tree

Branch = Callable[[], Tree]


def when(due: Array, then: Branch, otherwise: Branch, xp: Library) -> Tree:
    """Return `then()` if it is due, else `otherwise()`; only one of them is computed, in compiled steps too.

    Both return arrays of the same shapes. Runs that train together must be at the same step.
    """
    if xp is np:
        return then() if due else otherwise()
    from . import jax

    return jax.when(due, then, otherwise)
